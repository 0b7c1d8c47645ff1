// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "fsx.h"
#include "notify_way.h"

const struct notify_conf *notify_conf(struct engine *e)
{
	return &e->notify->conf;
}

/* ---- a test ---- */

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct notify *n = arg;

	for (int i = 0; i < CHANNELS; i++)
		if (n->ways[i].asker == c)
			n->ways[i].asker = NULL;
}

void notify_test(struct engine *e, struct ctl_conn *conn, enum channel c)
{
	struct notify *n = e->notify;
	struct alarm a = {.kind = ALARM_TEST, .count = 1, .first = fsx_now_ns()};
	json_t *m;

	if (!n->conf.enabled[c]) {
		ctl_fail(conn,
			 "%s.enabled: this channel is switched off; wdpub notify set"
			 " %s.enabled=true",
			 channel_name(c), channel_name(c));
		return;
	}
	if (n->ways[c].n || n->ways[c].asker) {
		ctl_fail(conn, "a message is on its way by %s just now; try again in a moment",
			 channel_name(c));
		return;
	}
	a.last = a.first;
	snprintf(a.text, sizeof(a.text), "Somebody asked for a test message by %s.",
		 channel_name(c));
	m = notify_message(n, &a, "test");
	/* Before whatever is due. */
	if (notify_enqueue(n, c, 0, "test", 0, m)) {
		n->ways[c].asker = conn;
		ctl_on_gone(conn, on_gone, n);
		notify_pump(n, c);
	} else {
		ctl_fail(conn, "the message cannot be queued; the log says why");
	}
	json_decref(m);
}

/* ---- start and end ---- */

int notify_start(struct engine *e, struct err *err)
{
	char option[] = "--state";
	char *argv[] = {option, (char *)e->state, NULL};
	struct notify *n = calloc(1, sizeof(*n));

	if (!n)
		return err_set(err, "out of memory");
	n->engine = e;
	e->notify = n;
	if (notify_load(n, err))
		return -1;
	n->kick = evtimer_new(e->base, notify_on_kick, n);
	if (!n->kick)
		return err_set(err, "out of memory");
	n->role = role_start(e->base, "notify", argv, &notify_role_ops, n);
	return n->role ? 0 : err_set(err, "out of memory");
}

void notify_stop(struct engine *e)
{
	struct notify *n = e->notify;

	if (!n)
		return;
	role_stop(n->role);
	if (n->kick)
		event_free(n->kick);
	json_decref(n->doc);
	json_decref(n->secrets);
	free(n);
	e->notify = NULL;
}
