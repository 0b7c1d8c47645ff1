// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "event.h"
#include "fsx.h"
#include "hass.h"
#include "journal.h"
#include "lines.h"
#include "notify.h"
#include "session.h"
#include "signer.h"

#define SECOND 1000000000ll
#define AGAIN (5 * SECOND) /* a MAC that was lost on its way */
#define BEATS_MISSED 3

static bool reachable(const struct host *h)
{
	return h->session && session_open(h->session);
}

/* ---- where secrets are sealed to: asked once, sent to every host that says HELLO ---- */

static void send_box(struct host *h)
{
	struct buf b;

	buf_init(&b, 256);
	msg_hass_box_put(&b, h->engine->hass_box);
	lines_send(h->engine, session_id(h->session), MSG_HASS_BOX, &b);
	buf_free(&b);
}

static void on_box(void *arg, struct rd *r, const char *err)
{
	struct engine *e = arg;
	struct msg_hass_box m;
	struct host *h;

	if (!err) {
		msg_hass_box_get(r, &m);
		if (!rd_end(r))
			err = "its answer is malformed";
	}
	if (err) {
		log_err("no key for sealing from the keys role: %s", err);
		return;
	}
	if (!e->hass_box)
		e->hass_box = malloc(sizeof(m));
	if (!e->hass_box)
		return;
	*e->hass_box = m;
	TAILQ_FOREACH (h, &e->hosts, entry)
		if (reachable(h))
			send_box(h);
}

void hass_greet(struct host *h)
{
	struct buf none = {0};

	if (h->engine->hass_box)
		send_box(h);
	else
		signer_ask(h->engine->signer, KEYS_HASS_BOX, KEYS_HASS_BOXED, &none, on_box,
			   h->engine);
}

/* ---- the unit's key, sealed ---- */

static int key_row(void *arg, struct store_row *r)
{
	struct hass *u = arg;
	int n;
	const void *p = store_blob(r, 0, &n);

	if (n != HASSMSG_SEALED)
		return 0;
	memcpy(u->sealed, p, n);
	u->has_key = true;
	return 0;
}

static struct hass *unit_of(struct host *h)
{
	struct err err;

	if (h->hass)
		return h->hass;
	h->hass = calloc(1, sizeof(*h->hass));
	if (!h->hass)
		return NULL;
	h->hass->withheld = "";
	for (size_t i = 0; i < HASS_TROUBLES; i++)
		h->hass->trouble[i].raised = 2; /* an alarm may live from before our start */
	if (db_read(h->engine->db, &err, SQL_HASS_GET, key_row, h->hass, "t", h->name) < 0)
		log_err("host %s: the key of its hardware unit cannot be read: %s", h->name,
			err.text);
	return h->hass;
}

static int keep_key(struct host *h, const uint8_t *sealed)
{
	struct hass *u = unit_of(h);
	struct err err;

	if (!u)
		return -1;
	if (u->has_key && !memcmp(u->sealed, sealed, sizeof(u->sealed)))
		return 0;
	if (db_write(h->engine->db, &err, SQL_HASS_PUT, "tbi", h->name, sealed, HASSMSG_SEALED,
		     fsx_now_ns()) < 0) {
		log_err("host %s: the key of its hardware unit cannot be kept: %s", h->name,
			err.text);
		return -1;
	}
	/* Whoever owns the web server can send another key; then the unit hears no MAC it
	 * believes, and calls for help: as if they had relayed none. But it is said. */
	journal(h->engine, u->has_key ? LOG_L_WARN : LOG_L_INFO, "hass-key", "", h->name,
		u->has_key ? "its hardware unit was provisioned anew: was that you?"
			   : "its hardware unit was provisioned; beats are vouched for");
	memcpy(u->sealed, sealed, sizeof(u->sealed));
	u->has_key = true;
	return 0;
}

int hass_key_received(struct host *h, uint32_t conn, struct rd *r)
{
	uint8_t sealed[HASSMSG_SEALED];
	struct hash of;
	struct buf b;

	rd_copy(r, sealed, sizeof(sealed));
	if (!rd_end(r))
		return -1;
	if (keep_key(h, sealed))
		return 0; /* not acknowledged: it comes again */
	of = hash_of(sealed, sizeof(sealed));
	buf_init(&b, 64);
	buf_put(&b, of.b, sizeof(of.b));
	session_ack(h->engine, conn, MSG_HASS_KEY_ACK, &b);
	buf_free(&b);
	return 0;
}

/* ---- MACs ---- */

struct ask { /* the host may be gone when the answer comes */
	struct engine *engine;
	char host[HOST_NAME_MAX_WD];
	char letter;
};

