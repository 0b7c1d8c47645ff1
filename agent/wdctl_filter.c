// SPDX-License-Identifier: Apache-2.0
/* What may change inside a root. With the module alone: a site's filters come with its release. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "filter.h"
#include "kernel.h"
#include "wdctl.h"

#define WORDS_MAX (2 + FILTERS_MAX)

struct args {
	const char *words[WORDS_MAX];
	int n;
	bool json;
};

static const struct argp_option options[] = {{"json", 'j', NULL, 0, "list as one JSON array", 0},
					     {0}};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'j':
		a->json = true;
		break;
	case ARGP_KEY_ARG:
		if (a->n == WORDS_MAX)
			argp_error(as, "a root has at most %d filters", FILTERS_MAX);
		a->words[a->n++] = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options,
	parse,
	"[list [ROOT]]\nadd ROOT FILTER...\nremove ROOT FILTER...",
	"What may change inside a protected directory: it is neither denied nor reported.\v"
	"FILTER is a directory below ROOT, as uploads/ (it itself stays as it is), or names "
	"files: *.log anywhere, data/*.mdb at one place. '*' is any bytes, '?' one.",
	NULL,
	NULL,
	NULL};

/* ---- list ---- */

struct listing {
	struct kernel *k;
	const char *only; /* path of a root; NULL: all */
	json_t *out;
	struct {
		uint32_t number;
		char path[EVENT_PATH_MAX];
	} root[64];
	int n;
};

static void note_root(void *arg, const struct kernel_root *r)
{
	struct listing *l = arg;

	if (l->n == 64 || (l->only && strcmp(l->only, r->path)))
		return;
	l->root[l->n].number = r->number;
	snprintf(l->root[l->n++].path, sizeof(l->root->path), "%s", r->path);
}

static void note_filter(void *arg, uint32_t number, const char *text)
{
	struct listing *l = arg;

	for (int i = 0; i < l->n; i++)
		if (l->root[i].number == number)
			json_array_append_new(l->out, json_pack("{s:o, s:o}", "root",
								json_bytes(l->root[i].path),
								"filter", json_bytes(text)));
}

static void show(const json_t *rows)
{
	static const char *const columns[] = {"ROOT", "MAY CHANGE", NULL};
	struct libscols_table *t = wdctl_table(columns);
	const json_t *r;
	size_t i;

	json_array_foreach ((json_t *)rows, i, r) {
		const char *cells[] = {wdctl_text(r, "root"), wdctl_text(r, "filter")};

		wdctl_line(t, cells);
	}
	wdctl_show(t);
}

static int list(struct kernel *k, const char *only, bool json)
{
	static struct listing l; /* large */
	struct err err = {""};

	l.k = k;
	l.only = only;
	l.out = json_array();
	if (kernel_roots(k, note_root, &l, &err) || kernel_filters(k, note_filter, &l, &err)) {
		json_decref(l.out);
		return wdctl_fail("%s", err.text);
	}
	if (only && !l.n) {
		json_decref(l.out);
		return wdctl_fail("%s is not a protected root", only);
	}
	if (json)
		wdctl_print(l.out);
	else
		show(l.out);
	json_decref(l.out);
	return WDCTL_OK;
}

/* ---- add, remove ---- */

/* The agent would restore what the module lets happen. */
static bool is_site(struct wdctl *w, const char *root)
{
	json_t *d, *s;
	size_t n;
	bool found = false;

	if (!wdctl_daemon(w))
		return false;
	d = wdctl_call(w, json_pack("{s:s}", "cmd", "status"), NULL, NULL, NULL);
	json_array_foreach (json_object_get(d, "sites"), n, s)
		found |= !strcmp(wdctl_text(s, "dir"), root);
	json_decref(d);
	return found;
}

/* A directory may be given as people write it. */
static const char *filter_of(const char *root, const char *word, char to[FILTER_MAX])
{
	char path[EVENT_PATH_MAX + FILTER_MAX];
	struct stat st;
	size_t n = strlen(word);

	snprintf(path, sizeof(path), "%s/%s", root, word);
	if (!n || n + 1 >= FILTER_MAX || word[n - 1] == '/' || lstat(path, &st) ||
	    !S_ISDIR(st.st_mode))
		return word;
	snprintf(to, FILTER_MAX, "%s/", word);
	return to;
}

static int change(struct wdctl *w, struct kernel *k, const char *root, const struct args *a)
{
	bool add = !strcmp(a->words[0], "add");
	char text[FILTER_MAX];
	struct kernel_root r;
	struct err err = {""};

	if (is_site(w, root))
		return wdctl_fail(
			"%s is a site of webdefenderd: say `wdpub site set SITE` on its publisher, the "
			"filters come with the next release",
			root);
	if (kernel_root_find(k, root, &r, &err))
		return wdctl_fail("%s", err.text);
	for (int i = 2; i < a->n; i++) {
		const char *f = filter_of(root, a->words[i], text);

		if (add ? kernel_filter_add(k, r.number, f, &err)
			: kernel_filter_del(k, r.number, f, &err))
			return wdctl_fail("%s", err.text);
		printf("%s: %s %s\n", r.path, f, add ? "may change" : "may no longer change");
	}
	return WDCTL_OK;
}

int cmd_filter(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.n = 0};
	struct err err = {""};
	const char *verb, *where;
	struct kernel *k;
	char *real;
	bool listing;
	int rc;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	verb = a.n ? a.words[0] : "list";
	where = a.n > 1 ? a.words[1] : NULL;
	listing = !strcmp(verb, "list");
	if (listing ? a.n > 2 : (strcmp(verb, "add") && strcmp(verb, "remove")) || a.n < 3) {
		wdctl_fail("say list [ROOT], add ROOT FILTER..., or remove ROOT FILTER...");
		return WDCTL_USAGE;
	}
	k = kernel_open(&err);
	if (!k)
		return wdctl_fail("%s", err.text);
	real = where ? realpath(where, NULL) : NULL;
	where = real ? real : where;
	rc = listing ? list(k, where, a.json) : change(w, k, where, &a);
	free(real);
	kernel_close(k);
	return rc;
}
