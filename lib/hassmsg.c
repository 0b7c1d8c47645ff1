// SPDX-License-Identifier: Apache-2.0
#include "hassmsg.h"
#include <jansson.h>
#include <string.h>

const char *hassmsg_line_name(uint8_t line)
{
	static const char *const names[HASSMSG_LINES] = {"closed", "silent", "babble",
							 "wrong device", "up"};

	return line < HASSMSG_LINES ? names[line] : "unknown";
}

void msg_hass_put(struct buf *b, const struct msg_hass *m)
{
	buf_put_u8(b, m->line);
	buf_put_str(b, m->why);
	buf_put_str(b, m->version);
	buf_put_u16(b, m->flags);
	buf_put_u8(b, m->signal);
	buf_put_u8(b, m->sim_used);
	buf_put_u8(b, m->phones);
	buf_put_u8(b, m->secrets);
	buf_put_u8(b, m->notes);
	buf_put_u8(b, m->beat_left);
	buf_put_u8(b, m->missed);
	buf_put(b, m->tokens, sizeof(m->tokens));
	buf_put_u32(b, m->uptime);
	buf_put_u32(b, m->boots);
	buf_put_u16(b, m->stack_free);
	buf_put_str(b, m->modem);
	buf_put_str(b, m->reset);
	buf_put(b, m->nonce, sizeof(m->nonce));
	buf_put_u8(b, m->told);
	buf_put_str(b, m->told_result);
	buf_put_u16(b, m->n_counters);
	for (unsigned int i = 0; i < m->n_counters; i++) {
		buf_put_str(b, m->counters[i].name);
		buf_put_u32(b, m->counters[i].value);
	}
}

/* Texts end up in logs, tables and JSON: printable ASCII. */
static void get_text(struct rd *r, char *to, size_t cap)
{
	rd_str(r, to, cap);
	for (; !r->failed && *to; to++)
		if (*to < ' ' || *to > '~')
			r->failed = true;
}

void msg_hass_get(struct rd *r, struct msg_hass *m)
{
	memset(m, 0, sizeof(*m));
	m->line = rd_u8(r);
	get_text(r, m->why, sizeof(m->why));
	get_text(r, m->version, sizeof(m->version));
	m->flags = rd_u16(r);
	m->signal = rd_u8(r);
	m->sim_used = rd_u8(r);
	m->phones = rd_u8(r);
	m->secrets = rd_u8(r);
	m->notes = rd_u8(r);
	m->beat_left = rd_u8(r);
	m->missed = rd_u8(r);
	rd_copy(r, m->tokens, sizeof(m->tokens));
	m->uptime = rd_u32(r);
	m->boots = rd_u32(r);
	m->stack_free = rd_u16(r);
	get_text(r, m->modem, sizeof(m->modem));
	get_text(r, m->reset, sizeof(m->reset));
	rd_copy(r, m->nonce, sizeof(m->nonce));
	m->told = rd_u8(r);
	get_text(r, m->told_result, sizeof(m->told_result));
	m->n_counters = rd_u16(r);
	if (m->line >= HASSMSG_LINES || m->n_counters > HASSMSG_COUNTERS) {
		r->failed = true;
		m->n_counters = 0;
	}
	for (unsigned int i = 0; i < m->n_counters; i++) {
		get_text(r, m->counters[i].name, sizeof(m->counters[i].name));
		m->counters[i].value = rd_u32(r);
	}
}

void msg_hass_mac_put(struct buf *b, const struct msg_hass_mac *m)
{
	buf_put_u8(b, m->letter);
	buf_put(b, m->nonce, sizeof(m->nonce));
	buf_put(b, m->mac, sizeof(m->mac));
}

void msg_hass_mac_get(struct rd *r, struct msg_hass_mac *m)
{
	m->letter = rd_u8(r);
	rd_copy(r, m->nonce, sizeof(m->nonce));
	rd_copy(r, m->mac, sizeof(m->mac));
	if (m->letter != HASSMSG_VOUCH && m->letter != HASSMSG_CUT)
		r->failed = true;
}

