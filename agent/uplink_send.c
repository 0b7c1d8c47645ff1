// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "chan.h"
#include "fsx.h"
#include "uplink_line.h"

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

void uplink_say_hello(struct uplink *u)
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

void uplink_say_beat(struct uplink *u)
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

void uplink_ask_certificate(struct uplink *u)
{
	struct err err = {""};
	char *csr = identity_request(u->id, &err);
	struct buf b;

	if (!csr) {
		log_err("cannot ask for a certificate: %s", err.text);
		return;
	}
	u->asked = true;
	buf_init(&b, PROTO_PEM_MAX + 2);
	buf_put_str(&b, csr);
	free(csr);
	send_buf(u, MSG_CERT_REQUEST, &b);
}
