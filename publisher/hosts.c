// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "hass.h"
#include "sealing.h"
#include "hosts.h"
#include "journal.h"
#include "lines.h"
#include "push.h"
#include "session.h"
#include "tls.h"
#include "verification.h"

#define BEATS_MISSED 3
#define SAVE_EVERY (60 * 1000000000ll)

static const char *const state_names[HOST_STATES] = {
	[HOST_NEW] = "new",
	[HOST_ONLINE] = "online",
	[HOST_AWAY] = "away",
	[HOST_SILENT] = "silent",
};

const char *host_state_name(enum host_state state)
{
	return state_names[state];
}

const char *mode_name(uint8_t mode)
{
	static const char *const names[] = {"off", "audit", "enforce"};

	return mode < 3 ? names[mode] : "unknown";
}

const char *source_name(uint8_t source)
{
	static const char *const names[] = {"none", "kmod", "fanotify"};

	return source < 3 ? names[source] : "unknown";
}

const char *health_name(uint8_t health)
{
	static const char *const names[] = {"ok", "warn", "bad"};

	return health < HEALTH_MAX ? names[health] : "unknown";
}

void host_enter(struct host *h, enum host_state state, const char *why)
{
	enum host_state old = h->state;

	if (old == state)
		return;
	h->state = state;
	if (state == HOST_SILENT)
		journal(h->engine, LOG_L_WARN, "silent", "", h->name,
			"%d beats are missing (%s): the host or the way to it is down, or it was"
			" cut off",
			BEATS_MISSED, why);
	else if (state == HOST_ONLINE && old == HOST_SILENT)
		journal(h->engine, LOG_L_INFO, "back", "", h->name, "heard again: %s", why);
	else
		journal(h->engine, LOG_L_INFO, state_names[state], "", h->name, "%s", why);
	push_host_changed(h);
	desk_feed(h->engine, "host", host_json(h));
}

struct host *host_find(struct engine *e, const char *name)
{
	struct host *h;

	TAILQ_FOREACH (h, &e->hosts, entry)
		if (!strcmp(h->name, name))
			return h;
	return NULL;
}

struct host_site *host_site_find(struct host *h, const char *site)
{
	struct host_site *hs;

	TAILQ_FOREACH (hs, &h->sites, entry)
		if (!strcmp(hs->site, site))
			return hs;
	return NULL;
}

static struct host_site *host_site_new(struct host *h, const char *site)
{
	struct host_site *hs = calloc(1, sizeof(*hs));

	if (!hs)
		return NULL;
	snprintf(hs->site, sizeof(hs->site), "%s", site);
	hs->mode = 255;
	TAILQ_INSERT_TAIL(&h->sites, hs, entry);
	return hs;
}

static void host_free(struct host *h)
{
	struct host_site *hs;

	while ((hs = TAILQ_FIRST(&h->sites))) {
		TAILQ_REMOVE(&h->sites, hs, entry);
		free(hs);
	}
	hass_free(h->hass);
	sealing_free(h);
	free(h);
}

static struct host *host_new(struct engine *e, const char *name, const char *connect)
{
	struct host *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->engine = e;
	h->heard = fsx_mono_ns();
	snprintf(h->name, sizeof(h->name), "%s", name);
	snprintf(h->connect, sizeof(h->connect), "%s", connect);
	TAILQ_INIT(&h->sites);
	return h;
}

static int host_row(void *arg, struct store_row *r)
{
	struct engine *e = arg;
	struct host *h = host_new(e, store_text(r, 0), store_text(r, 1));

	if (!h)
		return -1;
	h->enrolled = store_int(r, 2);
	/* A host that was there may come back within three beats before that is an alarm. */
	h->state = h->enrolled ? HOST_AWAY : HOST_NEW;
	snprintf(h->address, sizeof(h->address), "%s", store_text(r, 3));
	snprintf(h->version, sizeof(h->version), "%s", store_text(r, 4));
	snprintf(h->boot_id, sizeof(h->boot_id), "%s", store_text(r, 5));
	h->source = store_int(r, 6);
	h->health = store_int(r, 7);
	snprintf(h->note, sizeof(h->note), "%s", store_text(r, 8));
	h->seen = store_int(r, 9);
	TAILQ_INSERT_TAIL(&e->hosts, h, entry);
	return 0;
}

