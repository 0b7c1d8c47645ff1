// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chan.h"
#include "fsx.h"
#include "role.h"
#include "roles.h"
#include "uplink.h"

#define BEATS_MISSED 3
#define BEAT_MOST_S 3600

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

static void enter(struct uplink *u, enum uplink_state s, const char *why)
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

/* ---- sending ---- */

static int send_buf(struct uplink *u, uint16_t type, struct buf *b)
{
	struct chan *c = role_chan(u->role);
	int rc = c ? chan_send_buf(c, type, b) : -1;

	buf_free(b);
	return rc;
}

int uplink_get(void *arg, const struct msg_get *m)
{
	struct uplink *u = arg;
	struct buf b;

	if (u->state != UPLINK_ONLINE)
		return -1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_get_put(&b, m);
	return send_buf(u, MSG_GET, &b);
}

int uplink_event(void *arg, const void *encoded, size_t n)
{
	struct uplink *u = arg;
	struct chan *c = role_chan(u->role);

	/* Events in their thousands must not fill the memory of a slow line. */
	if (u->state != UPLINK_ONLINE || !c || chan_queued(c) > CHAN_HIGH)
		return -1;
	return chan_send(c, MSG_EVENT, encoded, n);
}

int uplink_evidence(void *arg, const struct msg_evidence *m)
{
	struct uplink *u = arg;
	struct buf b;

	if (u->state != UPLINK_ONLINE)
		return -1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_evidence_put(&b, m);
	return send_buf(u, MSG_EVIDENCE, &b);
}

int uplink_sealed(struct uplink *u, const struct msg_sealed *m)
{
	struct buf b;

	if (!u || u->state != UPLINK_ONLINE)
		return -1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_sealed_put(&b, m);
	return send_buf(u, MSG_SEALED, &b);
}

int uplink_hass(struct uplink *u, const struct msg_hass *m)
{
	struct buf b;

	if (!u || u->state != UPLINK_ONLINE)
		return -1;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_hass_put(&b, m);
	return send_buf(u, MSG_HASS, &b);
}

int uplink_hass_sms_end(struct uplink *u, const struct msg_hass_sms_end *m)
{
	struct buf b;

	if (!u || u->state != UPLINK_ONLINE)
		return -1;
	buf_init(&b, 1024);
	msg_hass_sms_end_put(&b, m);
	return send_buf(u, MSG_HASS_SMS_END, &b);
}

int uplink_hass_key(struct uplink *u, const void *sealed, size_t n)
{
	struct chan *c = u ? role_chan(u->role) : NULL;

	return c && u->state == UPLINK_ONLINE ? chan_send(c, MSG_HASS_KEY, sealed, n) : -1;
}

int uplink_audit(void *arg, const void *encoded, size_t n)
{
	struct uplink *u = arg;
	struct chan *c = role_chan(u->role);

	return u->state == UPLINK_ONLINE && c ? chan_send(c, MSG_AUDIT_REPORT, encoded, n) : -1;
}

void uplink_progress(struct uplink *u, const struct msg_progress *m)
{
	struct buf b;

	if (!u || u->state != UPLINK_ONLINE)
		return;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_progress_put(&b, m);
	send_buf(u, MSG_PROGRESS, &b);
}

void uplink_verified(struct uplink *u, const struct msg_verified *m)
{
	struct buf b;

	if (!u || u->state != UPLINK_ONLINE)
		return;
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_verified_put(&b, m);
	send_buf(u, MSG_VERIFIED, &b);
}

void uplink_telemetry(struct uplink *u, struct buf *b)
{
	if (u && u->state == UPLINK_ONLINE)
		send_buf(u, MSG_TELEMETRY, b);
	else
		buf_free(b);
}

static void say_hello(struct uplink *u)
{
	static struct msg_hello m; /* large */
	struct buf b;

	memset(&m, 0, sizeof(m));
	m.version = PROTO_VERSION;
	snprintf(m.agent_version, sizeof(m.agent_version), "%s", WD_VERSION);
	u->ops->hello(u->arg, &m);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_hello_put(&b, &m);
	send_buf(u, MSG_HELLO, &b);
}

/* ---- beats ---- */

static void arm_beat(struct uplink *u)
{
	struct timeval t = {u->beat_s, 0};

	evtimer_add(u->beat, &t);
}

static void send_beat(struct uplink *u)
{
	static struct msg_beat m; /* large */
	struct buf b;

	memset(&m, 0, sizeof(m));
	m.number = ++u->number;
	m.time = fsx_now_ns();
	u->ops->beat(u->arg, &m);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	msg_beat_put(&b, &m);
	send_buf(u, MSG_BEAT, &b);
}

static int ask_certificate(struct uplink *u);

