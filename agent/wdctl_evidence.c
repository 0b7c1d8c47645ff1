// SPDX-License-Identifier: Apache-2.0
/* Reads the evidence directory itself: that must work on a host whose daemon does not. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bundle.h"
#include "chain.h"
#include "fsx.h"
#include "wdctl.h"

struct args {
	const char *action, *id, *out;
	bool json;
};

static const struct argp_option options[] = {
	{"output", 'o', "FILE", 0, "export: where to", 0},
	{"json", 'j', NULL, 0, "list: one JSON object a line", 0},
	{0},
};

static error_t parse(int key, char *arg, struct argp_state *as)
{
	struct args *a = as->input;

	switch (key) {
	case 'o':
		a->out = arg;
		break;
	case 'j':
		a->json = true;
		break;
	case ARGP_KEY_ARG:
		if (!a->action)
			a->action = arg;
		else if (!a->id)
			a->id = arg;
		else
			argp_error(as, "unexpected word \"%s\"", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options,
	parse,
	"[list|show ID|export ID -o FILE|check]",
	"What was tampered with, as it was found: list it, show who and what, copy an item "
	"(tar.zst), check that none was altered or taken away.",
	NULL,
	NULL,
	NULL};

struct evidence_dir {
	char dir[STATE_PATH_MAX];
	const struct args *args;
	struct libscols_table *table;
	unsigned long n, bad, moved;
};

static const char *item_path(const struct evidence_dir *d, const char *name,
			     char to[STATE_PATH_MAX])
{
	return state_path(to, d->dir, "%s", name);
}

static void list_one(void *arg, const struct chain_item *item)
{
	struct evidence_dir *d = arg;
	char path[STATE_PATH_MAX], size[16] = "gone";
	char *text = bundle_meta(item_path(d, item->name, path), NULL);
	json_t *meta = text ? json_loads(text, 0, NULL) : NULL;
	struct stat st = {.st_size = 0};

	d->n++;
	if (!stat(path, &st))
		wdctl_bytes(st.st_size, size);
	else if (chain_moved(d->dir, item->name))
		snprintf(size, sizeof(size), "copied");
	if (d->args->json) {
		json_t *j = json_pack("{s:s, s:I, s:s, s:s, s:s, s:s}", "name", item->name, "size",
				      (json_int_t)st.st_size, "time", wdctl_text(meta, "time"),
				      "why", wdctl_text(meta, "why"), "path",
				      wdctl_text(meta, "path"), "entry", wdctl_text(meta, "entry"));

		wdctl_print(j);
		json_decref(j);
	} else {
		const char *cells[] = {item->name, size, wdctl_text(meta, "time"),
				       wdctl_text(meta, "why"), wdctl_text(meta, "entry")};

		wdctl_line(d->table, cells);
	}
	json_decref(meta);
	free(text);
}

static int list(struct evidence_dir *d)
{
	static const char *const columns[] = {"ITEM", ">SIZE", "TIME", "WHY", "ENTRY", NULL};
	struct err err = {""};
	int rc;

	d->table = wdctl_table(columns);
	rc = chain_read(d->dir, list_one, d, &err);
	wdctl_show(d->table);
	if (!d->n && !rc && !d->args->json)
		puts("no evidence: nothing has been tampered with");
	return rc ? (wdctl_fail("%s", err.text), WDCTL_WRONG) : WDCTL_OK;
}

static void check_one(void *arg, const struct chain_item *item)
{
	struct evidence_dir *d = arg;
	char path[STATE_PATH_MAX];
	struct hash h;
	uint64_t size;
	int fd = open(item_path(d, item->name, path), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	d->n++;
	if (fd < 0 && errno == ENOENT && chain_moved(d->dir, item->name)) {
		d->moved++;
		return;
	}
	if (fd < 0 || hash_fd(fd, &h, &size)) {
		d->bad++;
		printf("%s: %s\n", item->name, strerror(errno));
	} else if (!hash_eq(&h, &item->file)) {
		d->bad++;
		printf("%s: it was altered after it was kept\n", item->name);
	}
	if (fd >= 0)
		close(fd);
}

static int check(struct evidence_dir *d)
{
	struct err err = {""};
	int rc = chain_read(d->dir, check_one, d, &err);

	if (rc)
		printf("%s\n", err.text);
	printf("%lu items, %lu altered or missing, %lu only at the publisher; the chain is %s\n",
	       d->n, d->bad, d->moved, rc ? "broken" : "whole");
	return rc || d->bad ? WDCTL_WRONG : WDCTL_OK;
}

/* An event's id stands for its first item. */
static int name_of(const char *id, char to[CHAIN_NAME_MAX])
{
	snprintf(to, CHAIN_NAME_MAX, "%s%s", id, strstr(id, ".tar.zst") ? "" : ".tar.zst");
	return chain_name_ok(to) ? 0 : -1;
}

static int show(struct evidence_dir *d, const char *path)
{
	struct err err = {""};
	char *text = bundle_meta(path, &err);

	(void)d;
	if (!text)
		return wdctl_fail("%s", err.text);
	puts(text);
	free(text);
	return WDCTL_OK;
}

static int copy(int from, int to)
{
	char block[65536];
	ssize_t n;

	while ((n = read(from, block, sizeof(block))) > 0)
		if (fsx_write_all(to, block, n))
			return -1;
	return n < 0 ? -1 : 0;
}

static int export(struct evidence_dir *d, const char *path)
{
	int from = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), to, rc;

	if (!d->args->out) {
		if (from >= 0)
			close(from);
		return wdctl_fail("export where to? (-o FILE)");
	}
	if (from < 0)
		return wdctl_fail("%s: %s", path, strerror(errno));
	to = open(d->args->out, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	rc = to < 0 || copy(from, to) || fsync(to);
	if (rc)
		wdctl_fail("%s: %s", d->args->out, strerror(errno));
	if (to >= 0)
		close(to);
	close(from);
	return rc ? WDCTL_FAILED : WDCTL_OK;
}

static int with_item(struct evidence_dir *d, int (*run)(struct evidence_dir *d, const char *path))
{
	char name[CHAIN_NAME_MAX], path[STATE_PATH_MAX];

	if (!d->args->id || name_of(d->args->id, name))
		return wdctl_fail("which item? (wdctl evidence list)");
	return run(d, item_path(d, name, path));
}

int cmd_evidence(struct wdctl *w, int argc, char **argv)
{
	struct args a = {NULL, NULL, NULL, false};
	struct evidence_dir d = {.args = &a};

	argp_parse(&argp, argc, argv, 0, NULL, &a);
	state_path(d.dir, w->state, "evidence");
	if (access(d.dir, R_OK))
		return wdctl_fail("%s: %s", d.dir, strerror(errno));
	if (!a.action || !strcmp(a.action, "list"))
		return list(&d);
	if (!strcmp(a.action, "check"))
		return check(&d);
	if (!strcmp(a.action, "show"))
		return with_item(&d, show);
	if (!strcmp(a.action, "export"))
		return with_item(&d, export);
	wdctl_fail("evidence %s? list, show, export or check", a.action);
	return WDCTL_USAGE;
}
