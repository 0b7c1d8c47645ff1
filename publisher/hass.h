/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass - the hardware unit of a host, as far as its agent relays it (lib/hassmsg.h)
 *
 * Vouching: each new nonce of the unit gets a MAC from the keys role, but only while the host is
 * online, its beats come in time and its health is not bad. Nothing more is told to the unit:
 * silence is the alarm. hass_cut.c does `wdpub hass cut`.
 */
#ifndef WD_PUBLISHER_HASS_H
#define WD_PUBLISHER_HASS_H

#include "ctl.h"
#include "hassmsg.h"
#include "hosts.h"

#define HASS_TROUBLES 8

struct hass_cut;

struct hass {
	struct msg_hass m;
	bool heard; /* m is something */
	int64_t at; /* ns since 1970: when */
	bool has_key;
	uint8_t sealed[HASSMSG_SEALED];
	uint8_t asked_nonce[HASSMSG_NONCE]; /* the last one a MAC was asked for */
	int64_t asked;			    /* monotonic ns */
	uint64_t vouched;		    /* MACs sent */
	const char *withheld;		    /* why none is, "" = it is */
	struct {
		int64_t since; /* monotonic ns; 0: it is not so */
		int raised;    /* as told to alarm.h; 2: not yet known */
	} trouble[HASS_TROUBLES];
	struct hass_cut *cut; /* under way */
};

void hass_greet(struct host *h);				    /* it has just said HELLO */
int hass_received(struct host *h, struct rd *r);		    /* HASS; -1: malformed */
int hass_key_received(struct host *h, uint32_t conn, struct rd *r); /* HASS_KEY; likewise */
void hass_away(struct host *h);					    /* its connection ends */
void hass_tick(struct host *h);					    /* every second */
void hass_free(struct hass *u);					    /* NULL is fine */
json_t *hass_json(const struct host *h);			    /* NULL: no unit */
const char *hass_unready(const struct host *h); /* why it cannot send an SMS now; NULL: it can */

/* Asks the keys role for a MAC over m->nonce and sends it; not more than one a second. */
void hass_mac(struct host *h, char letter);

/* hass_cut.c */
void hass_cut_start(struct host *h, struct ctl_conn *c);
void hass_cut_report(struct host *h); /* the unit said something */
void hass_cut_tick(struct host *h);
void hass_cut_away(struct host *h);			/* the connection is gone */
void hass_cut_refused(struct host *h, const char *why); /* by the keys role */
void hass_cut_end(struct hass *u, const char *error);	/* NULL: done */

#endif
