// SPDX-License-Identifier: Apache-2.0
/* The wire: frames, then each message's decoder; what decodes encodes to the very same bytes. */
#include <stdlib.h>
#include <string.h>
#include "chan.h"
#include "hassmsg.h"
#include "proto.h"
#include "telemetry.h"
#include "proto_audit.h"

#define ORDER 0xff01 /* no message: see below */

static struct buf out;

#define CASE(type, fn)                                                                             \
	case type: {                                                                               \
		static struct fn m;                                                                \
		fn##_get(&r, &m);                                                                  \
		if (!rd_end(&r))                                                                   \
			return;                                                                    \
		fn##_put(&out, &m);                                                                \
		break;                                                                             \
	}

static void message(uint16_t type, const uint8_t *p, size_t n)
{
	struct rd r = rd_over(p, n);

	buf_reset(&out);
	switch (type) {
		CASE(MSG_HELLO, msg_hello)
		CASE(MSG_WELCOME, msg_welcome)
		CASE(MSG_GET, msg_get)
		CASE(MSG_OBJECT, msg_object)
		CASE(MSG_OBJECT_MISSING, msg_object_missing)
		CASE(MSG_PROGRESS, msg_progress)
		CASE(MSG_VERIFY, msg_verify)
		CASE(MSG_VERIFIED, msg_verified)
		CASE(MSG_BEAT, msg_beat)
		CASE(MSG_EVIDENCE, msg_evidence)
		CASE(MSG_TELEMETRY, telemetry)
		CASE(MSG_EVIDENCE_ACK, msg_evidence_ack)
		CASE(MSG_HASS, msg_hass)
		CASE(MSG_HASS_BOX, msg_hass_box)
		CASE(MSG_HASS_MAC, msg_hass_mac)
		CASE(MSG_HASS_SMS, msg_hass_sms)
		CASE(MSG_HASS_SMS_END, msg_hass_sms_end)
		CASE(MSG_AUDIT_ORDER, msg_audit_order)
	case MSG_AUDIT_REPORT: {
		static struct msg_audit_report m;

		msg_audit_report_get(&r, &m);
		if (!rd_end(&r))
			return;
		free(audit_unpack(&m, NULL));
		msg_audit_report_put(&out, &m);
		break;
	}
	case ORDER: { /* what an order says, which travels inside one */
		static struct audit_order o;

		audit_order_get(&r, &o);
		if (!rd_end(&r))
			return;
		audit_order_put(&out, &o);
		break;
	}
	case MSG_EVENT: {
		static struct wd_event e;

		event_get(&r, &e);
		if (!rd_end(&r))
			return;
		json_decref(event_json(&e));
		event_put(&out, &e);
		break;
	}
	default:
		return;
	}
	if (!buf_ok(&out) || out.len != n || memcmp(out.data, p, n) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const uint8_t *payload;
	uint16_t type;
	size_t len;
	long used;

	if (!out.max)
		buf_init(&out, CHAN_PAYLOAD_MAX);
	while ((used = chan_parse(p, n, &type, &payload, &len, NULL)) > 0) {
		message(type, payload, len);
		p += used;
		n -= used;
	}
	return 0;
}
