// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alarm.h"
#include "fsx.h"
#include "journal.h"
#include "lines.h"
#include "roles.h"
#include "sealing.h"
#include "session.h"
#include "signer.h"

#define SECOND 1000000000ll
#define PATIENCE (20 * SECOND)

/* One dialogue with a host at a time: SEAL; or NONCE, the keys role, UNSEAL. */
struct dialogue {
	struct ctl_conn *conn; /* NULL: the administrator left */
	uint32_t request;      /* what the host's next answer must carry */
	enum seal_verb verb;
	uint32_t seconds;
	int64_t begun; /* monotonic ns */
};

struct sealing {
	bool heard, expected;
	struct msg_sealed last; /* request and nonce of no interest */
	uint32_t last_request;
	struct dialogue *talk; /* NULL: none */
};

/* ---- what is written down: meta "sealed:HOST" ---- */

static const char *meta_key(const struct host *h, char to[HOST_NAME_MAX_WD + 8])
{
	snprintf(to, HOST_NAME_MAX_WD + 8, "sealed:%s", h->name);
	return to;
}

static struct sealing *of(struct host *h)
{
	char key[HOST_NAME_MAX_WD + 8], value[8];
	struct err err = {""};

	if (h->sealing)
		return h->sealing;
	h->sealing = calloc(1, sizeof(*h->sealing));
	if (h->sealing && !db_meta_get(h->engine->db, meta_key(h, key), value, sizeof(value), &err))
		h->sealing->expected = !strcmp(value, "1");
	return h->sealing;
}

static void expect(struct host *h, bool yes)
{
	char key[HOST_NAME_MAX_WD + 8];
	struct err err = {""};

	if (h->sealing->expected == yes)
		return;
	h->sealing->expected = yes;
	if (db_meta_set(h->engine->db, meta_key(h, key), yes ? "1" : "", &err))
		log_err("host %s: whether it is to be sealed cannot be written down: %s", h->name,
			err.text);
}

/* ---- the key, to every host ---- */

static void send_key(struct host *h)
{
	struct buf b;

	buf_init(&b, 2048);
	seal_key_put(&b, h->engine->seal_key);
	lines_send(h->engine, session_id(h->session), MSG_SEAL_KEY, &b);
	buf_free(&b);
}

static void check_key(struct host *h, const struct msg_sealed *m)
{
	struct hash ours;

	if (!h->engine->seal_key || hash_is_zero(&m->key))
		return;
	seal_key_digest(h->engine->seal_key, &ours);
	if (hash_eq(&ours, &m->key)) {
		alarm_clear(h->engine, ALARM_UNSEALED, h->name, "key");
		return;
	}
	journal(h->engine, LOG_L_ERR, "seal", "", h->name,
		"its module holds a seal key that is not this publisher's");
	alarm_raise(h->engine, ALARM_UNSEALED, h->name, "key", "",
		    "the module holds a seal key that is not this publisher's: somebody gave it one"
		    " before the agent did; unload and load the module");
}

static void on_key(void *arg, struct rd *r, const char *why)
{
	struct engine *e = arg;
	struct seal_key *key = calloc(1, sizeof(*key));
	struct host *h;

	if (!why && key)
		seal_key_get(r, key);
	if (why || !key || !rd_end(r)) {
		log_err("no host can be sealed: %s",
			why ? why : "the keys role's answer is malformed");
		free(key);
		return;
	}
	e->seal_key = key;
	TAILQ_FOREACH (h, &e->hosts, entry) {
		if (h->session && session_open(h->session))
			send_key(h);
		/* It may have told before we knew the key, and tells changes only. */
		if (h->sealing && h->sealing->heard)
			check_key(h, &h->sealing->last);
	}
}

int sealing_start(struct engine *e, struct err *err)
{
	struct buf none;

	(void)err;
	buf_init(&none, 16);
	signer_ask(e->signer, KEYS_SEAL_KEY, KEYS_SEAL_KEY_IS, &none, on_key, e);
	buf_free(&none);
	return 0;
}

void sealing_stop(struct engine *e)
{
	free(e->seal_key);
	e->seal_key = NULL;
}

void sealing_greet(struct host *h)
{
	if (h->engine->seal_key)
		send_key(h);
}

/* ---- the dialogue ---- */

static void client_gone(void *arg, struct ctl_conn *c)
{
	struct dialogue *d = arg;

	(void)c;
	d->conn = NULL;
}

static void finish(struct host *h, json_t *answer, const char *error)
{
	struct dialogue *d = h->sealing->talk;

	h->sealing->talk = NULL;
	if (d->conn) {
		ctl_on_gone(d->conn, NULL, NULL);
		if (error)
			ctl_fail(d->conn, "host %s: %s", h->name, error);
		else
			ctl_ok(d->conn, json_incref(answer));
	}
	json_decref(answer);
	free(d);
}

