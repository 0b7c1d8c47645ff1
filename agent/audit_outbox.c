// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "audit_outbox.h"
#include "chan.h"
#include "fsx.h"
#include "state.h"

struct audit_outbox {
	char dir[STATE_PATH_MAX];
	uint64_t last; /* number given */
	audit_send *send;
	void *arg;
};

/* Names in dir that are numbers, ascending; caller frees each and the list. */
static int is_number(const struct dirent *e)
{
	return *e->d_name && !e->d_name[strspn(e->d_name, "0123456789")];
}

static int list(const struct audit_outbox *o, struct dirent ***names)
{
	int n = scandir(o->dir, names, is_number, versionsort);

	return n < 0 ? 0 : n;
}

static void list_free(struct dirent **names, int n)
{
	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n)
		free(names);
}

static void drop(const struct audit_outbox *o, const char *name)
{
	char path[STATE_PATH_MAX];

	if (unlink(state_path(path, o->dir, "%s", name)) && errno != ENOENT)
		log_err("cannot remove %s: %s", path, strerror(errno));
}

struct audit_outbox *audit_outbox_open(const char *dir, struct err *err)
{
	struct audit_outbox *o = calloc(1, sizeof(*o));
	struct dirent **names = NULL;
	int n;

	if (!o) {
		err_set(err, "out of memory");
		return NULL;
	}
	snprintf(o->dir, sizeof(o->dir), "%s", dir);
	if (fsx_mkdirs(dir, 0700, err)) {
		free(o);
		return NULL;
	}
	n = list(o, &names);
	if (n)
		o->last = strtoull(names[n - 1]->d_name, NULL, 10);
	list_free(names, n);
	return o;
}

void audit_outbox_close(struct audit_outbox *o)
{
	free(o);
}

static int send_one(struct audit_outbox *o, const char *name)
{
	char path[STATE_PATH_MAX];
	struct err err = {""};
	size_t n;
	char *bytes = fsx_slurp(state_path(path, o->dir, "%s", name), CHAN_PAYLOAD_MAX, &n, &err);
	int r = 0;

	if (bytes) {
		r = o->send(o->arg, bytes, n);
	} else {
		log_err("an audit's report is lost: %s", err.text);
		drop(o, name);
	}
	free(bytes);
	return r;
}

void audit_outbox_online(struct audit_outbox *o, audit_send *send, void *arg)
{
	struct dirent **names = NULL;
	int n, i;

	o->send = send;
	o->arg = arg;
	if (!send)
		return;
	n = list(o, &names);
	for (i = 0; i < n && !send_one(o, names[i]->d_name); i++)
		;
	list_free(names, n);
}

static void make_room(struct audit_outbox *o)
{
	struct dirent **names = NULL;
	int n = list(o, &names);

	for (int i = 0; i <= n - AUDIT_OUTBOX_MAX; i++) {
		log_warn("the publisher has not taken audit report %s: dropping it for newer ones",
			 names[i]->d_name);
		drop(o, names[i]->d_name);
	}
	list_free(names, n);
}

int audit_outbox_put(struct audit_outbox *o, struct msg_audit_report *m, struct err *err)
{
	uint64_t now = fsx_now_ns();
	char path[STATE_PATH_MAX], name[32];
	struct buf b;
	int r;

	make_room(o);
	o->last = m->number = now > o->last ? now : o->last + 1;
	snprintf(name, sizeof(name), "%" PRIu64, m->number);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_audit_report_put(&b, m);
	r = buf_ok(&b) ? fsx_replace(state_path(path, o->dir, "%s", name), b.data, b.len, 0600, err)
		       : err_set(err, "the report is too long");
	buf_free(&b);
	if (!r && o->send)
		send_one(o, name);
	return r;
}

void audit_outbox_acked(struct audit_outbox *o, uint64_t number)
{
	char name[32];

	snprintf(name, sizeof(name), "%" PRIu64, number);
	drop(o, name);
}

size_t audit_outbox_count(const struct audit_outbox *o)
{
	struct dirent **names = NULL;
	int n = list(o, &names);

	list_free(names, n);
	return n;
}
