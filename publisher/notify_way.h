/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notify_way - what the files of notify share, and nobody else
 *
 *   notify.c           start and end; a test that somebody asked for
 *   notify_queue.c     who is told what, and when: rows of table delivery
 *   notify_send.c      each channel's oldest due row on its way, and what became of it
 *   notify_settings.c  the settings as they are kept
 *   notify_log.c       what was sent, for people
 */
#ifndef WD_PUBLISHER_NOTIFY_WAY_H
#define WD_PUBLISHER_NOTIFY_WAY_H

#include "notify.h"
#include "role.h"

#define SECOND 1000000000ll

enum delivery_state { WAITING, SENT, GIVEN_UP, CANCELLED };

/* One channel's message on its way. */
struct way {
	int64_t n, alarm, since, made; /* n 0: free */
	int tries, fails;
	bool test, cancelled;
	struct ctl_conn *asker; /* waits for the answer to a test */
};

/* The text that a hardware unit is sending; n 0: none. */
struct sms {
	int64_t n;
	uint32_t id;
	char host[HOST_NAME_MAX_WD];
};

struct notify {
	struct engine *engine;
	struct role *role;
	json_t *doc, *secrets;
	struct notify_conf conf;
	struct way ways[CHANNELS];
	struct sms sms;
	struct event *kick; /* look for work as soon as the loop turns */
};

/* ns since 1970: when a message may go, for the quiet hours' sake. */
int64_t notify_due(const struct notify_conf *c, enum alarm_kind kind, enum alarm_severity severity,
		   int64_t now);
/* ns to wait after so many failed tries. */
int64_t notify_retry_after(const struct notify_conf *c, int tries);

extern const struct role_ops notify_role_ops;

/* The row's number, 0 and logged: not queued. */
int64_t notify_enqueue(struct notify *n, enum channel c, int64_t alarm, const char *reason,
		       int64_t when, json_t *message);
json_t *notify_message(struct notify *n, const struct alarm *a, const char *reason); /* new */
void notify_kick(struct notify *n); /* look for work soon */
void notify_on_kick(evutil_socket_t fd, short what, void *notify);
void notify_pump(struct notify *n, enum channel c); /* now */
void notify_finished(struct notify *n, enum channel c, bool good, const char *text);
/* channel_sms.c: 0: under way, notify_finished() follows; -1 and err: it is not. */
int sms_send(struct notify *n, const json_t *message, struct err *err);
bool sms_early(const struct notify *n); /* hosts are only just coming back */
void sms_forget(struct notify *n);
int notify_load(struct notify *n, struct err *err);

#endif