static int host_site_row(void *arg, struct store_row *r)
{
	struct host_site *hs = host_site_new(arg, store_text(r, 0));

	if (!hs)
		return -1;
	hs->serial = store_int(r, 1);
	hs->mode = store_int(r, 2);
	hs->verified = store_int(r, 3);
	snprintf(hs->refused, sizeof(hs->refused), "%s", store_text(r, 4));
	return 0;
}

int hosts_load(struct engine *e, struct err *err)
{
	struct host *h;

	if (db_read(e->db, err, SQL_HOST_LIST, host_row, e, "") < 0)
		return -1;
	TAILQ_FOREACH (h, &e->hosts, entry)
		if (db_read(e->db, err, SQL_HOST_SITE_LIST, host_site_row, h, "t", h->name) < 0)
			return -1;
	return 0;
}

void hosts_free(struct engine *e)
{
	struct host *h;

	while ((h = TAILQ_FIRST(&e->hosts))) {
		host_save(h, true);
		TAILQ_REMOVE(&e->hosts, h, entry);
		host_free(h);
	}
}

static void report_events(struct host *h)
{
	if (!h->fresh_events)
		return;
	journal(h->engine, LOG_L_WARN, "events", "", h->name,
		"%u new events; see `wdpub events --host %s`", h->fresh_events, h->name);
	h->fresh_events = 0;
}

void hosts_tick(struct engine *e)
{
	int64_t patience = BEATS_MISSED * (int64_t)e->conf.beat * 1000000000ll;
	int64_t now = fsx_mono_ns();
	struct host *h;

	TAILQ_FOREACH (h, &e->hosts, entry) {
		if (e->ticks % 10 == 0)
			report_events(h);
		hass_tick(h);
		if (e->ticks % e->conf.beat == 0) {
			h->beat_strip = h->beat_strip << 1 |
					(now - h->heard < (e->conf.beat + 1) * 1000000000ll);
			h->beat_periods += h->beat_periods < 60;
		}
		sealing_tick(h);
		if ((h->state == HOST_ONLINE || h->state == HOST_AWAY) && now - h->heard > patience)
			host_enter(h, HOST_SILENT,
				   h->session ? "connected, but no heartbeat" : "not connected");
	}
}

void host_save(struct host *h, bool now)
{
	struct err err;

	if (!now && fsx_mono_ns() - h->saved < SAVE_EVERY)
		return;
	h->saved = fsx_mono_ns();
	if (db_write(h->engine->db, &err, SQL_HOST_SAVE, "ttitttiiti", h->name, h->connect,
		     (int64_t)h->enrolled, h->address, h->version, h->boot_id, (int64_t)h->source,
		     (int64_t)h->health, h->note, h->seen) < 0)
		log_err("host %s cannot be written down: %s", h->name, err.text);
}

void host_site_save(struct host *h, const struct host_site *hs)
{
	struct err err;

	if (db_write(h->engine->db, &err, SQL_HOST_SITE_SAVE, "ttiiit", h->name, hs->site,
		     (int64_t)hs->serial, (int64_t)hs->mode, hs->verified, hs->refused) < 0)
		log_err("host %s cannot be written down: %s", h->name, err.text);
}

/* ---- adding and removing ---- */

static int check_connect(const char *connect, struct err *err)
{
	char host[256], port[8];

	if (*connect && addr_split(connect, host, port, err))
		return -1;
	if (strlen(connect) >= LINK_ADDRESS_MAX)
		return err_set(err, "--connect %s: too long", connect);
	return 0;
}

static int check_sites(struct engine *e, json_t *sites, struct err *err)
{
	size_t i;
	json_t *x;

	json_array_foreach (sites, i, x) {
		const char *name = json_string_value(x);

		if (!name || !site_find(e, name))
			return err_set(err,
				       "there is no site \"%s\": first `wdpub site add %s"
				       " --dir BACKUP`",
				       name ? name : "", name ? name : "NAME");
	}
	if (json_array_size(sites) > PROTO_SITES_MAX)
		return err_set(err, "a host serves at most %d sites", PROTO_SITES_MAX);
	return 0;
}

