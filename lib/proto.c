// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "proto.h"

const char *msg_name(uint16_t type)
{
	switch ((enum msg_type)type) {
	case MSG_HELLO:
		return "HELLO";
	case MSG_CERT_REQUEST:
		return "CERT_REQUEST";
	case MSG_GET:
		return "GET";
	case MSG_PROGRESS:
		return "PROGRESS";
	case MSG_VERIFIED:
		return "VERIFIED";
	case MSG_BEAT:
		return "BEAT";
	case MSG_EVENT:
		return "EVENT";
	case MSG_EVIDENCE:
		return "EVIDENCE";
	case MSG_WELCOME:
		return "WELCOME";
	case MSG_CERT:
		return "CERT";
	case MSG_RELEASE:
		return "RELEASE";
	case MSG_OBJECT:
		return "OBJECT";
	case MSG_OBJECT_MISSING:
		return "OBJECT_MISSING";
	case MSG_BEAT_ACK:
		return "BEAT_ACK";
	case MSG_EVENT_ACK:
		return "EVENT_ACK";
	case MSG_EVIDENCE_ACK:
		return "EVIDENCE_ACK";
	case MSG_TELEMETRY:
		return "TELEMETRY";
	case MSG_SERVICE:
		return "SERVICE";
	case MSG_SEALED:
		return "SEALED";
	case MSG_SEAL:
		return "SEAL";
	case MSG_SEAL_KEY:
		return "SEAL_KEY";
	case MSG_VERIFY:
		return "VERIFY";
	case MSG_HASS:
		return "HASS";
	case MSG_HASS_KEY:
		return "HASS_KEY";
	case MSG_HASS_SMS:
		return "HASS_SMS";
	case MSG_HASS_SMS_END:
		return "HASS_SMS_END";
	case MSG_HASS_BOX:
		return "HASS_BOX";
	case MSG_HASS_MAC:
		return "HASS_MAC";
	case MSG_HASS_KEY_ACK:
		return "HASS_KEY_ACK";
	case MSG_AUDIT_REPORT:
		return "AUDIT_REPORT";
	case MSG_AUDIT_ORDER:
		return "AUDIT_ORDER";
	case MSG_AUDIT_ACK:
		return "AUDIT_ACK";
	case MSG_BYE:
		return "BYE";
	}
	return "unknown";
}

/* Enums travel as bytes; out of range is malformed. */
static uint8_t get_enum(struct rd *r, uint8_t end)
{
	uint8_t v = rd_u8(r);

	if (v >= end) {
		r->failed = true;
		return 0;
	}
	return v;
}

/* A count within bounds, or 0 and failed: loops over it are safe. */
static uint16_t get_count(struct rd *r, uint16_t max)
{
	uint16_t n = rd_u16(r);

	if (n > max) {
		r->failed = true;
		return 0;
	}
	return n;
}

static void get_site(struct rd *r, char site[RELEASE_SITE_MAX])
{
	rd_str(r, site, RELEASE_SITE_MAX);
	if (!release_site_ok(site))
		r->failed = true;
}

void msg_hello_put(struct buf *b, const struct msg_hello *m)
{
	buf_put_u16(b, m->version);
	buf_put_str(b, m->agent_version);
	buf_put_str(b, m->boot_id);
	buf_put_u8(b, m->source);
	buf_put_u16(b, m->n_sites);
	for (int i = 0; i < m->n_sites; i++) {
		buf_put_str(b, m->sites[i].site);
		buf_put_u64(b, m->sites[i].serial);
		buf_put_u64(b, m->sites[i].highest);
	}
}

void msg_hello_get(struct rd *r, struct msg_hello *m)
{
	m->version = rd_u16(r);
	rd_str(r, m->agent_version, sizeof(m->agent_version));
	rd_str(r, m->boot_id, sizeof(m->boot_id));
	m->source = get_enum(r, SOURCE_FANOTIFY + 1);
	m->n_sites = get_count(r, PROTO_SITES_MAX);
	for (int i = 0; i < m->n_sites; i++) {
		get_site(r, m->sites[i].site);
		m->sites[i].serial = rd_u64(r);
		m->sites[i].highest = rd_u64(r);
	}
}

