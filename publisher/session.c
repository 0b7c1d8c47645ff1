// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alarm.h"
#include "alarm_watch.h"
#include "audit.h"
#include "events.h"
#include "evidence.h"
#include "fsx.h"
#include "hass.h"
#include "desk.h"
#include "hosts.h"
#include "journal.h"
#include "lines.h"
#include "notify.h"
#include "pki.h"
#include "push.h"
#include "sealing.h"
#include "session.h"
#include "signer.h"
#include "tls.h"
#include "verification.h"

struct session {
	struct engine *engine;
	uint32_t conn;
	struct host *host;
	struct hash fingerprint;
	enum link_stage stage; /* HELLO or BUNDLE, then OPEN; BUNDLE stays */
	bool greeted;	       /* HELLO came */
	bool asked;	       /* a certificate is being made */
	char address[LINK_ADDRESS_MAX];
};

uint32_t session_id(const struct session *s)
{
	return s->conn;
}

bool session_open(const struct session *s)
{
	return s->stage == STAGE_OPEN;
}

static void detach(struct session *s, const char *why)
{
	struct host *h = s->host;

	if (h->session == s) {
		h->session = NULL;
		hass_away(h);
		sealing_away(h);
		host_save(h, true);
		if (h->state == HOST_ONLINE)
			host_enter(h, HOST_AWAY, why);
		else
			desk_feed(h->engine, "host", host_json(h));
		push_host_changed(h);
		verification_look(h->engine);
		audit_greet(h);
	}
	free(s);
}

void session_closed(struct session *s, const char *why)
{
	detach(s, why);
}

void session_drop(struct session *s, const char *why)
{
	lines_drop(s->engine, s->conn, why);
	detach(s, why);
}

/* ---- who may come in ---- */

struct cert {
	char host[HOST_NAME_MAX_WD];
	bool bundle, retired, fresh, known;
};

static int cert_row(void *arg, struct store_row *r)
{
	struct cert *c = arg;

	snprintf(c->host, sizeof(c->host), "%s", store_text(r, 0));
	c->bundle = !strcmp(store_text(r, 1), "bundle");
	c->retired = !strcmp(store_text(r, 2), "retired");
	c->fresh = !strcmp(store_text(r, 2), "new");
	c->known = true;
	return 0;
}

static const char *judge(const struct cert *c, const char *host, bool removed)
{
	if (!c->known)
		return "this certificate is not in the publisher's database: enrol the host again"
		       " (wdpub host add NAME --again)";
	if (removed || strcmp(c->host, host))
		return "this host is not known to the publisher (any more)";
	if (c->retired && c->bundle)
		return "this enrolment bundle has been used already, or replaced by a newer one:"
		       " make another (wdpub host add NAME --again)";
	if (c->retired)
		return "this certificate was retired: enrol the host again (wdpub host add NAME"
		       " --again)";
	return NULL;
}

/* The first sight of a certificate ends the life of those before it. */
static int take_up(struct host *h, const struct hash *fingerprint, struct err *err)
{
	struct db *db = h->engine->db;

	if (db_write(db, err, SQL_CERT_USED, "b", fingerprint->b, HASH_LEN) < 0 ||
	    db_write(db, err, SQL_CERT_RETIRE_OTHERS, "tb", h->name, fingerprint->b, HASH_LEN) < 0)
		return -1;
	journal(h->engine, LOG_L_INFO, h->enrolled ? "renewed" : "enrolled", "", h->name,
		"has a certificate of its own; earlier ones and the bundle were retired");
	h->enrolled = true;
	host_save(h, true);
	return db_flush(db, err);
}

static struct session *admit(struct host *h, uint32_t conn, const struct hash *fingerprint,
			     bool bundle, const char *address)
{
	struct session *s = calloc(1, sizeof(*s));

	if (!s) {
		lines_drop(h->engine, conn, "the publisher is out of memory");
		return NULL;
	}
	s->engine = h->engine;
	s->conn = conn;
	s->host = h;
	s->fingerprint = *fingerprint;
	s->stage = bundle ? STAGE_BUNDLE : STAGE_HELLO;
	snprintf(s->address, sizeof(s->address), "%s", address);
	lines_admit(h->engine, conn, s->stage);
	return s;
}

