/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass_hub - the guard's side of the hardware unit
 *
 *   hass_hub.c    the role and its port, alarms on their way, what is told to the publisher
 *   hass_watch.c  what is wrong with the unit, and whether the publisher is away
 *   hass_relay.c  a text of the publisher's on its way to the phones
 *   hass_setup.c  provisioning, and the vouch key on its way to the publisher
 *
 * Nothing here waits, and nothing of the guard waits for it: without a unit the alarms are
 * folded into one until there is one again.
 */
#ifndef WD_HASS_HUB_H
#define WD_HASS_HUB_H

#include "ctl.h"
#include "hass.h"
#include "hass_fold.h"
#include "proto.h"
#include "role.h"
#include "roles.h"

#define HASS_SETTINGS_MAX 16

struct guard;

struct hass_hub {
	struct guard *g;
	struct role *role;
	struct event *tick;
	void *listener;
	struct msg_hass m; /* the last report */

	struct hass_fold fold;
	struct hass_alarm_out out; /* handed to the role, or about to be again; count 0: none */
	bool out_under_way, out_test;
	int64_t out_after;	 /* monotonic ns: not before */
	uint64_t told, dropped;	 /* events the unit has taken; that no phone could be told */
	struct ctl_conn *tester; /* of wdctl hass test-sms */

	/* hass_relay.c */
	struct hass_relay {
		enum { RELAY_NONE, RELAY_WAITING, RELAY_HANDED, RELAY_TAKEN } state;
		struct msg_hass_sms sms;
		int64_t begun, after, taken; /* ns; not before `after` */
		bool gave_way;		     /* our own alarm goes before the next one */
		bool have_told;
		uint32_t told; /* the last that reached the phones: its answer may have been lost */
	} relay;

	/* hass_watch.c */
	uint8_t line;	    /* as last told */
	int64_t line_since; /* ns */
	uint32_t boots, damaged;
	int64_t damaged_at;
	int notes_left; /* a flapping unit must not fill the log */
	unsigned int notes_held;
	int64_t notes_at;
	int64_t away_since; /* 0: not away */
	bool away_told;

	/* hass_setup.c */
	struct msg_hass_box box;
	bool have_box, key_there, key_acked;
	uint8_t sealed[HASSMSG_SEALED];
	struct hass_setup {
		struct ctl_conn *conn; /* NULL: nobody waits any more */
		struct hass_setting list[HASS_SETTINGS_MAX];
		unsigned int n, at; /* n 0: none under way */
		bool has_sealed;
		uint8_t sealed[HASSMSG_SEALED];
	} setup;
};

/* NULL with err only if memory is short; a missing port is told, and tried again. */
struct hass_hub *hass_hub_new(struct guard *g, struct err *err);
void hass_hub_free(struct hass_hub *h); /* NULL is fine, here and below */

/* From the publisher. */
void hass_relay_begin(struct hass_hub *h, const struct msg_hass_sms *m);
void hass_hub_online(struct hass_hub *h, bool yes);
void hass_hub_mac(struct hass_hub *h, const struct msg_hass_mac *m);
void hass_hub_box(struct hass_hub *h, const struct msg_hass_box *m);
void hass_hub_key_acked(struct hass_hub *h, const struct hash *of);

/* For guard_health(): "" when well. */
void hass_hub_problem(const struct hass_hub *h, char *to, size_t cap);

/* wdctl; h may be NULL: none is configured. */
void hass_hub_status(struct hass_hub *h, struct ctl_conn *conn, json_t *request);
void hass_hub_test(struct hass_hub *h, struct ctl_conn *conn, json_t *request);
void hass_hub_provision(struct hass_hub *h, struct ctl_conn *conn, json_t *request);

/* Between the four files. */
int hass_hub_send(struct hass_hub *h, enum role_msg type, struct buf *b); /* empties b */
void hass_hub_report(struct hass_hub *h);				  /* to the publisher */
bool hass_relay_turn(struct hass_hub *h, int64_t now); /* false: the unit is free for others */
bool hass_relay_taken(struct hass_hub *h, uint32_t id, uint8_t result, unsigned int seconds);
void hass_relay_report(struct hass_hub *h); /* one came */
void hass_relay_stop(struct hass_hub *h, const char *why);
void hass_watch_report(struct hass_hub *h); /* one came */
void hass_watch_tick(struct hass_hub *h, int64_t now);
void hass_setup_load(struct hass_hub *h);
void hass_setup_answer(struct hass_hub *h, uint32_t number, bool good, const char *said);
void hass_setup_stop(struct hass_hub *h, const char *why);

#endif