static int write_sites(struct host *h, json_t *sites, struct err *err)
{
	size_t i;
	json_t *x;

	json_array_foreach (sites, i, x) {
		const char *name = json_string_value(x);

		if (db_write(h->engine->db, err, SQL_HOST_SITE_ADD, "tt", h->name, name) < 0)
			return -1;
		if (!host_site_find(h, name) && !host_site_new(h, name))
			return err_set(err, "out of memory");
	}
	return 0;
}

struct host *host_add(struct engine *e, const char *name, const char *connect, json_t *sites,
		      struct err *err)
{
	struct host *h;

	if (!host_name_ok(name)) {
		err_set(err,
			"\"%s\" cannot name a host: use at most 63 letters, digits, '-', '_',"
			" '.', beginning with a letter or digit",
			name);
		return NULL;
	}
	if (host_find(e, name)) {
		err_set(err,
			"there is a host \"%s\" already; `wdpub host add %s --again` makes a"
			" new bundle and retires its certificates",
			name, name);
		return NULL;
	}
	if (check_connect(connect, err) || check_sites(e, sites, err) || db_flush(e->db, err))
		return NULL;
	h = host_new(e, name, connect);
	if (!h) {
		err_set(err, "out of memory");
		return NULL;
	}
	if (db_write(e->db, err, SQL_HOST_ADD, "tti", name, connect, fsx_now_ns()) < 0 ||
	    write_sites(h, sites, err) || db_flush(e->db, err)) {
		db_undo(e->db);
		host_free(h);
		return NULL;
	}
	TAILQ_INSERT_TAIL(&e->hosts, h, entry);
	journal(e, LOG_L_INFO, "host-add", "", name, "may enrol%s%s",
		*connect ? "; it is called at " : "", connect);
	lines_dial(e);
	return h;
}

int host_renew(struct host *h, const char *connect, json_t *sites, struct err *err)
{
	struct engine *e = h->engine;

	if (host_set(h, *connect ? connect : NULL, json_array_size(sites) ? sites : NULL, err) ||
	    db_write(e->db, err, SQL_CERT_RETIRE_ALL, "t", h->name) < 0)
		return -1;
	h->enrolled = false;
	host_save(h, true);
	if (db_flush(e->db, err))
		return -1;
	if (h->session)
		session_drop(h->session, "its certificates were retired; enrol it again");
	journal(e, LOG_L_WARN, "host-again", "", h->name, "its certificates were retired");
	host_enter(h, HOST_NEW, "to be enrolled again");
	return 0;
}

static bool listed(json_t *sites, const char *name)
{
	size_t i;
	json_t *x;

	json_array_foreach (sites, i, x) {
		if (!strcmp(json_string_value(x), name))
			return true;
	}
	return false;
}

static int drop_unlisted(struct host *h, json_t *sites, struct err *err)
{
	struct host_site *hs, *next;

	for (hs = TAILQ_FIRST(&h->sites); hs; hs = next) {
		next = TAILQ_NEXT(hs, entry);
		if (listed(sites, hs->site))
			continue;
		if (db_write(h->engine->db, err, SQL_HOST_SITE_DEL, "tt", h->name, hs->site) < 0)
			return -1;
		TAILQ_REMOVE(&h->sites, hs, entry);
		free(hs);
	}
	return 0;
}

/* What it may have by now, and has not. */
static void send_new(struct host *h)
{
	struct host_site *hs;

	TAILQ_FOREACH (hs, &h->sites, entry) {
		struct site *s = site_find(h->engine, hs->site);

		if (s && s->has_current && hs->serial < s->current.serial && hs->sent == 0)
			host_send_release(h, hs, s);
	}
}

int host_set(struct host *h, const char *connect, json_t *sites, struct err *err)
{
	struct engine *e = h->engine;

	if ((connect && check_connect(connect, err)) || check_sites(e, sites, err) ||
	    db_flush(e->db, err))
		return -1;
	if (sites && (drop_unlisted(h, sites, err) || write_sites(h, sites, err)))
		return -1;
	if (connect)
		snprintf(h->connect, sizeof(h->connect), "%s", connect);
	host_save(h, true);
	if (db_flush(e->db, err))
		return -1;
	journal(e, LOG_L_INFO, "host-set", "", h->name, "%s%s",
		*h->connect ? "is called at " : "calls by itself", h->connect);
	lines_dial(e);
	send_new(h);
	return 0;
}