void msg_welcome_put(struct buf *b, const struct msg_welcome *m)
{
	buf_put_u16(b, m->version);
	buf_put_str(b, m->publisher_version);
	buf_put_i64(b, m->time);
	buf_put_u32(b, m->beat);
}

void msg_welcome_get(struct rd *r, struct msg_welcome *m)
{
	m->version = rd_u16(r);
	rd_str(r, m->publisher_version, sizeof(m->publisher_version));
	m->time = rd_i64(r);
	m->beat = rd_u32(r);
	if (m->beat < 1 || m->beat > 3600)
		r->failed = true;
}

void msg_get_put(struct buf *b, const struct msg_get *m)
{
	buf_put_u32(b, m->request);
	buf_put_u16(b, m->n);
	for (int i = 0; i < m->n; i++) {
		buf_put(b, m->items[i].hash.b, HASH_LEN);
		buf_put_u64(b, m->items[i].offset);
	}
}

void msg_get_get(struct rd *r, struct msg_get *m)
{
	m->request = rd_u32(r);
	m->n = get_count(r, PROTO_GET_MAX);
	for (int i = 0; i < m->n; i++) {
		rd_copy(r, m->items[i].hash.b, HASH_LEN);
		m->items[i].offset = rd_u64(r);
	}
}

void msg_object_put(struct buf *b, const struct msg_object *m)
{
	buf_put_u32(b, m->request);
	buf_put(b, m->hash.b, HASH_LEN);
	buf_put_u64(b, m->encoded_size);
	buf_put_u64(b, m->offset);
	buf_put_blob(b, m->piece, m->n);
}

/* A piece lies within what it is a piece of. */
static bool piece_ok(uint64_t size, uint64_t offset, size_t n)
{
	return offset <= size && n <= size - offset;
}

void msg_object_get(struct rd *r, struct msg_object *m)
{
	m->request = rd_u32(r);
	rd_copy(r, m->hash.b, HASH_LEN);
	m->encoded_size = rd_u64(r);
	m->offset = rd_u64(r);
	m->piece = rd_blob(r, PROTO_PIECE_MAX, &m->n);
	if (!piece_ok(m->encoded_size, m->offset, m->n))
		r->failed = true;
}

void msg_object_missing_put(struct buf *b, const struct msg_object_missing *m)
{
	buf_put_u32(b, m->request);
	buf_put(b, m->hash.b, HASH_LEN);
	buf_put_str(b, m->why);
}

void msg_object_missing_get(struct rd *r, struct msg_object_missing *m)
{
	m->request = rd_u32(r);
	rd_copy(r, m->hash.b, HASH_LEN);
	rd_str(r, m->why, sizeof(m->why));
}

void msg_progress_put(struct buf *b, const struct msg_progress *m)
{
	buf_put_str(b, m->site);
	buf_put_u64(b, m->serial);
	buf_put_u8(b, m->state);
	buf_put_u64(b, m->objects);
	buf_put_u64(b, m->wanted);
	buf_put_u64(b, m->bytes);
	buf_put_u64(b, m->changed);
	buf_put_u64(b, m->removed);
	buf_put_str(b, m->text);
}

void msg_progress_get(struct rd *r, struct msg_progress *m)
{
	get_site(r, m->site);
	m->serial = rd_u64(r);
	m->state = get_enum(r, PROGRESS_MAX);
	m->objects = rd_u64(r);
	m->wanted = rd_u64(r);
	m->bytes = rd_u64(r);
	m->changed = rd_u64(r);
	m->removed = rd_u64(r);
	rd_str(r, m->text, sizeof(m->text));
}

void msg_verify_put(struct buf *b, const struct msg_verify *m)
{
	buf_put_str(b, m->site);
	buf_put_u64(b, m->number);
}

