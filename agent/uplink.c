// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "uplink_line.h"

#define BEATS_MISSED 3

const char *uplink_state_name(enum uplink_state s)
{
	static const char *const names[] = {"down", "greeting", "asking for a certificate",
					    "online"};

	return names[s];
}

enum uplink_state uplink_state(const struct uplink *u)
{
	return u ? u->state : UPLINK_DOWN;
}

const char *uplink_reason(const struct uplink *u)
{
	return u ? u->reason : "no publisher is configured";
}

void uplink_enter(struct uplink *u, enum uplink_state s, const char *why)
{
	bool was = u->state == UPLINK_ONLINE, is = s == UPLINK_ONLINE;

	if (s == UPLINK_DOWN && strcmp(u->reason, why))
		log_warn("publisher: %s", why);
	else if (s != u->state)
		log_info("publisher: %s", uplink_state_name(s));
	snprintf(u->reason, sizeof(u->reason), "%s", s == UPLINK_DOWN ? why : "");
	u->state = s;
	if (s == UPLINK_DOWN)
		evtimer_del(u->beat);
	if (was != is)
		u->ops->online(u->arg, is);
}

void uplink_arm_beat(struct uplink *u)
{
	struct timeval t = {u->beat_s, 0};

	evtimer_add(u->beat, &t);
}

static void on_beat(int fd, short what, void *arg)
{
	struct uplink *u = arg;

	(void)fd;
	(void)what;
	if (u->number - u->answered >= BEATS_MISSED) {
		uplink_enter(u, UPLINK_DOWN, "three heartbeats in a row stayed without an answer");
		u->ops->silent(u->arg);
		role_restart(u->role);
		return;
	}
	uplink_say_beat(u);
	uplink_arm_beat(u);
	if (!u->asked && identity_due(u->id))
		uplink_ask_certificate(u);
}

static void role_up(void *arg, struct chan *c)
{
	(void)arg;
	(void)c;
}

static void role_down(void *arg, const char *why)
{
	struct uplink *u = arg;

	if (u->state != UPLINK_DOWN)
		uplink_enter(u, UPLINK_DOWN, why);
}

static const struct role_ops role_ops = {role_up, uplink_message, role_down, NULL};

struct uplink *uplink_new(struct event_base *base, const struct conf *conf, struct identity *id,
			  const struct uplink_ops *ops, void *arg)
{
	struct uplink *u = calloc(1, sizeof(*u));
	const char *argv[] = {"--state", id->state,
			      conf->dial == DIAL_LISTEN ? "--listen" : "--connect", conf->address,
			      NULL};

	if (!u)
		return NULL;
	u->conf = conf;
	u->id = id;
	u->ops = ops;
	u->arg = arg;
	u->beat_s = 10;
	u->beat = evtimer_new(base, on_beat, u);
	if (u->beat)
		u->role = role_start(base, ROLE_LINK, (char *const *)argv, &role_ops, u);
	if (u->role)
		return u;
	uplink_free(u);
	return NULL;
}

void uplink_free(struct uplink *u)
{
	if (!u)
		return;
	role_stop(u->role);
	if (u->beat)
		event_free(u->beat);
	free(u);
}
