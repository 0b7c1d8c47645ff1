// SPDX-License-Identifier: Apache-2.0
/* With the module alone: neither daemon nor publisher is needed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "conf.h"
#include "kernel.h"
#include "sysdir.h"
#include "wdctl.h"

enum { OPT_FORCE = 256 };

struct args {
	const char *dir;
	int mode;
	bool force;
};

static const struct argp_option options[] = {
	{"mode", 'm', "MODE", 0, "off, audit or enforce (the module's default)", 0},
	{"force", OPT_FORCE, NULL, 0, "also one of the system's own directories", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'm':
		a->mode = conf_mode_parse(arg);
		if (a->mode < 0)
			argp_error(as, "mode is off, audit or enforce, not \"%s\"", arg);
		break;
	case OPT_FORCE:
		a->force = true;
		break;
	case ARGP_KEY_ARG:
		if (a->dir)
			argp_error(as, "one directory at a time");
		a->dir = arg;
		break;
	case ARGP_KEY_END:
		if (!a->dir)
			argp_error(as, "which directory?");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp protect_argp = {
	options,
	parse,
	"DIR",
	"Protects DIR and all below it. In mode enforce nobody but a registered agent "
	"may write there; without one, nobody.",
	NULL,
	NULL,
	NULL};
static const struct argp unprotect_argp = {NULL, parse, "DIR", "No longer protects DIR.",
					   NULL, NULL,	NULL};

static int protect(const char *dir, const struct args *a, struct kernel *k)
{
	struct kernel_root r;
	struct err err = {""};
	uint32_t number;

	if (kernel_root_add(k, dir, a->mode, &number, &err)) {
		if (errno != EEXIST || a->mode < 0 || kernel_root_find(k, dir, &r, &err) ||
		    kernel_root_set(k, r.number, a->mode, &err))
			return wdctl_fail("%s", err.text);
	}
	if (kernel_root_find(k, dir, &r, &err))
		return wdctl_fail("%s", err.text);
	printf("%s is protected, mode %s\n", r.path, conf_mode_name(r.mode));
	if (r.armed_dirty)
		printf("%u files in it were open for writing: their writers go on until they close them\n",
		       r.armed_dirty);
	return WDCTL_OK;
}

int cmd_protect(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.mode = -1};
	struct err err = {""};
	struct kernel *k;
	char *dir;
	int rc;

	(void)w;
	argp_parse(&protect_argp, argc, argv, 0, NULL, &a);
	dir = realpath(a.dir, NULL);
	if (!dir)
		return wdctl_fail("%s: %s", a.dir, strerror(errno));
	if (!a.force && sysdir_check(dir, &err)) {
		free(dir);
		return wdctl_fail(
			"%s; protecting it would stop the system from working (--force if you must)",
			err.text);
	}
	k = kernel_open(&err);
	rc = k ? protect(dir, &a, k) : wdctl_fail("%s", err.text);
	kernel_close(k);
	free(dir);
	return rc;
}

/* What has been protected may since have been renamed: the words as given count as well. */
static int find(struct kernel *k, const char *dir, struct kernel_root *r, struct err *err)
{
	char *real = realpath(dir, NULL);
	int rc = kernel_root_find(k, real ? real : dir, r, err);

	free(real);
	return rc && errno == ENOENT ? kernel_root_find(k, dir, r, err) : rc;
}

int cmd_unprotect(struct wdctl *w, int argc, char **argv)
{
	struct args a = {.mode = -1};
	struct kernel_root r;
	struct err err = {""};
	struct kernel *k;
	int rc;

	argp_parse(&unprotect_argp, argc, argv, 0, NULL, &a);
	k = kernel_open(&err);
	if (!k)
		return wdctl_fail("%s", err.text);
	rc = find(k, a.dir, &r, &err) || kernel_root_del(k, r.number, &err);
	kernel_close(k);
	if (rc)
		return wdctl_fail("%s", err.text);
	printf("%s is no longer protected\n", r.path);
	if (wdctl_daemon(w))
		puts("webdefenderd still restores its sites: take the site out of agent.conf and restart it");
	return WDCTL_OK;
}
