/* SPDX-License-Identifier: Apache-2.0 */
/* uplink_line - what the parts of uplink share: its state (uplink.c), what is said (uplink_send.c)
 * and what is heard (uplink_recv.c) */
#ifndef WD_UPLINK_LINE_H
#define WD_UPLINK_LINE_H

#include "role.h"
#include "roles.h"
#include "uplink.h"

struct uplink {
	const struct conf *conf;
	struct identity *id;
	const struct uplink_ops *ops;
	void *arg;
	struct role *role;
	enum uplink_state state;
	char reason[ROLE_TEXT_MAX];
	struct event *beat;
	uint32_t beat_s;
	uint64_t number, answered;
	bool asked; /* for a certificate, on this connection */
};

void uplink_enter(struct uplink *u, enum uplink_state s, const char *why);
/* Beats begin, or go on, after the time that the publisher asked for. */
void uplink_arm_beat(struct uplink *u);

void uplink_say_hello(struct uplink *u);
void uplink_say_beat(struct uplink *u);
void uplink_ask_certificate(struct uplink *u); /* a new one of our own */

/* From the link role: itself, or the publisher through it. */
void uplink_message(void *arg, uint16_t type, const void *p, size_t n);

#endif