static void say(struct host *h, struct msg_seal *m)
{
	struct dialogue *d = h->sealing->talk;
	struct buf b;

	m->request = d->request = ++h->sealing->last_request;
	m->verb = d->verb;
	buf_init(&b, 2048);
	msg_seal_put(&b, m);
	lines_send(h->engine, session_id(h->session), MSG_SEAL, &b);
	buf_free(&b);
}

static const char *impossible(struct host *h)
{
	if (!of(h))
		return "out of memory";
	if (!h->session || !session_open(h->session))
		return "it is not connected (without a network: wdctl unseal on the host gives a"
		       " challenge for wdpub unseal --challenge)";
	if (!h->engine->seal_key)
		return "the keys role has not told the seal key yet: see the publisher's log";
	if (h->sealing->heard && h->sealing->last.state == SEAL_NONE)
		return "its kernel module is not loaded, or cannot be sealed";
	if (h->sealing->talk)
		return "it is being sealed or unsealed already";
	return NULL;
}

static bool start(struct host *h, struct ctl_conn *c, enum seal_verb verb, uint32_t seconds)
{
	const char *why = impossible(h);
	struct dialogue *d = why ? NULL : calloc(1, sizeof(*d));
	struct msg_seal m = {.n = 0};

	if (!d) {
		ctl_fail(c, "host %s: %s", h->name, why ? why : "out of memory");
		return false;
	}
	*d = (struct dialogue){.conn = c, .verb = verb, .seconds = seconds, .begun = fsx_mono_ns()};
	h->sealing->talk = d;
	ctl_on_gone(c, client_gone, d);
	say(h, &m);
	return true;
}

void sealing_seal(struct host *h, struct ctl_conn *c)
{
	if (start(h, c, SEAL_VERB_SEAL, 0))
		journal(h->engine, LOG_L_INFO, "seal", "", h->name, "asked to seal");
}

void sealing_unseal(struct host *h, struct ctl_conn *c, uint32_t seconds)
{
	if (start(h, c, SEAL_VERB_NONCE, seconds))
		journal(h->engine, LOG_L_WARN, "unseal", "", h->name,
			"asked to unseal for %u seconds", seconds);
}

/* ---- the keys role's part ---- */

struct signing {
	struct engine *engine;
	char host[HOST_NAME_MAX_WD];
	uint32_t request;      /* of the dialogue; 0: a response for conn */
	struct ctl_conn *conn; /* NULL: it left */
	struct seal_response response;
};

static void signing_gone(void *arg, struct ctl_conn *c)
{
	struct signing *s = arg;

	(void)c;
	s->conn = NULL;
}

static void pass_on(struct host *h, const struct signing *s)
{
	struct msg_seal m = {.seconds = s->response.seconds, .n = s->response.n};

	memcpy(m.nonce, s->response.nonce, sizeof(m.nonce));
	memcpy(m.sig, s->response.sig, s->response.n);
	h->sealing->talk->verb = SEAL_VERB_UNSEAL;
	say(h, &m);
}

static void print_response(struct signing *s)
{
	char text[SEAL_TEXT_MAX];

	if (!s->conn)
		return;
	ctl_on_gone(s->conn, NULL, NULL);
	if (seal_response_text(&s->response, text))
		ctl_fail(s->conn, "out of memory");
	else
		ctl_ok(s->conn, json_pack("{s:s, s:s, s:I}", "host", s->host, "response", text,
					  "seconds", (json_int_t)s->response.seconds));
}

static void on_signed(void *arg, struct rd *r, const char *why)
{
	struct signing *s = arg;
	struct host *h = host_find(s->engine, s->host);
	bool waits = s->request && h && h->sealing && h->sealing->talk &&
		     h->sealing->talk->request == s->request && h->session;
	const uint8_t *sig = why ? NULL : rd_blob(r, SEAL_SIG_MAX, &s->response.n);

	if (!why && (!sig || !rd_end(r)))
		why = "the keys role gave a malformed answer";
	if (!why)
		memcpy(s->response.sig, sig, s->response.n);
	if (waits && why)
		finish(h, NULL, why);
	else if (waits)
		pass_on(h, s);
	else if (!s->request && s->conn && why)
		ctl_fail(s->conn, "%s", why);
	else if (!s->request)
		print_response(s);
	free(s);
}

