// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <string.h>
#include "release.h"
#include "tree.h"

#define MAGIC "WDR1"

bool release_site_ok(const char *site)
{
	size_t n = strlen(site);

	if (n < 1 || n >= RELEASE_SITE_MAX || *site == '.' || *site == '-')
		return false;
	for (; *site; site++)
		if (!isalnum((unsigned char)*site) && !strchr("-_.", *site))
			return false;
	return true;
}

static int check(const struct release *r, struct err *err)
{
	if (!release_site_ok(r->site))
		return err_set(err, "release for a site with the bad name \"%s\"", r->site);
	if (r->serial == 0)
		return err_set(err, "release of %s without a serial number", r->site);
	if (r->root_size > TREE_BYTES_MAX || r->root_mode > 07777)
		return err_set(err, "release %llu of %s: impossible root directory",
			       (unsigned long long)r->serial, r->site);
	if (r->expires <= r->issued)
		return err_set(err, "release %llu of %s expires before it is issued",
			       (unsigned long long)r->serial, r->site);
	return 0;
}

/* Absent where there are none: such a release is what it was before there were filters. */
static void put_filters(struct buf *out, const struct filters *f)
{
	const char *t = NULL;

	if (f->n)
		buf_put_u16(out, f->n);
	while ((t = filters_next(f, t)))
		buf_put_str(out, t);
}

static int get_filters(struct rd *r, struct filters *f, struct err *err)
{
	char text[FILTER_MAX];
	unsigned int n;

	if (r->failed || !r->left)
		return 0;
	n = rd_u16(r);
	if (!n || n > FILTERS_MAX)
		return err_set(err, "release with %u filters, at most %d can be", n, FILTERS_MAX);
	while (n--) {
		rd_str(r, text, sizeof(text));
		if (r->failed)
			return err_set(err, "release cut short in its filters");
		if (filters_add(f, text, err))
			return -1;
	}
	return 0;
}

int release_encode(const struct release *r, struct buf *out, struct err *err)
{
	size_t start = out->len;

	if (check(r, err) < 0)
		return -1;
	buf_put(out, MAGIC, 4);
	buf_put_str(out, r->site);
	buf_put_u64(out, r->serial);
	buf_put(out, r->root.b, HASH_LEN);
	buf_put_u64(out, r->root_size);
	buf_put_u16(out, r->root_mode);
	buf_put_i64(out, r->root_mtime);
	buf_put_u64(out, r->files);
	buf_put_u64(out, r->bytes);
	buf_put_i64(out, r->issued);
	buf_put_i64(out, r->expires);
	buf_put_str(out, r->note);
	put_filters(out, &r->filters);
	if (!buf_ok(out) || out->len - start > RELEASE_BYTES_MAX)
		return err_set(err, "release of %s does not fit in %d bytes", r->site,
			       RELEASE_BYTES_MAX);
	return 0;
}

int release_decode(const void *p, size_t n, struct release *out, struct err *err)
{
	struct rd r = rd_over(p, n);
	const uint8_t *magic = rd_get(&r, 4);

	memset(out, 0, sizeof(*out));
	if (n > RELEASE_BYTES_MAX || !magic || memcmp(magic, MAGIC, 4) != 0)
		return err_set(err, "not a release");
	rd_str(&r, out->site, sizeof(out->site));
	out->serial = rd_u64(&r);
	rd_copy(&r, out->root.b, HASH_LEN);
	out->root_size = rd_u64(&r);
	out->root_mode = rd_u16(&r);
	out->root_mtime = rd_i64(&r);
	out->files = rd_u64(&r);
	out->bytes = rd_u64(&r);
	out->issued = rd_i64(&r);
	out->expires = rd_i64(&r);
	rd_str(&r, out->note, sizeof(out->note));
	if (get_filters(&r, &out->filters, err))
		return -1;
	if (!rd_end(&r))
		return err_set(err, "release cut short, or with bytes behind its end");
	return check(out, err);
}

int release_open(const struct signed_release *s, const struct sign_public *key, struct release *out,
		 struct err *err)
{
	if (sign_check(key, RELEASE_DOMAIN, s->bytes, s->len, s->sig, NULL) < 0)
		return err_set(err, "release refused: its signature is not the publisher's");
	return release_decode(s->bytes, s->len, out, err);
}

void signed_release_put(struct buf *b, const struct signed_release *s)
{
	buf_put_blob(b, s->bytes, s->len);
	buf_put(b, s->sig, SIGN_SIG_LEN);
}

void signed_release_get(struct rd *r, struct signed_release *s)
{
	const uint8_t *bytes = rd_blob(r, RELEASE_BYTES_MAX, &s->len);

	if (bytes && s->len)
		memcpy(s->bytes, bytes, s->len);
	rd_copy(r, s->sig, SIGN_SIG_LEN);
}