void msg_hass_box_put(struct buf *b, const struct msg_hass_box *m)
{
	buf_put(b, m->key.b, sizeof(m->key.b));
	buf_put(b, m->sig, sizeof(m->sig));
}

void msg_hass_box_get(struct rd *r, struct msg_hass_box *m)
{
	rd_copy(r, m->key.b, sizeof(m->key.b));
	rd_copy(r, m->sig, sizeof(m->sig));
}

static uint8_t get_bool(struct rd *r)
{
	uint8_t v = rd_u8(r);

	if (v > 1)
		r->failed = true;
	return v;
}

void msg_hass_sms_put(struct buf *b, const struct msg_hass_sms *m)
{
	buf_put_u32(b, m->id);
	buf_put_u8(b, m->test);
	buf_put_str(b, m->text);
}

void msg_hass_sms_get(struct rd *r, struct msg_hass_sms *m)
{
	m->id = rd_u32(r);
	m->test = get_bool(r);
	get_text(r, m->text, sizeof(m->text));
	if (!r->failed && !*m->text)
		r->failed = true;
}

void msg_hass_sms_end_put(struct buf *b, const struct msg_hass_sms_end *m)
{
	buf_put_u32(b, m->id);
	buf_put_u8(b, m->told);
	buf_put_str(b, m->why);
}

void msg_hass_sms_end_get(struct rd *r, struct msg_hass_sms_end *m)
{
	m->id = rd_u32(r);
	m->told = get_bool(r);
	get_text(r, m->why, sizeof(m->why));
}

static json_t *counters_json(const struct msg_hass *m)
{
	json_t *j = json_object();

	for (unsigned int i = 0; i < m->n_counters; i++)
		json_object_set_new(j, m->counters[i].name, json_integer(m->counters[i].value));
	return j;
}

static int bits(uint8_t v)
{
	return __builtin_popcount(v);
}

struct json_t *hassmsg_json(const struct msg_hass *m)
{
	static const struct {
		const char *name;
		uint16_t flag;
	} flags[] = {
		{"cut", HASSMSG_F_CUT},
		{"jumper", HASSMSG_F_JUMPER},
		{"beat_expected", HASSMSG_F_BEAT},
		{"vouched", HASSMSG_F_VOUCHED},
		{"beat_lost", HASSMSG_F_BEAT_LOST},
		{"registered", HASSMSG_F_REGISTERED},
		{"alarm_waiting", HASSMSG_F_ALARM},
		{"sim_pin_refused", HASSMSG_F_SIM_PIN},
		{"provisioned", HASSMSG_F_PROVISIONED},
	};
	static const char *const buckets[HASSMSG_BUCKETS] = {"cut_tries", "restore_tries",
							     "sms_hour", "sms_day", "stores"};
	json_t *j =
		json_pack("{s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:s, s:s}",
			  "line", hassmsg_line_name(m->line), "why", m->why, "firmware", m->version,
			  "signal", m->signal, "sim_used", m->sim_used, "phones", bits(m->phones),
			  "secrets", bits(m->secrets), "beat_left", m->beat_left, "missed",
			  m->missed, "uptime", (json_int_t)m->uptime, "boots", (json_int_t)m->boots,
			  "stack_free", m->stack_free, "modem", m->modem, "reset", m->reset);
	json_t *tokens = json_object();

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		json_object_set_new(j, flags[i].name, json_boolean(m->flags & flags[i].flag));
	for (int i = 0; i < HASSMSG_BUCKETS; i++)
		json_object_set_new(tokens, buckets[i], json_integer(m->tokens[i]));
	json_object_set_new(j, "left", tokens);
	json_object_set_new(j, "counters", counters_json(m));
	return j;
}