static void on_beat(int fd, short what, void *arg)
{
	struct uplink *u = arg;

	(void)fd;
	(void)what;
	if (u->number - u->answered >= BEATS_MISSED) {
		enter(u, UPLINK_DOWN, "three heartbeats in a row stayed without an answer");
		u->ops->silent(u->arg);
		role_restart(u->role);
		return;
	}
	send_beat(u);
	arm_beat(u);
	if (!u->asked && identity_due(u->id))
		ask_certificate(u);
}

/* ---- receiving: -1 and err: the message makes no sense ---- */

static int ask_certificate(struct uplink *u)
{
	struct err err = {""};
	char *csr = identity_request(u->id, &err);
	struct buf b;

	if (!csr) {
		log_err("cannot ask for a certificate: %s", err.text);
		return 0;
	}
	u->asked = true;
	buf_init(&b, PROTO_PEM_MAX + 2);
	buf_put_str(&b, csr);
	free(csr);
	send_buf(u, MSG_CERT_REQUEST, &b);
	return 0;
}

static int on_welcome(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_welcome m;

	msg_welcome_get(r, &m);
	if (!rd_end(r) || u->state != UPLINK_GREETING)
		return -1;
	if (m.version != PROTO_VERSION)
		return err_set(
			err,
			"the publisher (%s) speaks protocol %u, this agent %u: update one of them",
			m.publisher_version, m.version, PROTO_VERSION);
	if (!u->id->own) {
		enter(u, UPLINK_ASKING, "");
		return ask_certificate(u);
	}
	identity_confirmed(u->id);
	u->beat_s = m.beat && m.beat <= BEAT_MOST_S ? m.beat : 10;
	u->answered = u->number;
	enter(u, UPLINK_ONLINE, "");
	send_beat(u);
	arm_beat(u);
	if (identity_due(u->id))
		ask_certificate(u);
	return 0;
}

static int on_cert(struct uplink *u, struct rd *r, struct err *err)
{
	char pem[PROTO_PEM_MAX];

	rd_str(r, pem, sizeof(pem));
	if (!rd_end(r))
		return -1;
	if (identity_accept(u->id, pem, err))
		return -1;
	log_info("this host has a new certificate: connecting with it");
	enter(u, UPLINK_DOWN, "connecting with the new certificate");
	role_restart(u->role);
	return 0;
}

static int on_release(struct uplink *u, struct rd *r, struct err *err)
{
	static struct signed_release sr;

	(void)err;
	signed_release_get(r, &sr);
	if (!rd_end(r))
		return -1;
	u->ops->release(u->arg, &sr);
	return 0;
}

static int on_object(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_object m;

	msg_object_get(r, &m);
	/* The acknowledgement of a beat waits behind the objects: they are as good a sign of life.
	 */
	u->answered = u->number;
	return rd_end(r) ? u->ops->object(u->arg, &m, err) : -1;
}

static int on_object_missing(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_object_missing m;

	(void)err;
	msg_object_missing_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->object_missing(u->arg, &m);
	return 0;
}

static int on_beat_ack(struct uplink *u, struct rd *r, struct err *err)
{
	uint64_t n = rd_u64(r);

	(void)err;
	if (!rd_end(r) || n > u->number)
		return -1;
	if (n > u->answered)
		u->answered = n;
	return 0;
}

static int on_event_ack(struct uplink *u, struct rd *r, struct err *err)
{
	char id[EVENT_ID_MAX];

	(void)err;
	rd_str(r, id, sizeof(id));
	if (!rd_end(r))
		return -1;
	u->ops->event_acked(u->arg, id);
	return 0;
}

static int on_evidence_ack(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_evidence_ack m;

	(void)err;
	msg_evidence_ack_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->evidence_acked(u->arg, &m);
	return 0;
}

static int on_verify(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_verify m;

	(void)err;
	msg_verify_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->verify(u->arg, &m);
	return 0;
}

static int on_seal(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_seal m;

	(void)err;
	msg_seal_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->seal(u->arg, &m);
	return 0;
}

static int on_seal_key(struct uplink *u, struct rd *r, struct err *err)
{
	struct seal_key k;

	(void)err;
	seal_key_get(r, &k);
	if (!rd_end(r))
		return -1;
	u->ops->seal_key(u->arg, &k);
	return 0;
}

static int on_hass_box(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_hass_box m;

	(void)err;
	msg_hass_box_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->hass_box(u->arg, &m);
	return 0;
}

static int on_hass_mac(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_hass_mac m;

	(void)err;
	msg_hass_mac_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->hass_mac(u->arg, &m);
	return 0;
}

static int on_hass_sms(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_hass_sms m;

	(void)err;
	msg_hass_sms_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->hass_sms(u->arg, &m);
	return 0;
}

static int on_hass_key_ack(struct uplink *u, struct rd *r, struct err *err)
{
	struct hash h;

	(void)err;
	rd_copy(r, h.b, sizeof(h.b));
	if (!rd_end(r))
		return -1;
	u->ops->hass_key_acked(u->arg, &h);
	return 0;
}

