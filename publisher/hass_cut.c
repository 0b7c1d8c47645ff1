// SPDX-License-Identifier: Apache-2.0
/*
 * `wdpub hass cut`: the MAC serves for one nonce of the unit, and a nonce lives for one beat
 * interval; if it ran out on the way, the next one is used. When the unit obeys, the connection
 * over which it could say so is usually cut with the rest.
 */
#include <stdlib.h>
#include <string.h>

#include "fsx.h"
#include "hass.h"
#include "journal.h"
#include "session.h"

#define SECOND 1000000000ll
#define PATIENCE (20 * SECOND)
#define TRIES 4

struct hass_cut {
	struct ctl_conn *conn; /* NULL: the administrator left */
	int tries;
	int64_t begun; /* monotonic ns */
};

static void client_gone(void *arg, struct ctl_conn *c)
{
	struct hass_cut *k = arg;

	(void)c;
	k->conn = NULL;
}

static void finish(struct hass *u, json_t *answer, const char *error)
{
	struct hass_cut *k = u->cut;

	u->cut = NULL;
	if (k && k->conn) {
		ctl_on_gone(k->conn, NULL, NULL);
		if (error)
			ctl_fail(k->conn, "%s", error);
		else
			ctl_ok(k->conn, json_incref(answer));
	}
	json_decref(answer);
	free(k);
}

void hass_cut_end(struct hass *u, const char *error)
{
	if (u->cut)
		finish(u, NULL, error);
}

static void attempt(struct host *h)
{
	h->hass->cut->tries++;
	hass_mac(h, HASSMSG_CUT);
}

static const char *impossible(const struct host *h)
{
	const struct hass *u = h->hass;

	if (!u || !u->heard)
		return "no hardware unit has been heard of";
	if (!u->has_key)
		return "the publisher has no key of its hardware unit: provision it there (wdctl hass"
		       " provision)";
	if (!h->session || !session_open(h->session))
		return "it is not connected: send the CUT command by SMS";
	if (u->m.line != HASSMSG_UP)
		return "its agent cannot reach the hardware unit: send the CUT command by SMS";
	if (u->cut)
		return "a cut is under way already";
	return NULL;
}

void hass_cut_start(struct host *h, struct ctl_conn *c)
{
	const char *why = impossible(h);
	struct hass_cut *k;

	if (why) {
		ctl_fail(c, "host %s: %s", h->name, why);
		return;
	}
	if (h->hass->m.flags & HASSMSG_F_CUT) {
		ctl_ok(c, json_pack("{s:s, s:b, s:s}", "host", h->name, "confirmed", 1, "how",
				    "the network was cut already"));
		return;
	}
	k = calloc(1, sizeof(*k));
	if (!k) {
		ctl_fail(c, "out of memory");
		return;
	}
	*k = (struct hass_cut){.conn = c, .begun = fsx_mono_ns()};
	h->hass->cut = k;
	ctl_on_gone(c, client_gone, k);
	journal(h->engine, LOG_L_WARN, "hass-cut", "", h->name,
		"cutting the host off the network, by command");
	attempt(h);
}

void hass_cut_report(struct host *h)
{
	struct hass *u = h->hass;

	if (!u->cut)
		return;
	if (u->m.flags & HASSMSG_F_CUT)
		finish(u,
		       json_pack("{s:s, s:b, s:s}", "host", h->name, "confirmed", 1, "how",
				 "the unit says that the network is cut"),
		       NULL);
	else if (memcmp(u->asked_nonce, u->m.nonce, sizeof(u->m.nonce)) && u->cut->tries < TRIES)
		attempt(h);
}

void hass_cut_tick(struct host *h)
{
	struct hass *u = h->hass;

	if (!u->cut || fsx_mono_ns() - u->cut->begun < PATIENCE)
		return;
	hass_cut_end(u,
		     "the unit did not confirm in 20 s, and the host is still connected: if its web"
		     " server belongs to somebody else by now, send the CUT command by SMS");
}

void hass_cut_away(struct host *h)
{
	struct hass *u = h->hass;

	if (!u->cut)
		return;
	journal(h->engine, LOG_L_WARN, "hass-cut", "", h->name,
		"the connection went away after the command, as it does when the network is cut");
	finish(u,
	       json_pack(
		       "{s:s, s:b, s:s}", "host", h->name, "confirmed", 0, "how",
		       "the connection went away, as it does when the network is cut; the unit tells"
		       " the administrators by SMS"),
	       NULL);
}

void hass_cut_refused(struct host *h, const char *why)
{
	if (h->hass)
		hass_cut_end(h->hass, why);
}