struct session *session_opened(struct engine *e, uint32_t conn, const char *host,
			       const struct hash *fingerprint, const char *address)
{
	struct host *h = host_find(e, host);
	struct cert c = {.known = false};
	const char *why;
	struct err err;

	if (db_read(e->db, &err, SQL_CERT_FIND, cert_row, &c, "b", fingerprint->b, HASH_LEN) < 0) {
		log_err("certificates cannot be looked up: %s", err.text);
		lines_drop(e, conn, "the publisher cannot read its database");
		return NULL;
	}
	why = judge(&c, host, !h);
	if (why) {
		journal(e, LOG_L_WARN, "reject", "", host, "connection from %s refused: %s",
			address, why);
		watch_rejected(e, host, address, why);
		lines_drop(e, conn, why);
		return NULL;
	}
	if (c.fresh && !c.bundle && take_up(h, fingerprint, &err)) {
		log_err("host %s: %s", h->name, err.text);
		lines_drop(e, conn, "the publisher cannot write its database");
		return NULL;
	}
	return admit(h, conn, fingerprint, c.bundle, address);
}

/* ---- acknowledgements ---- */

struct ack {
	struct engine *engine;
	uint32_t conn;
	uint16_t type;
	struct buf payload;
};

/* Not kept: end the connection, so that the host sends it all again later. */
static void on_kept(void *arg, bool kept)
{
	struct ack *a = arg;
	struct session *s = lines_find(a->engine, a->conn);

	if (kept)
		lines_send(a->engine, a->conn, a->type, &a->payload);
	else if (s)
		session_drop(s, "the publisher cannot keep what you report (is its disk full?);"
				" send it again later");
	buf_free(&a->payload);
	free(a);
}

void session_ack(struct engine *e, uint32_t conn, uint16_t type, struct buf *b)
{
	struct ack *a = malloc(sizeof(*a));

	if (!a)
		return; /* the host sends it again after a reconnect */
	*a = (struct ack){e, conn, type, *b};
	buf_init(b, b->max);
	db_after(e->db, on_kept, a);
}

/* ---- messages ---- */

static void send_welcome(struct session *s)
{
	struct msg_welcome m = {.version = PROTO_VERSION,
				.publisher_version = WD_VERSION,
				.time = time(NULL),
				.beat = s->engine->conf.beat};
	struct buf b;

	buf_init(&b, 1024);
	msg_welcome_put(&b, &m);
	lines_send(s->engine, s->conn, MSG_WELCOME, &b);
	buf_free(&b);
}

/* The host knows a higher serial than we do: this publisher has lost releases. */
static void complain_highest(struct host *h, const struct site *site, uint64_t highest)
{
	journal(h->engine, LOG_L_ERR, "behind", site->name, h->name,
		"it has accepted serial %" PRIu64 " but this publisher only knows %" PRIu64
		": was an old backup of the publisher put back? Hosts refuse what is not newer;"
		" publish above it: `wdpub push %s --above %" PRIu64 "`",
		highest, site->has_current ? site->current.serial : 0, site->name, highest);
	alarm_raise(h->engine, ALARM_PUBLISHER_BEHIND, h->name, site->name, "",
		    "it has accepted serial %" PRIu64
		    "; publish above it: wdpub push %s --above %" PRIu64,
		    highest, site->name, highest);
}

static void greet_site(struct host *h, struct host_site *hs, const struct msg_hello *m)
{
	struct site *site = site_find(h->engine, hs->site);
	uint64_t serial = 0, highest = 0;

	for (unsigned i = 0; i < m->n_sites; i++) {
		if (strcmp(m->sites[i].site, hs->site))
			continue;
		serial = m->sites[i].serial;
		highest = m->sites[i].highest;
	}
	if (hs->serial != serial) {
		hs->serial = serial;
		host_site_save(h, hs);
	}
	if (!site || !site->has_current)
		return;
	if (highest > site->current.serial)
		complain_highest(h, site, highest);
	else if (serial < site->current.serial)
		host_send_release(h, hs, site);
	if (highest <= site->current.serial)
		alarm_clear(h->engine, ALARM_PUBLISHER_BEHIND, h->name, site->name);
}

