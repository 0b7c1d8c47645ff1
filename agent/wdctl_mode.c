// SPDX-License-Identifier: Apache-2.0
/* The daemon is told when it runs, so that it does not set its mode back; else the module. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "kernel.h"
#include "wdctl.h"

struct args {
	const char *mode, *where;
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (!a->mode) {
		if (conf_mode_parse(arg) < 0)
			argp_error(as, "mode is off, audit or enforce, not \"%s\"", arg);
		a->mode = arg;
	} else if (!a->where) {
		a->where = arg;
	} else {
		argp_error(as, "unexpected word \"%s\"", arg);
	}
	return 0;
}

static const struct argp argp = {
	NULL,
	parse,
	"[off|audit|enforce] [DIR|SITE]",
	"Shows the modes, or sets that of one directory or site, or of all and the default.",
	NULL,
	NULL,
	NULL};

static void show_root(void *arg, const struct kernel_root *r)
{
	(void)arg;
	printf("%-8s %s\n", conf_mode_name(r->mode), r->path);
}

static int show(struct wdctl *w)
{
	struct kernel_info i;
	struct err err = {""};
	struct kernel *k = kernel_open(&err);
	json_t *d, *s;
	size_t n;

	if (k && !kernel_info(k, &i, &err)) {
		printf("%-8s default for new roots\n", conf_mode_name(i.mode));
		kernel_roots(k, show_root, NULL, NULL);
		kernel_close(k);
		return WDCTL_OK;
	}
	kernel_close(k);
	if (!wdctl_daemon(w))
		return wdctl_fail("%s", err.text);
	d = wdctl_call(w, json_pack("{s:s}", "cmd", "status"), NULL, NULL, NULL);
	json_array_foreach (json_object_get(d, "sites"), n, s)
		printf("%-8s %s\n", wdctl_text(s, "mode"), wdctl_text(s, "dir"));
	json_decref(d);
	return d ? WDCTL_OK : WDCTL_FAILED;
}

static int set_in_kernel(const struct args *a, struct err *err)
{
	struct kernel *k = kernel_open(err);
	int mode = conf_mode_parse(a->mode), rc;
	struct kernel_root r;

	if (!k)
		return -1;
	if (!a->where)
		rc = kernel_set_default(k, mode, err);
	else if (!(rc = kernel_root_find(k, a->where, &r, err)))
		rc = kernel_root_set(k, r.number, mode, err);
	kernel_close(k);
	return rc;
}

static int tell_daemon(struct wdctl *w, const struct args *a)
{
	json_t *request = json_pack("{s:s, s:s}", "cmd", "mode", "mode", a->mode), *answer;

	if (a->where)
		json_object_set_new(request, "site", json_string(a->where));
	answer = wdctl_call(w, request, NULL, NULL, NULL);
	json_decref(answer);
	return answer ? 0 : -1;
}

static bool is_site(struct wdctl *w, const char *where)
{
	json_t *d = wdctl_call(w, json_pack("{s:s}", "cmd", "status"), NULL, NULL, NULL), *s;
	size_t n;
	bool found = false;

	json_array_foreach (json_object_get(d, "sites"), n, s)
		found |= !strcmp(wdctl_text(s, "site"), where) ||
			 !strcmp(wdctl_text(s, "dir"), where);
	json_decref(d);
	return found;
}

int cmd_mode(struct wdctl *w, int argc, char **argv)
{
	struct args a = {NULL, NULL};
	struct err err = {""};
	bool daemon;

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	if (!a.mode)
		return show(w);
	daemon = wdctl_daemon(w);
	if (daemon && a.where && is_site(w, a.where))
		return tell_daemon(w, &a) ? WDCTL_FAILED : WDCTL_OK;
	/* The default and every root; the daemon's own sites are among them. */
	if (set_in_kernel(&a, &err) && !(daemon && !a.where && errno == ENOENT))
		return wdctl_fail("%s", err.text);
	if (daemon && !a.where && tell_daemon(w, &a))
		return WDCTL_FAILED;
	return WDCTL_OK;
}