static void on_mac(void *arg, struct rd *r, const char *err)
{
	struct ask *a = arg;
	struct host *h = host_find(a->engine, a->host);
	struct msg_hass_mac m;
	struct buf b;

	if (!err) {
		msg_hass_mac_get(r, &m);
		if (!rd_end(r))
			err = "the keys role gave a malformed answer";
	}
	if (err) {
		journal(a->engine, LOG_L_ERR, "hass", "", a->host,
			"no MAC for its hardware unit: %s; provision it again (wdctl hass provision)",
			err);
		if (h && a->letter == HASSMSG_CUT)
			hass_cut_refused(h, err);
	} else if (h && h->hass && reachable(h)) {
		buf_init(&b, 128);
		msg_hass_mac_put(&b, &m);
		lines_send(h->engine, session_id(h->session), MSG_HASS_MAC, &b);
		buf_free(&b);
		h->hass->vouched += m.letter == HASSMSG_VOUCH;
	}
	free(a);
}

void hass_mac(struct host *h, char letter)
{
	struct hass *u = h->hass;
	struct ask *a = calloc(1, sizeof(*a));
	struct buf b;

	if (!a)
		return;
	*a = (struct ask){.engine = h->engine, .letter = letter};
	snprintf(a->host, sizeof(a->host), "%s", h->name);
	memcpy(u->asked_nonce, u->m.nonce, sizeof(u->asked_nonce));
	u->asked = fsx_mono_ns();
	buf_init(&b, 512);
	buf_put_str(&b, h->name);
	buf_put_u8(&b, letter);
	buf_put(&b, u->m.nonce, sizeof(u->m.nonce));
	buf_put_blob(&b, u->sealed, sizeof(u->sealed));
	signer_ask(h->engine->signer, KEYS_HASS_MAC, KEYS_HASS_MADE, &b, on_mac, a);
	buf_free(&b);
}

/* "" = it may be vouched for. */
static const char *unfit(const struct host *h, int64_t now)
{
	if (h->state != HOST_ONLINE)
		return "the host is not online";
	if (now - h->heard > BEATS_MISSED * (int64_t)h->engine->conf.beat * SECOND)
		return "its beats do not come in time";
	if (h->health == HEALTH_BAD)
		return "its health is bad";
	return "";
}

static bool no_nonce(const uint8_t *nonce)
{
	static const uint8_t zeros[HASSMSG_NONCE];

	return !memcmp(nonce, zeros, sizeof(zeros));
}

static void withhold(struct host *h, const char *why)
{
	struct hass *u = h->hass;

	if (!strcmp(u->withheld, why))
		return;
	u->withheld = why;
	journal(h->engine, *why ? LOG_L_WARN : LOG_L_INFO, "vouch", "", h->name, "%s%s",
		*why ? "not vouched for any more: " : "vouched for again", why);
}

/* At most one a second whatever the host says: it must not wear out the keys role. */
static void vouch(struct host *h)
{
	struct hass *u = h->hass;
	int64_t now = fsx_mono_ns();
	bool same = !memcmp(u->asked_nonce, u->m.nonce, sizeof(u->m.nonce));

	if (!u->has_key || !reachable(h) || u->m.line != HASSMSG_UP || no_nonce(u->m.nonce) ||
	    !(u->m.flags & HASSMSG_F_BEAT) || u->cut)
		return;
	withhold(h, unfit(h, now));
	if (*u->withheld || u->m.flags & HASSMSG_F_VOUCHED ||
	    (u->asked && now - u->asked < (same ? AGAIN : SECOND)))
		return;
	hass_mac(h, HASSMSG_VOUCH);
}

/* ---- what the unit is like ---- */

static void tell_flag(struct host *h, uint16_t was, uint16_t is, uint16_t flag, const char *on,
		      const char *off, bool on_is_bad)
{
	if ((was ^ is) & flag)
		journal(h->engine, !(is & flag) == !on_is_bad ? LOG_L_WARN : LOG_L_INFO, "hass", "",
			h->name, "hardware unit: %s", is & flag ? on : off);
}

static void tell_changes(struct host *h, const struct msg_hass *was, const struct msg_hass *is)
{
	if (was->line != is->line || !h->hass->heard)
		journal(h->engine, is->line == HASSMSG_UP ? LOG_L_INFO : LOG_L_WARN, "hass", "",
			h->name, "hardware unit: %s%s%s", hassmsg_line_name(is->line),
			*is->why ? ": " : "", is->why);
	if (!h->hass->heard || is->line != HASSMSG_UP)
		return;
	if (was->boots && was->boots != is->boots)
		journal(h->engine, LOG_L_WARN, "hass", "", h->name,
			"hardware unit: restarted (%s), start number %" PRIu32, is->reset,
			is->boots);
	tell_flag(h, was->flags, is->flags, HASSMSG_F_CUT, "the network is CUT",
		  "the network is connected", true);
	tell_flag(h, was->flags, is->flags, HASSMSG_F_BEAT_LOST, "beats are lost", "beats are back",
		  true);
	tell_flag(h, was->flags, is->flags, HASSMSG_F_REGISTERED, "in a mobile network",
		  "in no mobile network", false);
	tell_flag(h, was->flags, is->flags, HASSMSG_F_JUMPER, "provisioning jumper closed",
		  "provisioning jumper open", true);
}

/* ---- what calls for a person ---- */

