/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uplink - the guard's side of the line to the publisher
 *
 *   DOWN       no connection
 *   GREETING   HELLO is sent
 *   ASKING     only to get a certificate of our own (first time)
 *   ONLINE     everything travels
 *
 * Every message is judged here; nonsense ends the connection by a restart of the link.
 */
#ifndef WD_UPLINK_H
#define WD_UPLINK_H

#include <event2/event.h>
#include "conf.h"
#include "hassmsg.h"
#include "identity.h"
#include "proto.h"
#include "proto_audit.h"
#include "seal.h"

enum uplink_state { UPLINK_DOWN, UPLINK_GREETING, UPLINK_ASKING, UPLINK_ONLINE };

struct uplink_ops {
	void (*hello)(void *arg, struct msg_hello *m); /* fill in what is applied */
	void (*beat)(void *arg, struct msg_beat *m);   /* likewise how we are */
	void (*online)(void *arg, bool yes);
	void (*release)(void *arg, const struct signed_release *r);
	int (*object)(void *arg, const struct msg_object *m, struct err *err);
	void (*object_missing)(void *arg, const struct msg_object_missing *m);
	void (*event_acked)(void *arg, const char *id);
	void (*evidence_acked)(void *arg, const struct msg_evidence_ack *m);
	void (*verify)(void *arg, const struct msg_verify *m);
	void (*service)(void *arg, const char *name, uint8_t act);
	void (*silent)(void *arg); /* three beats without an answer */
	void (*hass_box)(void *arg, const struct msg_hass_box *m);
	void (*hass_mac)(void *arg, const struct msg_hass_mac *m);
	void (*hass_sms)(void *arg, const struct msg_hass_sms *m);
	void (*seal)(void *arg, const struct msg_seal *m);
	void (*seal_key)(void *arg, const struct seal_key *k);
	void (*hass_key_acked)(void *arg, const struct hash *of);
	void (*audit_order)(void *arg, const struct msg_audit_order *m);
	void (*audit_acked)(void *arg, uint64_t number);
};

struct uplink;
struct uplink *uplink_new(struct event_base *base, const struct conf *conf, struct identity *id,
			  const struct uplink_ops *ops, void *arg);
void uplink_free(struct uplink *u); /* NULL is fine */

enum uplink_state uplink_state(const struct uplink *u);
const char *uplink_state_name(enum uplink_state s);
const char *uplink_reason(const struct uplink *u); /* why it is down */

/* While ONLINE, else -1. */
int uplink_get(void *u, const struct msg_get *m);
int uplink_event(void *u, const void *encoded, size_t n);
int uplink_evidence(void *u, const struct msg_evidence *m);
int uplink_sealed(struct uplink *u, const struct msg_sealed *m);
int uplink_hass(struct uplink *u, const struct msg_hass *m);
int uplink_hass_sms_end(struct uplink *u, const struct msg_hass_sms_end *m);
int uplink_hass_key(struct uplink *u, const void *sealed, size_t n);
int uplink_audit(void *u, const void *encoded, size_t n);
/* Takes and empties b; lost when not ONLINE. */
void uplink_telemetry(struct uplink *u, struct buf *b);
void uplink_progress(struct uplink *u, const struct msg_progress *m);
void uplink_verified(struct uplink *u, const struct msg_verified *m);

#endif