static void open_host(struct session *s, const struct msg_hello *m)
{
	struct session *older = s->host->session;
	struct host *h = s->host;
	struct host_site *hs;

	s->stage = STAGE_OPEN;
	h->session = s;
	if (older)
		session_drop(older, "a newer connection of this host took its place");
	h->connected = h->seen = fsx_now_ns();
	h->heard = fsx_mono_ns();
	h->source = m->source;
	snprintf(h->address, sizeof(h->address), "%s", s->address);
	snprintf(h->version, sizeof(h->version), "%s", m->agent_version);
	snprintf(h->boot_id, sizeof(h->boot_id), "%s", m->boot_id);
	host_save(h, true);
	host_enter(h, HOST_ONLINE, s->address);
	hass_greet(h);
	sealing_greet(h);
	TAILQ_FOREACH (hs, &h->sites, entry)
		greet_site(h, hs, m);
	push_host_changed(h);
}

static bool on_hello(struct session *s, struct rd *r)
{
	struct msg_hello *m = malloc(sizeof(*m));
	bool good = m != NULL;

	if (m)
		msg_hello_get(r, m);
	good = good && rd_end(r) && !s->greeted;
	if (good && m->version != PROTO_VERSION) {
		char why[128];

		snprintf(why, sizeof(why), "this publisher (%s) speaks protocol %d, you %u: update",
			 WD_VERSION, PROTO_VERSION, m->version);
		journal(s->engine, LOG_L_WARN, "reject", "", s->host->name, "%s", why);
		session_drop(s, why);
	} else if (good) {
		s->greeted = true;
		send_welcome(s);
		if (s->stage == STAGE_HELLO)
			open_host(s, m);
	}
	free(m);
	return good;
}

struct issue {
	struct engine *engine;
	uint32_t conn;
	char host[HOST_NAME_MAX_WD];
};

static int keep_cert(struct engine *e, const char *host, const char *kind, const char *pem,
		     struct err *err)
{
	struct hash fingerprint;
	time_t expires;

	if (pki_fingerprint(pem, &fingerprint, err) || pki_expiry(pem, &expires, err) ||
	    db_write(e->db, err, SQL_CERT_ADD, "bttii", fingerprint.b, HASH_LEN, host, kind,
		     (int64_t)time(NULL), (int64_t)expires) < 0)
		return -1;
	return db_flush(e->db, err);
}

static void on_issued(void *arg, const char *pem, const char *why)
{
	struct issue *q = arg;
	struct session *s = lines_find(q->engine, q->conn);
	struct err err;
	struct buf b;

	if (!why && keep_cert(q->engine, q->host, "own", pem, &err))
		why = err.text;
	if (why) {
		journal(q->engine, LOG_L_WARN, "refuse-cert", "", q->host, "%s", why);
		if (s)
			session_drop(s, "the publisher refused the certificate request; its log"
					" says why");
	} else {
		buf_init(&b, CHAN_PAYLOAD_MAX);
		buf_put_str(&b, pem);
		lines_send(q->engine, q->conn, MSG_CERT, &b);
		buf_free(&b);
	}
	free(q);
}

static bool on_cert_request(struct session *s, struct rd *r)
{
	char csr[PROTO_PEM_MAX], uri[TLS_PEER_MAX];
	struct issue *q;

	rd_str(r, csr, sizeof(csr));
	if (!rd_end(r) || !s->greeted || s->asked)
		return false; /* one a connection: a host must not wear out the keys role */
	s->asked = true;
	q = malloc(sizeof(*q));
	if (!q)
		return false;
	q->engine = s->engine;
	q->conn = s->conn;
	memcpy(q->host, s->host->name, sizeof(q->host));
	snprintf(uri, sizeof(uri), "%s%s", TLS_URI_HOST, s->host->name);
	signer_issue(s->engine->signer, uri, csr, s->engine->conf.certificate_days, on_issued, q);
	return true;
}