/* A trouble that ends within `hold` seconds, as a start does, is none. */
static const struct {
	uint16_t flag; /* 0: the line */
	bool bad;      /* this value of it */
	int hold;
	enum alarm_kind kind;
	const char *subject, *text;
} troubles[] = {
	{0, false, 5, ALARM_HASS_SILENT, "", "its agent cannot reach the hardware unit"},
	{HASSMSG_F_CUT, true, 0, ALARM_HASS_TROUBLE, "cut", "the network is cut"},
	{HASSMSG_F_BEAT_LOST, true, 0, ALARM_HASS_TROUBLE, "heartbeat",
	 "the unit misses the heartbeats that this publisher vouches for"},
	{HASSMSG_F_SIM_PIN, true, 0, ALARM_HASS_TROUBLE, "pin", "the SIM refused its PIN"},
	{HASSMSG_F_REGISTERED, false, 60, ALARM_HASS_TROUBLE, "modem",
	 "in no mobile network: no SMS goes out"},
	{HASSMSG_F_PROVISIONED, false, 600, ALARM_HASS_TROUBLE, "provisioning",
	 "the unit is not provisioned"},
	{HASSMSG_F_JUMPER, true, 600, ALARM_HASS_TROUBLE, "jumper",
	 "the provisioning jumper is closed"},
};
_Static_assert(sizeof(troubles) / sizeof(*troubles) <= HASS_TROUBLES, "there is room for all");

static void watch_one(struct host *h, size_t i, int64_t now)
{
	struct hass *u = h->hass;
	bool up = u->m.line == HASSMSG_UP, set = u->m.flags & troubles[i].flag, bad, long_enough;

	if (troubles[i].flag && !up)
		return; /* nothing new is known */
	bad = troubles[i].flag ? set == troubles[i].bad : !up;
	if (!bad)
		u->trouble[i].since = 0;
	else if (!u->trouble[i].since)
		u->trouble[i].since = now;
	long_enough = bad && now - u->trouble[i].since >= troubles[i].hold * SECOND;
	if (u->trouble[i].raised == long_enough || (bad && !long_enough))
		return;
	u->trouble[i].raised = long_enough;
	if (long_enough)
		alarm_raise(h->engine, troubles[i].kind, h->name, troubles[i].subject, "", "%s%s%s",
			    troubles[i].text, !troubles[i].flag && *u->m.why ? ": " : "",
			    troubles[i].flag ? "" : u->m.why);
	else
		alarm_clear(h->engine, troubles[i].kind, h->name, troubles[i].subject);
}

/* Not while the host is away: then its own silence is the alarm. */
static void watch(struct host *h)
{
	int64_t now = fsx_mono_ns();

	for (size_t i = 0; reachable(h) && i < sizeof(troubles) / sizeof(*troubles); i++)
		watch_one(h, i, now);
}

int hass_received(struct host *h, struct rd *r)
{
	struct msg_hass *m = malloc(sizeof(*m));
	struct hass *u = unit_of(h);

	if (!m || !u) {
		free(m);
		return -1;
	}
	msg_hass_get(r, m);
	if (!rd_end(r)) {
		free(m);
		return -1;
	}
	tell_changes(h, &u->m, m);
	u->m = *m;
	u->heard = true;
	u->at = fsx_now_ns();
	free(m);
	hass_cut_report(h);
	vouch(h);
	return 0;
}

void hass_away(struct host *h)
{
	sms_away(h);
	if (h->hass)
		hass_cut_away(h);
}

void hass_tick(struct host *h)
{
	if (!h->hass || !h->hass->heard)
		return;
	vouch(h);
	watch(h);
	hass_cut_tick(h);
}

void hass_free(struct hass *u)
{
	if (!u)
		return;
	hass_cut_end(u, "the host was removed, or the publisher ends");
	explicit_bzero(u, sizeof(*u));
	free(u);
}

const char *hass_unready(const struct host *h)
{
	const struct hass *u = h->hass;

	if (!reachable(h))
		return "not connected";
	if (!u || !u->heard)
		return "it has no hardware unit";
	if (u->m.line != HASSMSG_UP)
		return "its hardware unit does not answer";
	if (!(u->m.flags & HASSMSG_F_PROVISIONED) || !u->m.phones)
		return "no phone is stored in its hardware unit";
	if (!(u->m.flags & HASSMSG_F_REGISTERED))
		return "its hardware unit is in no mobile network";
	return NULL;
}

json_t *hass_json(const struct host *h)
{
	const struct hass *u = h->hass;
	char when[32];
	json_t *j;

	if (!u || !u->heard)
		return NULL;
	j = hassmsg_json(&u->m);
	json_object_set_new(j, "host", json_string(h->name));
	json_object_set_new(j, "connected", json_boolean(reachable(h)));
	json_object_set_new(j, "at", json_string(event_time(u->at, when)));
	json_object_set_new(j, "has_key", json_boolean(u->has_key));
	json_object_set_new(j, "vouched_times", json_integer((json_int_t)u->vouched));
	json_object_set_new(j, "withheld", json_string(u->withheld));
	return j;
}
