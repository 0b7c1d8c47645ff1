// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include "edit.h"

#define CONTEXT 3 /* lines around a change in a diff */

void edit_splice(struct pool *p, struct edit *e, size_t at, size_t drop, const char *put)
{
	struct splice *s = pool_alloc(p, sizeof(*s));

	*s = (struct splice){at, drop, pool_str(p, put)};
	list_add(p, &e->splices, s);
}

/* Insertions at one place stay in the order they were asked for. */
static void sort_splices(struct list *l)
{
	for (size_t i = 1; i < l->n; i++) {
		struct splice *s = l->v[i];
		size_t k = i;

		for (; k && ((struct splice *)l->v[k - 1])->at > s->at; k--)
			l->v[k] = l->v[k - 1];
		l->v[k] = s;
	}
}

char *edit_apply(struct pool *p, struct edit *e, size_t *n, struct err *err)
{
	size_t at = 0, room = e->n, used = 0;
	char *out;

	sort_splices(&e->splices);
	for (size_t i = 0; i < e->splices.n; i++)
		room += strlen(((struct splice *)e->splices.v[i])->put);
	out = pool_alloc(p, room + 1);
	for (size_t i = 0; i < e->splices.n; i++) {
		struct splice *s = e->splices.v[i];

		if (s->at < at || s->at > e->n || s->drop > e->n - s->at) {
			err_set(err, "%s: two changes meet in one place", e->path);
			return NULL;
		}
		memcpy(out + used, e->old + at, s->at - at);
		used += s->at - at;
		memcpy(out + used, s->put, strlen(s->put));
		used += strlen(s->put);
		at = s->at + s->drop;
	}
	memcpy(out + used, e->old + at, e->n - at);
	*n = used + e->n - at;
	return out;
}

/* ---- unified diff: a change is whole lines around its splices ---- */