static void sign(struct host *h, uint32_t request, struct ctl_conn *c, uint32_t seconds,
		 const uint8_t boot[SEAL_BOOT_LEN], const uint8_t nonce[SEAL_NONCE_LEN])
{
	struct signing *s = calloc(1, sizeof(*s));
	struct buf b;

	if (!s) {
		if (request)
			finish(h, NULL, "out of memory");
		else
			ctl_fail(c, "out of memory");
		return;
	}
	s->engine = h->engine;
	s->request = request;
	s->conn = c;
	memcpy(s->host, h->name, sizeof(s->host));
	s->response.seconds = seconds;
	memcpy(s->response.nonce, nonce, SEAL_NONCE_LEN);
	if (c)
		ctl_on_gone(c, signing_gone, s);
	buf_init(&b, 256);
	buf_put_u32(&b, seconds);
	buf_put(&b, boot, SEAL_BOOT_LEN);
	buf_put(&b, nonce, SEAL_NONCE_LEN);
	buf_put_str(&b, h->name);
	signer_ask(h->engine->signer, KEYS_SIGN_UNSEAL, KEYS_UNSEAL_SIGNED, &b, on_signed, s);
	buf_free(&b);
}

void sealing_respond(struct host *h, struct ctl_conn *c, uint32_t seconds,
		     const struct seal_challenge *challenge)
{
	if (strcmp(challenge->host, h->name)) {
		ctl_fail(
			c,
			"that challenge comes from host \"%s\", not from %s: whoever gave it to you"
			" wants the wrong host unsealed",
			challenge->host, h->name);
		return;
	}
	journal(h->engine, LOG_L_WARN, "unseal", "", h->name,
		"a response was made that unseals it for %u seconds", seconds);
	sign(h, 0, c, seconds, challenge->boot, challenge->nonce);
}

/* ---- what the host says ---- */

static void note(struct host *h, const struct msg_sealed *m)
{
	struct sealing *s = h->sealing;

	check_key(h, m);
	if (!s->heard || s->last.state != m->state)
		journal(h->engine, m->state == SEAL_SEALED ? LOG_L_INFO : LOG_L_WARN, "seal", "",
			h->name, "%s%s", seal_state_name(m->state),
			m->state == SEAL_LIFTED ? " for a time" : "");
	s->last = *m;
	s->heard = true;
	if (m->state == SEAL_SEALED) {
		expect(h, true);
		alarm_clear(h->engine, ALARM_UNSEALED, h->name, "");
	} else if (m->state != SEAL_LIFTED && s->expected) {
		alarm_raise(h->engine, ALARM_UNSEALED, h->name, "", "",
			    "it was sealed and is not any more (%s): was it booted, or the module"
			    " unloaded while it was unsealed?",
			    seal_state_name(m->state));
	}
}

static void proceed(struct host *h, const struct msg_sealed *m)
{
	struct dialogue *d = h->sealing->talk;

	if (m->refused)
		finish(h, NULL, *m->text ? m->text : "the agent refused, and did not say why");
	else if (d->verb == SEAL_VERB_NONCE)
		sign(h, d->request, NULL, d->seconds, m->boot, m->nonce);
	else
		finish(h,
		       json_pack("{s:s, s:s, s:I}", "host", h->name, "state",
				 seal_state_name(m->state), "seconds", (json_int_t)m->seconds),
		       NULL);
}

int sealing_received(struct host *h, struct rd *r)
{
	struct msg_sealed m;

	msg_sealed_get(r, &m);
	if (!rd_end(r) || !of(h))
		return -1;
	note(h, &m);
	if (m.request && h->sealing->talk && h->sealing->talk->request == m.request)
		proceed(h, &m);
	return 0;
}

void sealing_away(struct host *h)
{
	if (h->sealing && h->sealing->talk)
		finish(h, NULL,
		       "its connection ended meanwhile; wdpub status shows what became of it");
}

void sealing_tick(struct host *h)
{
	if (h->sealing && h->sealing->talk && fsx_mono_ns() - h->sealing->talk->begun > PATIENCE)
		finish(h, NULL, "it did not answer in 20 s");
}

void sealing_free(struct host *h)
{
	if (!h->sealing)
		return;
	if (h->sealing->talk)
		finish(h, NULL, "the host was removed, or the publisher ends");
	free(h->sealing);
	h->sealing = NULL;
}

void sealing_forget(struct host *h)
{
	if (!of(h))
		return;
	expect(h, false);
	alarm_clear(h->engine, ALARM_UNSEALED, h->name, "");
	alarm_clear(h->engine, ALARM_UNSEALED, h->name, "key");
}

const char *sealing_state(const struct host *h)
{
	return h->sealing && h->sealing->heard ? seal_state_name(h->sealing->last.state)
					       : "unknown";
}