void msg_verify_get(struct rd *r, struct msg_verify *m)
{
	rd_str(r, m->site, sizeof(m->site));
	m->number = rd_u64(r);
	if (*m->site ? !release_site_ok(m->site) : m->number != 0)
		r->failed = true;
}

void msg_verified_put(struct buf *b, const struct msg_verified *m)
{
	buf_put_u64(b, m->number);
	buf_put_str(b, m->site);
	buf_put_u8(b, m->state);
	buf_put_u64(b, m->files);
	buf_put_u64(b, m->of);
	buf_put_u64(b, m->wrong);
	buf_put_u64(b, m->restored);
	buf_put_u64(b, m->removed);
	buf_put_u64(b, m->waiting);
	buf_put_u64(b, m->failed);
	buf_put_str(b, m->text);
}

void msg_verified_get(struct rd *r, struct msg_verified *m)
{
	m->number = rd_u64(r);
	get_site(r, m->site);
	m->state = get_enum(r, VERIFIED_MAX);
	m->files = rd_u64(r);
	m->of = rd_u64(r);
	m->wrong = rd_u64(r);
	m->restored = rd_u64(r);
	m->removed = rd_u64(r);
	m->waiting = rd_u64(r);
	m->failed = rd_u64(r);
	rd_str(r, m->text, sizeof(m->text));
}

void msg_beat_put(struct buf *b, const struct msg_beat *m)
{
	buf_put_u64(b, m->number);
	buf_put_i64(b, m->time);
	buf_put_u8(b, m->source);
	buf_put_u8(b, m->health);
	buf_put_u64(b, m->events);
	buf_put_u64(b, m->dropped);
	buf_put_u32(b, m->pending);
	buf_put_str(b, m->note);
	buf_put_u16(b, m->n_sites);
	for (int i = 0; i < m->n_sites; i++) {
		buf_put_str(b, m->sites[i].site);
		buf_put_u64(b, m->sites[i].serial);
		buf_put_u8(b, m->sites[i].mode);
		buf_put_i64(b, m->sites[i].verified);
	}
}

void msg_beat_get(struct rd *r, struct msg_beat *m)
{
	m->number = rd_u64(r);
	m->time = rd_i64(r);
	m->source = get_enum(r, SOURCE_FANOTIFY + 1);
	m->health = get_enum(r, HEALTH_MAX);
	m->events = rd_u64(r);
	m->dropped = rd_u64(r);
	m->pending = rd_u32(r);
	rd_str(r, m->note, sizeof(m->note));
	m->n_sites = get_count(r, PROTO_SITES_MAX);
	for (int i = 0; i < m->n_sites; i++) {
		get_site(r, m->sites[i].site);
		m->sites[i].serial = rd_u64(r);
		m->sites[i].mode = rd_u8(r);
		m->sites[i].verified = rd_i64(r);
	}
}

void msg_evidence_put(struct buf *b, const struct msg_evidence *m)
{
	buf_put_str(b, m->id);
	buf_put_u64(b, m->size);
	buf_put_u64(b, m->offset);
	buf_put(b, m->hash.b, HASH_LEN);
	buf_put(b, m->chain.b, HASH_LEN);
	buf_put_blob(b, m->piece, m->n);
}

void msg_evidence_get(struct rd *r, struct msg_evidence *m)
{
	rd_str(r, m->id, sizeof(m->id));
	m->size = rd_u64(r);
	m->offset = rd_u64(r);
	rd_copy(r, m->hash.b, HASH_LEN);
	rd_copy(r, m->chain.b, HASH_LEN);
	m->piece = rd_blob(r, PROTO_PIECE_MAX, &m->n);
	if (!m->id[0] || !piece_ok(m->size, m->offset, m->n))
		r->failed = true;
}

void msg_evidence_ack_put(struct buf *b, const struct msg_evidence_ack *m)
{
	buf_put_str(b, m->id);
	buf_put_u64(b, m->have);
}

void msg_evidence_ack_get(struct rd *r, struct msg_evidence_ack *m)
{
	rd_str(r, m->id, sizeof(m->id));
	m->have = rd_u64(r);
	if (!m->id[0])
		r->failed = true;
}