int host_remove(struct host *h, struct err *err)
{
	struct engine *e = h->engine;

	if (db_write(e->db, err, SQL_CERT_RETIRE_ALL, "t", h->name) < 0 ||
	    db_write(e->db, err, SQL_HOST_DEL_SITES, "t", h->name) < 0 ||
	    db_write(e->db, err, SQL_HASS_DEL, "t", h->name) < 0 ||
	    db_write(e->db, err, SQL_TOMCAT_DEL, "t", h->name) < 0 ||
	    db_write(e->db, err, SQL_HOST_DEL, "t", h->name) < 0 || db_flush(e->db, err)) {
		db_undo(e->db);
		return -1;
	}
	if (h->session)
		session_drop(h->session, "this host was removed from the publisher");
	push_host_gone(h);
	sealing_forget(h);
	alarms_forget_host(e, h->name);
	journal(e, LOG_L_WARN, "host-remove", "", h->name,
		"its certificates were retired; it keeps protecting what it has");
	TAILQ_REMOVE(&e->hosts, h, entry);
	host_free(h);
	verification_look(e);
	lines_dial(e);
	return 0;
}

void hosts_forget_site(struct engine *e, const char *site)
{
	struct host *h;

	TAILQ_FOREACH (h, &e->hosts, entry) {
		struct host_site *hs = host_site_find(h, site);

		if (!hs)
			continue;
		TAILQ_REMOVE(&h->sites, hs, entry);
		free(hs);
	}
	push_site_gone(e, site);
	verification_look(e);
}

/* ---- releases ---- */

void host_send_release(struct host *h, struct host_site *hs, const struct site *s)
{
	struct buf b;

	if (!h->session || !s->has_current || !session_open(h->session))
		return;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	signed_release_put(&b, &s->current_signed);
	lines_send(h->engine, session_id(h->session), MSG_RELEASE, &b);
	buf_free(&b);
	hs->sent = s->current.serial;
	hs->sent_at = fsx_mono_ns();
	hs->progress = (struct msg_progress){.serial = hs->sent};
	*hs->refused = 0;
	log_debug("serial %" PRIu64 " of %s sent to %s", hs->sent, s->name, h->name);
}

void hosts_send_release(struct site *s)
{
	struct host *h;

	TAILQ_FOREACH (h, &s->engine->hosts, entry) {
		struct host_site *hs = host_site_find(h, s->name);

		if (hs)
			host_send_release(h, hs, s);
	}
}

static json_t *host_site_json(const struct host_site *hs)
{
	char verified[32] = "";

	if (hs->verified)
		event_time(hs->verified * 1000000000ll, verified);
	return json_pack("{s:s, s:I, s:s, s:s, s:o, s:I, s:i, s:I, s:I}", "site", hs->site,
			 "serial", (json_int_t)hs->serial, "mode", mode_name(hs->mode), "verified",
			 verified, "refused", json_bytes(hs->refused), "sent", (json_int_t)hs->sent,
			 "progress", (int)hs->progress.state, "objects",
			 (json_int_t)hs->progress.objects, "wanted",
			 (json_int_t)hs->progress.wanted);
}

json_t *host_json(const struct host *h)
{
	char connected[32] = "", seen[32] = "";
	json_t *sites = json_array(), *j;
	struct host_site *hs;

	TAILQ_FOREACH (hs, &h->sites, entry)
		json_array_append_new(sites, host_site_json(hs));
	if (h->session)
		event_time(h->connected, connected);
	if (h->seen)
		event_time(h->seen, seen);
	j = json_pack("{s:s, s:s, s:b, s:s, s:s, s:s, s:s, s:s, s:s}", "host", h->name, "state",
		      host_state_name(h->state), "connected", h->session != NULL, "since",
		      connected, "seen", seen, "source", source_name(h->source), "health",
		      health_name(h->health), "connect", h->connect, "address", h->address);
	json_object_set_new(j, "version", json_bytes(h->version));
	json_object_set_new(j, "note", json_bytes(h->note));
	json_object_set_new(j, "pending", json_integer(h->pending));
	json_object_set_new(j, "events", json_integer(h->events));
	json_object_set_new(j, "dropped", json_integer(h->dropped));
	json_object_set_new(j, "seal", json_string(sealing_state(h)));
	json_object_set_new(j, "sites", sites);
	return j;
}