static void on_applied(struct host *h, struct host_site *hs, const struct msg_progress *m)
{
	hs->serial = m->serial;
	hs->took = hs->sent == m->serial ? fsx_mono_ns() - hs->sent_at : 0;
	*hs->refused = 0;
	alarm_clear(h->engine, ALARM_PUBLISHER_BEHIND, h->name, hs->site);
	host_site_save(h, hs);
	journal(h->engine, LOG_L_INFO, "applied", hs->site, h->name,
		"serial %" PRIu64 ": %" PRIu64 " objects, %" PRIu64 " bytes fetched; %" PRIu64
		" entries written, %" PRIu64 " removed; %.2f s",
		m->serial, m->objects, m->bytes, m->changed, m->removed, hs->took / 1e9);
}

static void on_refused(struct host *h, struct host_site *hs, const struct msg_progress *m)
{
	snprintf(hs->refused, sizeof(hs->refused), "%s",
		 *m->text ? m->text : "the agent did not say why");
	host_site_save(h, hs);
	journal(h->engine, LOG_L_WARN, "refused", hs->site, h->name, "serial %" PRIu64 ": %s",
		m->serial, hs->refused);
}

static bool on_progress(struct session *s, struct rd *r)
{
	struct host *h = s->host;
	struct host_site *hs;
	struct msg_progress m;

	msg_progress_get(r, &m);
	if (!rd_end(r))
		return false;
	hs = host_site_find(h, m.site);
	if (!hs)
		return true; /* taken away from it while it worked */
	hs->progress = m;
	if (m.state == PROGRESS_APPLIED)
		on_applied(h, hs, &m);
	else if (m.state == PROGRESS_REFUSED)
		on_refused(h, hs, &m);
	push_progress(h, hs);
	return true;
}

static bool on_verified(struct session *s, struct rd *r)
{
	struct msg_verified m;

	msg_verified_get(r, &m);
	if (!rd_end(r))
		return false;
	verification_moves(s->host, &m);
	return true;
}

static void beat_sites(struct host *h, const struct msg_beat *m)
{
	for (unsigned i = 0; i < m->n_sites; i++) {
		const struct beat_site *b = &m->sites[i];
		struct host_site *hs = host_site_find(h, b->site);
		uint8_t was;
		bool changed;

		if (!hs)
			continue;
		changed = hs->serial != b->serial || hs->mode != b->mode;
		was = hs->mode;
		if (hs->mode != b->mode && hs->mode != 255)
			journal(h->engine, LOG_L_WARN, "mode", hs->site, h->name, "%s -> %s",
				mode_name(hs->mode), mode_name(b->mode));
		hs->serial = b->serial;
		hs->mode = b->mode;
		hs->verified = b->verified;
		watch_mode(h, hs, was);
		if (changed)
			host_site_save(h, hs);
	}
}

static void beat_health(struct host *h, const struct msg_beat *m)
{
	bool worse = m->health > h->health;

	if (m->source != h->source)
		journal(h->engine, LOG_L_WARN, "source", "", h->name, "%s -> %s",
			source_name(h->source), source_name(m->source));
	if (m->health != h->health)
		journal(h->engine, worse ? LOG_L_WARN : LOG_L_INFO, "health", "", h->name,
			"%s -> %s%s%s", health_name(h->health), health_name(m->health),
			*m->note ? ": " : "", m->note);
	if (m->dropped > h->dropped) {
		watch_lost(h, m->dropped - h->dropped);
		journal(h->engine, LOG_L_WARN, "lost", "", h->name,
			"the kernel could not deliver %" PRIu64 " events; the agent looks through"
			" everything",
			m->dropped - h->dropped);
	}
	h->source = m->source;
	h->health = m->health;
	h->events = m->events;
	h->dropped = m->dropped;
	h->pending = m->pending;
	snprintf(h->note, sizeof(h->note), "%s", m->note);
}

