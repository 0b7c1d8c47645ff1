// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "uplink_line.h"

#define BEAT_MOST_S 3600

/* -1, and err where there is something to say: the message makes no sense. */
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
		uplink_enter(u, UPLINK_ASKING, "");
		uplink_ask_certificate(u);
		return 0;
	}
	identity_confirmed(u->id);
	u->beat_s = m.beat && m.beat <= BEAT_MOST_S ? m.beat : 10;
	u->answered = u->number;
	uplink_enter(u, UPLINK_ONLINE, "");
	uplink_say_beat(u);
	uplink_arm_beat(u);
	if (identity_due(u->id))
		uplink_ask_certificate(u);
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
	uplink_enter(u, UPLINK_DOWN, "connecting with the new certificate");
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
	uplink_enter(u, UPLINK_DOWN, reason);
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
	uplink_enter(u, UPLINK_GREETING, "");
	uplink_say_hello(u);
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
		uplink_enter(u, UPLINK_DOWN, why);
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

void uplink_message(void *arg, uint16_t type, const void *p, size_t n)
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
	uplink_enter(u, UPLINK_DOWN, err.text);
	role_restart(u->role);
}
