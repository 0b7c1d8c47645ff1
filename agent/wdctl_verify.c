// SPDX-License-Identifier: Apache-2.0
/* verify and restore: the daemon does it, this shows how far it is and what came out. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "wdctl.h"

struct args {
	const char *what;
	bool json, bar;
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'j':
		a->json = true;
		break;
	case 'w':
		break; /* it always waits */
	case ARGP_KEY_ARG:
		if (a->what)
			argp_error(as, "unexpected word \"%s\"", arg);
		a->what = arg;
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp_option options[] = {
	{"json", 'j', NULL, 0, "one JSON object", 0},
	{"wait", 'w', NULL, 0, "wait for the end (it always does)", 0},
	{0}};
static const struct argp verify_argp = {
	options,
	parse,
	"[SITE]",
	"Compares every byte and attribute with the signed release and puts right "
	"what is wrong. Exit status 0: nothing was; 1: something was; 2: not done.",
	NULL,
	NULL,
	NULL};
static const struct argp restore_argp = {
	options,
	parse,
	"PATH|SITE",
	"Compares a file, a directory with all below it, or a site with the signed "
	"release and puts right what is wrong.",
	NULL,
	NULL,
	NULL};

static void show_progress(void *arg, json_t *j)
{
	struct args *a = arg;
	char bytes[16];

	if (!a->bar)
		return;
	fprintf(stderr, "\r%s: %lld of %lld files, %s, %lld wrong  ", wdctl_text(j, "site"),
		wdctl_int(j, "files"), wdctl_int(j, "of"),
		wdctl_bytes(wdctl_int(j, "bytes"), bytes), wdctl_int(j, "wrong"));
	fflush(stderr);
}

static int judge(const json_t *c)
{
	if (wdctl_int(c, "failed") || wdctl_int(c, "waiting") || wdctl_int(c, "wrong"))
		return WDCTL_WRONG;
	return WDCTL_OK;
}

static void show_counts(const char *name, const json_t *c)
{
	char bytes[16];

	printf("%s: %lld files, %lld directories, %lld links, %s verified: ", name,
	       wdctl_int(c, "files"), wdctl_int(c, "directories"), wdctl_int(c, "links"),
	       wdctl_bytes(wdctl_int(c, "bytes"), bytes));
	if (judge(c) == WDCTL_OK) {
		puts("all is right");
		return;
	}
	printf("%lld wrong, %lld restored, %lld removed, %lld waiting for the publisher, %lld failed\n",
	       wdctl_int(c, "wrong"), wdctl_int(c, "restored"), wdctl_int(c, "removed"),
	       wdctl_int(c, "waiting"), wdctl_int(c, "failed"));
}

static int show_sites(const struct args *a, json_t *answer)
{
	json_t *s;
	size_t i;
	int rc = WDCTL_OK;

	json_array_foreach (json_object_get(answer, "sites"), i, s) {
		if (judge(s) > rc)
			rc = judge(s);
		if (!a->json)
			show_counts(wdctl_text(s, "site"), s);
	}
	if (a->json) {
		json_object_del(answer, "ok");
		wdctl_print(answer);
	}
	return rc;
}

int cmd_verify(struct wdctl *w, int argc, char **argv)
{
	struct args a = {NULL, false, false};
	json_t *request = json_pack("{s:s}", "cmd", "verify"), *answer;
	int rc;

	argp_parse(&verify_argp, argc, argv, 0, NULL, &a);
	a.bar = !a.json && isatty(STDERR_FILENO);
	if (a.what)
		json_object_set_new(request, "site", json_string(a.what));
	answer = wdctl_call(w, request, NULL, show_progress, &a);
	if (a.bar)
		fputs("\r\033[K", stderr);
	rc = answer ? show_sites(&a, answer) : WDCTL_FAILED;
	json_decref(answer);
	return rc;
}

/* A name that may no longer exist: only the way to it can be resolved. */
static char *absolute(const char *path)
{
	char cwd[PATH_MAX], *all;

	if (path[0] == '/' || !strchr(path, '/'))
		return strdup(path);
	if (!getcwd(cwd, sizeof(cwd)) || asprintf(&all, "%s/%s", cwd, path) < 0)
		return NULL;
	return all;
}

int cmd_restore(struct wdctl *w, int argc, char **argv)
{
	struct args a = {NULL, false, false};
	json_t *answer;
	char *path;
	int rc;

	argp_parse(&restore_argp, argc, argv, 0, NULL, &a);
	if (!a.what)
		return wdctl_fail("restore what? a path, or a site's name");
	path = absolute(a.what);
	answer = wdctl_call(w, json_pack("{s:s, s:s}", "cmd", "restore", "path", path ? path : ""),
			    NULL, NULL, NULL);
	if (!answer) {
		rc = WDCTL_FAILED;
	} else if (a.json) {
		json_object_del(answer, "ok");
		wdctl_print(answer);
		rc = wdctl_int(answer, "failed") || wdctl_int(answer, "waiting") ? WDCTL_WRONG
										 : WDCTL_OK;
	} else {
		show_counts(path, answer);
		rc = wdctl_int(answer, "failed") || wdctl_int(answer, "waiting") ? WDCTL_WRONG
										 : WDCTL_OK;
	}
	json_decref(answer);
	free(path);
	return rc;
}