static bool on_beat(struct session *s, struct rd *r)
{
	struct msg_beat *m = malloc(sizeof(*m));
	struct host *h = s->host;
	uint8_t health = h->health, source = h->source;
	struct buf b;

	if (!m)
		return false;
	msg_beat_get(r, m);
	if (!rd_end(r)) {
		free(m);
		return false;
	}
	h->heard = fsx_mono_ns();
	h->seen = fsx_now_ns();
	host_enter(h, HOST_ONLINE, "its heart beats");
	beat_health(h, m);
	beat_sites(h, m);
	watch_clock(h, m->time);
	host_save(h, health != h->health || source != h->source);
	buf_init(&b, 64);
	buf_put_u64(&b, m->number);
	lines_send(s->engine, s->conn, MSG_BEAT_ACK, &b);
	buf_free(&b);
	free(m);
	return true;
}

static bool on_event(struct session *s, struct rd *r)
{
	return !event_received(s->host, s->conn, r);
}

static bool on_telemetry(struct session *s, struct rd *r)
{
	return !load_received(s->engine, s->host->name, &s->host->load, r);
}

static bool on_evidence(struct session *s, struct rd *r)
{
	return !evidence_received(s->host, s->conn, r);
}

static bool on_hass(struct session *s, struct rd *r)
{
	return !hass_received(s->host, r);
}

static bool on_sealed(struct session *s, struct rd *r)
{
	return !sealing_received(s->host, r);
}

static bool on_hass_key(struct session *s, struct rd *r)
{
	return !hass_key_received(s->host, s->conn, r);
}

static bool on_hass_sms(struct session *s, struct rd *r)
{
	return !sms_received(s->host, r);
}

static bool on_audit(struct session *s, struct rd *r)
{
	return !audit_received(s->host, s->conn, r);
}

static bool on_bye(struct session *s, struct rd *r)
{
	char reason[PROTO_TEXT_MAX];

	rd_str(r, reason, sizeof(reason));
	if (!rd_end(r))
		return false;
	log_info("host %s says bye: %s", s->host->name, reason);
	session_drop(s, "bye");
	return true;
}

/* What is legal when; the handler is false for a malformed message. BYE and HELLO may free s. */
static const struct {
	uint16_t type;
	uint8_t stages;
	bool (*handle)(struct session *s, struct rd *r);
} handlers[] = {
	{MSG_HELLO, STAGE_HELLO | STAGE_BUNDLE, on_hello},
	{MSG_CERT_REQUEST, STAGE_OPEN | STAGE_BUNDLE, on_cert_request},
	{MSG_PROGRESS, STAGE_OPEN, on_progress},
	{MSG_VERIFIED, STAGE_OPEN, on_verified},
	{MSG_BEAT, STAGE_OPEN, on_beat},
	{MSG_EVENT, STAGE_OPEN, on_event},
	{MSG_EVIDENCE, STAGE_OPEN, on_evidence},
	{MSG_HASS, STAGE_OPEN, on_hass},
	{MSG_HASS_KEY, STAGE_OPEN, on_hass_key},
	{MSG_HASS_SMS_END, STAGE_OPEN, on_hass_sms},
	{MSG_AUDIT_REPORT, STAGE_OPEN, on_audit},
	{MSG_TELEMETRY, STAGE_OPEN, on_telemetry},
	{MSG_SEALED, STAGE_OPEN, on_sealed},
	{MSG_BYE, STAGE_HELLO | STAGE_OPEN | STAGE_BUNDLE, on_bye},
};

void session_got(struct session *s, uint16_t type, const void *p, size_t n)
{
	struct rd r = rd_over(p, n);
	char why[128];

	for (size_t i = 0; i < sizeof(handlers) / sizeof(*handlers); i++) {
		if (handlers[i].type != type || !(handlers[i].stages & s->stage))
			continue;
		if (handlers[i].handle(s, &r))
			return;
		break;
	}
	snprintf(why, sizeof(why), "message %s is malformed or out of place", msg_name(type));
	journal(s->engine, LOG_L_WARN, "reject", "", s->host->name, "%s", why);
	session_drop(s, why);
}
