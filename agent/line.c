// SPDX-License-Identifier: Apache-2.0
/* What the publisher says goes to whom it concerns. */
#include <stdio.h>
#include <string.h>
#include "guard.h"

static void hello(void *arg, struct msg_hello *m)
{
	struct guard *g = arg;
	struct source_state s;

	source_state(g->source, &s);
	snprintf(m->boot_id, sizeof(m->boot_id), "%s", s.boot_id);
	m->source = s.kind;
	m->n_sites = g->n_sites;
	for (int i = 0; i < g->n_sites; i++) {
		snprintf(m->sites[i].site, sizeof(m->sites[i].site), "%s",
			 g->sites[i].site.conf->name);
		m->sites[i].serial = g->sites[i].site.applied;
		m->sites[i].highest = g->sites[i].site.highest;
	}
}

static void beat(void *arg, struct msg_beat *m)
{
	struct guard *g = arg;
	struct source_state s;

	source_state(g->source, &s);
	m->source = s.kind;
	m->events = s.seq;
	m->dropped = s.dropped;
	m->pending = checks_troubled(g->checks);
	m->health = guard_health(g, m->note, sizeof(m->note));
	guard_telemetry(g);
	m->n_sites = g->n_sites;
	for (int i = 0; i < g->n_sites; i++) {
		const struct site *site = &g->sites[i].site;

		snprintf(m->sites[i].site, sizeof(m->sites[i].site), "%s", site->conf->name);
		m->sites[i].serial = site->applied;
		m->sites[i].mode = site->mode;
		m->sites[i].verified = site->verified;
	}
}

static void online(void *arg, bool yes)
{
	struct guard *g = arg;

	/* Releases that were refused for a reason that may be gone come again by themselves. */
	fetch_online(g->fetch, yes ? uplink_get : NULL, g->uplink);
	spool_online(g->spool, yes ? uplink_event : NULL, g->uplink);
	upload_online(g->upload, yes ? uplink_evidence : NULL, g->uplink);
	hass_hub_online(g->hass, yes);
	audit_desk_online(g->audits, yes ? uplink_audit : NULL, g->uplink);
	if (yes)
		sealing_online(g->sealing);
}

static void release(void *arg, const struct signed_release *r)
{
	struct guard *g = arg;
	struct guard_site *gs = NULL;
	struct msg_progress p = {.state = PROGRESS_REFUSED};
	struct release plain;

	/* Only to find whose it is; the site checks the signature before it believes a word. */
	if (!release_decode(r->bytes, r->len, &plain, NULL))
		gs = guard_site(g, plain.site);
	if (gs) {
		gc_stop(g->gc);
		apply_offer(gs->apply, r);
		return;
	}
	if (release_decode(r->bytes, r->len, &plain, NULL))
		return;
	snprintf(p.site, sizeof(p.site), "%s", plain.site);
	p.serial = plain.serial;
	snprintf(p.text, sizeof(p.text),
		 "site %s is not configured on this host: add it to agent.conf", plain.site);
	log_err("release refused: %s", p.text);
	uplink_progress(g->uplink, &p);
}

static int object(void *arg, const struct msg_object *m, struct err *err)
{
	struct guard *g = arg;

	return fetch_object(g->fetch, m, err);
}

static void object_missing(void *arg, const struct msg_object_missing *m)
{
	struct guard *g = arg;

	fetch_missing(g->fetch, m);
}

static void event_acked(void *arg, const char *id)
{
	struct guard *g = arg;

	spool_acked(g->spool, id);
}

static void evidence_acked(void *arg, const struct msg_evidence_ack *m)
{
	struct guard *g = arg;

	upload_acked(g->upload, m);
}

static void verify(void *arg, const struct msg_verify *m)
{
	struct guard *g = arg;

	verify_report(g->reports, m);
}

static void audit_order(void *arg, const struct msg_audit_order *m)
{
	struct guard *g = arg;

	audit_desk_order(g->audits, m);
}

static void audit_acked(void *arg, uint64_t number)
{
	struct guard *g = arg;

	audit_desk_acked(g->audits, number);
}

static void service(void *arg, const char *name, uint8_t act)
{
	guard_service(arg, name, act);
}

static void silent(void *arg)
{
	struct guard *g = arg;

	g->silent++;
	guard_note(g, "silent", "", 1,
		   "the publisher left three heartbeats in a row without an answer");
}

static void hass_box(void *arg, const struct msg_hass_box *m)
{
	hass_hub_box(((struct guard *)arg)->hass, m);
}

static void hass_mac(void *arg, const struct msg_hass_mac *m)
{
	hass_hub_mac(((struct guard *)arg)->hass, m);
}

static void hass_sms(void *arg, const struct msg_hass_sms *m)
{
	struct guard *g = arg;
	struct msg_hass_sms_end end = {.id = m->id, .why = "it has no hardware unit (agent.conf)"};

	if (g->hass)
		hass_relay_begin(g->hass, m);
	else
		uplink_hass_sms_end(g->uplink, &end);
}

static void hass_key_acked(void *arg, const struct hash *of)
{
	hass_hub_key_acked(((struct guard *)arg)->hass, of);
}

static void seal(void *arg, const struct msg_seal *m)
{
	sealing_told(((struct guard *)arg)->sealing, m);
}

static void seal_key(void *arg, const struct seal_key *k)
{
	sealing_key(((struct guard *)arg)->sealing, k);
}

const struct uplink_ops line_ops = {
	.hello = hello,
	.beat = beat,
	.online = online,
	.release = release,
	.object = object,
	.object_missing = object_missing,
	.event_acked = event_acked,
	.evidence_acked = evidence_acked,
	.verify = verify,
	.audit_order = audit_order,
	.audit_acked = audit_acked,
	.service = service,
	.silent = silent,
	.seal = seal,
	.seal_key = seal_key,
	.hass_box = hass_box,
	.hass_mac = hass_mac,
	.hass_sms = hass_sms,
	.hass_key_acked = hass_key_acked,
};