static int on_audit_order(struct uplink *u, struct rd *r, struct err *err)
{
	struct msg_audit_order m;

	(void)err;
	msg_audit_order_get(r, &m);
	if (!rd_end(r))
		return -1;
	u->ops->audit_order(u->arg, &m);
	return 0;
}

static int on_audit_ack(struct uplink *u, struct rd *r, struct err *err)
{
	uint64_t number = rd_u64(r);

	(void)err;
	if (!rd_end(r))
		return -1;
	u->ops->audit_acked(u->arg, number);
	return 0;
}

static int on_service(struct uplink *u, struct rd *r, struct err *err)
{
	char name[ROLE_TEXT_MAX];
	uint8_t act;

	(void)err;
	rd_str(r, name, sizeof(name));
	act = rd_u8(r);
	if (!rd_end(r))
		return -1;
	u->ops->service(u->arg, name, act);
	return 0;
}

static int on_bye(struct uplink *u, struct rd *r, struct err *err)
{
	char reason[PROTO_TEXT_MAX];

	(void)err;
	rd_str(r, reason, sizeof(reason));
	if (!rd_end(r))
		return -1;
	enter(u, UPLINK_DOWN, reason);
	return 0;
}

static int on_link_up(struct uplink *u, struct rd *r, struct err *err)
{
	char uri[ROLE_TEXT_MAX];

	(void)err;
	rd_str(r, uri, sizeof(uri));
	if (!rd_end(r))
		return -1;
	u->asked = false;
	enter(u, UPLINK_GREETING, "");
	say_hello(u);
	return 0;
}

static int on_link_down(struct uplink *u, struct rd *r, struct err *err)
{
	char why[ROLE_TEXT_MAX];

	(void)err;
	rd_str(r, why, sizeof(why));
	if (!rd_end(r))
		return -1;
	/* A reason that the publisher gave says more than that it hung up then. */
	if (u->state != UPLINK_DOWN || !u->reason[0])
		enter(u, UPLINK_DOWN, why);
	return 0;
}

/* Which messages may come when. */
static const struct {
	uint16_t type;
	int (*handle)(struct uplink *u, struct rd *r, struct err *err);
	enum uplink_state least;
} handlers[] = {
	{ROLE_LINK_UP, on_link_up, UPLINK_DOWN},
	{ROLE_LINK_DOWN, on_link_down, UPLINK_DOWN},
	{MSG_BYE, on_bye, UPLINK_DOWN},
	{MSG_WELCOME, on_welcome, UPLINK_GREETING},
	{MSG_CERT, on_cert, UPLINK_ASKING},
	{MSG_RELEASE, on_release, UPLINK_ONLINE},
	{MSG_OBJECT, on_object, UPLINK_ONLINE},
	{MSG_OBJECT_MISSING, on_object_missing, UPLINK_ONLINE},
	{MSG_BEAT_ACK, on_beat_ack, UPLINK_ONLINE},
	{MSG_EVENT_ACK, on_event_ack, UPLINK_ONLINE},
	{MSG_EVIDENCE_ACK, on_evidence_ack, UPLINK_ONLINE},
	{MSG_VERIFY, on_verify, UPLINK_ONLINE},
	{MSG_SEAL, on_seal, UPLINK_ONLINE},
	{MSG_SEAL_KEY, on_seal_key, UPLINK_ONLINE},
	{MSG_HASS_BOX, on_hass_box, UPLINK_ONLINE},
	{MSG_HASS_MAC, on_hass_mac, UPLINK_ONLINE},
	{MSG_HASS_SMS, on_hass_sms, UPLINK_ONLINE},
	{MSG_HASS_KEY_ACK, on_hass_key_ack, UPLINK_ONLINE},
	{MSG_AUDIT_ORDER, on_audit_order, UPLINK_ONLINE},
	{MSG_AUDIT_ACK, on_audit_ack, UPLINK_ONLINE},
	{MSG_SERVICE, on_service, UPLINK_ONLINE},
};

static void message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct uplink *u = arg;
	struct rd r = rd_over(p, n);
	struct err err = {""};
	size_t i = 0;

	while (i < sizeof(handlers) / sizeof(*handlers) && handlers[i].type != type)
		i++;
	if (i < sizeof(handlers) / sizeof(*handlers)) {
		if (u->state < handlers[i].least)
			return; /* of a connection that was given up meanwhile */
		if (!handlers[i].handle(u, &r, &err))
			return;
	}
	if (!err.text[0])
		err_set(&err, "a %s message (0x%04x) makes no sense", msg_name(type), type);
	enter(u, UPLINK_DOWN, err.text);
	role_restart(u->role);
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
		enter(u, UPLINK_DOWN, why);
}

static const struct role_ops role_ops = {role_up, message, role_down, NULL};

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