static size_t line_start(const char *s, size_t at)
{
	while (at && s[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const char *s, size_t n, size_t at)
{
	const char *nl = at < n ? memchr(s + at, '\n', n - at) : NULL;

	return nl ? (size_t)(nl - s) + 1 : n;
}

static size_t count_lines(const char *s, size_t from, size_t to)
{
	size_t lines = 0;

	for (; from < to; from = line_end(s, to, from))
		lines++;
	return lines;
}

static void print_lines(FILE *to, char mark, const char *s, size_t from, size_t end)
{
	while (from < end) {
		size_t next = line_end(s, end, from), n = next - from;

		while (n && (s[from + n - 1] == '\n' || s[from + n - 1] == '\r'))
			n--;
		fprintf(to, "%c%.*s\n", mark, (int)n, s + from);
		from = next;
	}
}

/* One changed region: lines [a, b) of the old text became `text`. */
struct region {
	size_t a, b;
	char *text;
	size_t n;
};

static size_t back_lines(const char *s, size_t at, int lines)
{
	while (lines-- && at)
		at = line_start(s, at - 1);
	return at;
}

static size_t forth_lines(const char *s, size_t n, size_t at, int lines)
{
	while (lines-- && at < n)
		at = line_end(s, n, at);
	return at;
}

/* Splices whose lines touch become one region. */
static struct region *next_region(struct pool *p, struct edit *e, size_t *i)
{
	struct region *r = pool_alloc(p, sizeof(*r));
	struct splice *s = e->splices.v[*i];
	struct edit part = {.path = e->path};

	r->a = line_start(e->old, s->at);
	r->b = line_end(e->old, e->n, s->at + s->drop);
	while (*i < e->splices.n && (s = e->splices.v[*i])->at <= r->b) {
		size_t end = line_end(e->old, e->n, s->at + s->drop);

		if (s->at == r->b && s->at && e->old[s->at - 1] == '\n' && part.splices.n)
			break;
		r->b = end > r->b ? end : r->b;
		edit_splice(p, &part, s->at - r->a, s->drop, s->put);
		(*i)++;
	}
	part.old = e->old + r->a;
	part.n = r->b - r->a;
	r->text = edit_apply(p, &part, &r->n, NULL);
	return r;
}

/* Lines that came out the same need no mention. */
static void trim_region(const char *old, struct region *r)
{
	while (r->a < r->b && r->n) {
		size_t n = line_end(old, r->b, r->a) - r->a;

		if (n > r->n || memcmp(old + r->a, r->text, n) != 0 ||
		    line_end(r->text, r->n, 0) != n)
			break;
		r->a += n;
		r->text += n;
		r->n -= n;
	}
	while (r->a < r->b && r->n) {
		size_t from = line_start(old, r->b - 1), n = r->b - from;

		if (n > r->n || memcmp(old + from, r->text + r->n - n, n) != 0 ||
		    line_start(r->text, r->n - 1) != r->n - n)
			break;
		r->b = from;
		r->n -= n;
	}
}

void edit_diff(struct pool *p, struct edit *e, FILE *to)
{
	struct list regions = {0};
	long shift = 0;

	sort_splices(&e->splices);
	for (size_t i = 0; i < e->splices.n;) {
		struct region *r = next_region(p, e, &i);

		if (!r->text)
			return;
		trim_region(e->old, r);
		list_add(p, &regions, r);
	}
	fprintf(to, "--- %s\n+++ %s\n", e->path, e->path);
	for (size_t i = 0, k; i < regions.n; i = k) {
		struct region *r = regions.v[i], *last = r;
		size_t from = back_lines(e->old, r->a, CONTEXT), end, olds, news, at = from;

		for (k = i + 1; k < regions.n; k++) {
			struct region *next = regions.v[k];

			if (back_lines(e->old, next->a, 2 * CONTEXT) > last->b)
				break;
			last = next;
		}
		end = forth_lines(e->old, e->n, last->b, CONTEXT);
		olds = news = count_lines(e->old, from, end);
		for (size_t j = i; j < k; j++) {
			struct region *c = regions.v[j];

			news += count_lines(c->text, 0, c->n) - count_lines(e->old, c->a, c->b);
		}
		fprintf(to, "@@ -%zu,%zu +%ld,%zu @@\n", count_lines(e->old, 0, from) + (olds > 0),
			olds, (long)count_lines(e->old, 0, from) + (news > 0) + shift, news);
		for (size_t j = i; j < k; j++) {
			struct region *c = regions.v[j];

			print_lines(to, ' ', e->old, at, c->a);
			print_lines(to, '-', e->old, c->a, c->b);
			print_lines(to, '+', c->text, 0, c->n);
			at = c->b;
		}
		print_lines(to, ' ', e->old, at, end);
		shift += (long)news - (long)olds;
	}
}

/* ---- XML ---- */

static const struct span *editable(const struct xml *x, const xmlNode *node, struct err *err)
{
	const struct span *s = x->state == XML_FINE && !x->archived ? xml_span(x, node) : NULL;

	if (!s || x->n < s->open_end || x->bytes[s->open] != '<' ||
	    x->bytes[s->open_end - 1] != '>') {
		err_set(err,
			"%s: not edited by machine (archived, or not an encoding that holds ASCII)",
			x->path);
		return NULL;
	}
	return s;
}

static const char *eol(const struct xml *x)
{
	const char *nl = memchr(x->bytes, '\n', x->n);

	return nl && nl > x->bytes && nl[-1] == '\r' ? "\r\n" : "\n";
}

/* The blanks in front of `at`, if nothing else stands there on its line. */
static const char *indent_at(struct pool *p, const struct xml *x, size_t at)
{
	size_t from = line_start(x->bytes, at);

	if (strspn(x->bytes + from, " \t") < at - from)
		return "";
	return pool_strn(p, x->bytes + from, at - from);
}

/* Each line of text, indented, each behind a line end. */
static char *lay_out(struct pool *p, const struct xml *x, const char *indent, const char *text)
{
	char *out = pool_str(p, "");

	while (*text) {
		size_t n = strcspn(text, "\n");

		out = pool_printf(p, "%s%s%s%.*s", out, eol(x), indent, (int)n, text);
		text += n + (text[n] == '\n');
	}
	return out;
}

static const char *tag_name(struct pool *p, const struct xml *x, const struct span *s)
{
	const char *name = x->bytes + s->open + 1;

	return pool_strn(p, name, strcspn(name, " \t\r\n/>"));
}

int edit_insert_child(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *in,
		      const char *text, struct err *err)
{
	const struct span *s = editable(x, in, err), *child;
	const char *outer, *inner;

	if (!s)
		return -1;
	outer = indent_at(p, x, s->open);
	child = xml_child(in, NULL) ? xml_span(x, xml_child(in, NULL)) : NULL;
	inner = child ? indent_at(p, x, child->open) : "";
	if (!*inner)
		inner = pool_printf(p, "%s%s", outer, strchr(outer, '\t') ? "\t" : "  ");
	if (span_empty(s)) {
		edit_splice(p, e, s->open_end - 2, 2,
			    pool_printf(p, ">%s%s%s</%s>", lay_out(p, x, inner, text), eol(x),
					outer, tag_name(p, x, s)));
		return 0;
	}
	text = lay_out(p, x, inner, text);
	/* <a></a> on one line: the end tag goes to a line of its own. */
	if (s->close == s->open_end)
		text = pool_printf(p, "%s%s%s", text, eol(x), outer);
	edit_splice(p, e, s->open_end, 0, text);
	return 0;
}

int edit_comment_out(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		     struct err *err)
{
	const struct span *s = editable(x, node, err);

	if (!s)
		return -1;
	if (memmem(x->bytes + s->open, s->close_end - s->open, "--", 2))
		return err_set(err, "%s:%d: holds \"--\", which no comment may", x->path, s->line);
	edit_splice(p, e, s->open, 0, "<!-- ");
	edit_splice(p, e, s->close_end, 0, " -->");
	return 0;
}

int edit_set_text(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		  const char *text, struct err *err)
{
	const struct span *s = editable(x, node, err);

	if (!s)
		return -1;
	if (span_empty(s) || xml_child(node, NULL))
		return err_set(err, "%s:%d: <%s> is not a plain text element", x->path, s->line,
			       node->name);
	edit_splice(p, e, s->open_end, s->close - s->open_end, xml_escape(p, text));
	return 0;
}

/* Where the value of an attribute stands in a start tag that is known to be well formed. */
static bool find_value(const char *tag, size_t n, const char *name, size_t *at, size_t *len)
{
	size_t i = strcspn(tag, " \t\r\n/>");

	while (i < n) {
		size_t from, k;
		const char *end;

		i += strspn(tag + i, " \t\r\n");
		from = i;
		k = strcspn(tag + i, " \t\r\n=/>");
		i += k + strspn(tag + i + k, " \t\r\n");
		if (i >= n || tag[i] != '=')
			return false;
		i++;
		i += strspn(tag + i, " \t\r\n");
		if (i >= n || !(end = memchr(tag + i + 1, tag[i], n - i - 1)))
			return false;
		if (k == strlen(name) && memcmp(tag + from, name, k) == 0) {
			*at = i + 1;
			*len = (size_t)(end - tag) - i - 1;
			return true;
		}
		i = (size_t)(end - tag) + 1;
	}
	return false;
}

int edit_set_attr(struct pool *p, struct edit *e, const struct xml *x, const xmlNode *node,
		  const char *name, const char *value, struct err *err)
{
	const struct span *s = editable(x, node, err);
	size_t at, len;

	if (!s)
		return -1;
	value = xml_escape(p, value);
	if (find_value(x->bytes + s->open, s->open_end - s->open, name, &at, &len))
		edit_splice(p, e, s->open + at, len, value);
	else
		edit_splice(p, e, s->open_end - (span_empty(s) ? 2 : 1), 0,
			    pool_printf(p, " %s=\"%s\"", name, value));
	return 0;
}

const char *edit_raw(struct pool *p, const struct xml *x, const xmlNode *node)
{
	const struct span *s = xml_span(x, node);

	return s ? pool_strn(p, x->bytes + s->open, s->close_end - s->open) : "";
}

const char *xml_escape(struct pool *p, const char *s)
{
	static const char special[] = "<>&\"'";
	static const char *const as[] = {"&lt;", "&gt;", "&amp;", "&quot;", "&#39;"};
	char *out = pool_alloc(p, strlen(s) * 6 + 1), *to = out;

	for (; *s; s++) {
		const char *hit = strchr(special, *s);

		if (hit) {
			memcpy(to, as[hit - special], strlen(as[hit - special]));
			to += strlen(as[hit - special]);
		} else {
			*to++ = *s;
		}
	}
	return out;
}
