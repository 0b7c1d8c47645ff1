// SPDX-License-Identifier: Apache-2.0
#include "hass.h"
#include "hass-fw/proto.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

_Static_assert(HASS_FRAME_BYTES == HASS_FRAME_MAX && HASS_FRAME_LEAST == HASS_FRAME_MIN &&
		       HASS_FRAME_WIRE == HASS_WIRE_MAX,
	       "the frames are the unit's");
_Static_assert(HASS_REPEAT_MS == HASS_REPLY_MS && HASS_PHONES_MAX == HASS_PHONES &&
		       HASSMSG_NONCE == HASS_NONCE_SIZE && HASSMSG_MAC == HASS_MAC_SIZE &&
		       HASSMSG_KEY == HASS_SECRET_SIZE && HASS_SETTING_DATA >= HASS_SECRET_SIZE &&
		       HASSMSG_BUCKETS == HASS_BUCKETS,
	       "sizes are the unit's");
_Static_assert(HASSMSG_F_CUT == HASS_F_CUT && HASSMSG_F_JUMPER == HASS_F_JUMPER &&
		       HASSMSG_F_BEAT == HASS_F_BEAT && HASSMSG_F_VOUCHED == HASS_F_VOUCHED &&
		       HASSMSG_F_BEAT_LOST == HASS_F_BEAT_LOST &&
		       HASSMSG_F_REGISTERED == HASS_F_REGISTERED &&
		       HASSMSG_F_ALARM == HASS_F_ALARM && HASSMSG_F_SIM_PIN == HASS_F_SIM_PIN &&
		       HASSMSG_F_PROVISIONED == HASS_F_PROVISIONED,
	       "flags travel as they are");
_Static_assert((int)HASS_KEY_CUT == HASS_S_CUT && (int)HASS_KEY_RESTORE == HASS_S_RESTORE &&
		       (int)HASS_KEY_VOUCH == HASS_S_VOUCH,
	       "secrets are numbered as the unit does");
_Static_assert(HASS_C__MAX + DAMAGE_KINDS <= HASSMSG_COUNTERS, "all counters travel");

#define RULES_MAX 255

/* ---- asking ---- */

static void ask(struct hass_frame *f, uint8_t type, const void *p, size_t n)
{
	f->type = type;
	f->len = n;
	if (n)
		memcpy(f->data, p, n);
}

void hass_ask_hello(struct hass_frame *f)
{
	ask(f, HASS_HELLO, NULL, 0);
}

void hass_ask_status(struct hass_frame *f)
{
	ask(f, HASS_STATUS, NULL, 0);
}

void hass_ask_counters(struct hass_frame *f, unsigned int first)
{
	uint8_t which = first;

	ask(f, HASS_COUNTERS, &which, 1);
}

void hass_ask_alarm(struct hass_frame *f, uint32_t id, uint16_t count, bool test, const char *text)
{
	struct hass_alarm a = {.count = count ? count : 1,
			       .kind = test ? HASS_KIND_TEST : HASS_KIND_ALARM};
	size_t n = 0;

	/* Little-endian whatever this machine is. */
	for (int i = 0; i < 4; i++)
		((uint8_t *)&a.id)[i] = id >> 8 * i;
	for (int i = 0; i < 2; i++)
		((uint8_t *)&a.count)[i] = (count ? count : 1) >> 8 * i;
	for (; text[n] && n < sizeof(a.text); n++)
		a.text[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
	if (!n)
		a.text[n++] = '?';
	ask(f, HASS_ALARM, &a, offsetof(struct hass_alarm, text) + n);
}

void hass_ask_mac(struct hass_frame *f, const struct msg_hass_mac *m)
{
	ask(f, m->letter == HASSMSG_CUT ? HASS_CUT : HASS_VOUCH, m->mac, sizeof(m->mac));
}

void hass_ask_provision(struct hass_frame *f, const struct hass_setting *i)
{
	uint8_t p[2 + HASS_SETTING_DATA] = {i->item, i->index};

	memcpy(p + 2, i->data, i->len);
	ask(f, HASS_PROVISION, p, 2 + i->len);
	memset(p, 0, sizeof(p));
}

/* ---- answers ---- */

bool hass_answers(const struct hass_frame *request, const struct hass_frame *reply)
{
	return reply->type == (request->type | HASS_REPLY) && reply->seq == request->seq;
}

static const struct {
	const char *name, *help;
} results[] = {
	[HASS_OK] = {"ok", "done"},
	[HASS_BUSY] = {"busy", "the unit is busy; it is asked again"},
	[HASS_TYPE] = {"type", "the unit does not know this request: its firmware is older"},
	[HASS_LENGTH] = {"length", "the unit expects another length: its firmware differs"},
	[HASS_VALUE] = {"value", "the unit refuses a value as out of range"},
	[HASS_JUMPER] = {"jumper", "refused: close the provisioning jumper on the board for at"
				   " least half a second, and keep it closed"},
	[HASS_MAC] = {"mac", "refused: not the publisher's MAC over the current nonce"},
	[HASS_OFF] = {"off", "the unit is not provisioned for this (wdctl hass provision)"},
};
#define RESULTS (int)(sizeof(results) / sizeof(*results))

int hass_result(const struct hass_frame *reply)
{
	if (reply->len < 1 || reply->data[0] >= RESULTS)
		return -1;
	if (reply->data[0] == HASS_BUSY ? reply->len != 2 : reply->data[0] && reply->len != 1)
		return -1;
	return reply->data[0];
}

const char *hass_result_name(int result)
{
	return result >= 0 && result < RESULTS ? results[result].name : "malformed";
}

const char *hass_result_help(int result)
{
	return result >= 0 && result < RESULTS ? results[result].help
					       : "the unit's answer makes no sense";
}

bool hass_is_ok(int result)
{
	return result == HASS_OK;
}

bool hass_is_off(int result)
{
	return result == HASS_OFF;
}

bool hass_is_busy(int result, const struct hass_frame *reply, unsigned int *seconds)
{
	if (result != HASS_BUSY)
		return false;
	*seconds = reply->data[1] ? reply->data[1] : 1;
	return true;
}

static uint32_t le(const uint8_t *p, int n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | p[n];
	return v;
}
#define FIELD(s, member)                                                                           \
	le((s) + offsetof(struct hass_status, member), sizeof(((struct hass_status *)0)->member))

int hass_read_hello(const struct hass_frame *reply, struct msg_hass *m)
{
	const uint8_t *p = reply->data + 1;

	if (hass_result(reply) != HASS_OK || reply->len != 1 + sizeof(struct hass_hello) ||
	    memcmp(p, HASS_MAGIC, 6))
		return -1;
	snprintf(m->version, sizeof(m->version), "%u.%u", p[7], p[8]);
	return p[6] == HASS_PROTO_VERSION ? 0 : -2;
}

static const char *modem_name(uint8_t v)
{
	static const char *const names[] = {
		[HASS_MODEM_DOWN] = "down",	   [HASS_MODEM_SILENT] = "silent",
		[HASS_MODEM_SETUP] = "setting up", [HASS_MODEM_SEARCH] = "no network",
		[HASS_MODEM_READY] = "ready",
	};

	return v < sizeof(names) / sizeof(*names) ? names[v] : "unknown";
}

static void reset_words(uint8_t v, char *to, size_t cap)
{
	static const char *const names[] = {"power", "pin", "brown-out", "watchdog"};
	size_t n = 0;

	*to = '\0';
	for (int i = 0; i < 4; i++)
		if (v & 1 << i && n < cap)
			n += snprintf(to + n, cap - n, "%s%s", n ? " " : "", names[i]);
}

int hass_read_status(const struct hass_frame *reply, struct msg_hass *m)
{
	const uint8_t *s = reply->data + 1;

	if (hass_result(reply) != HASS_OK || reply->len != 1 + sizeof(struct hass_status))
		return -1;
	m->flags = FIELD(s, flags);
	m->signal = FIELD(s, signal);
	m->sim_used = FIELD(s, sim_used);
	m->phones = FIELD(s, phones);
	m->secrets = FIELD(s, secrets);
	m->uptime = FIELD(s, uptime);
	m->boots = FIELD(s, boots);
	m->beat_left = FIELD(s, beat_left);
	m->missed = FIELD(s, missed);
	m->notes = FIELD(s, notes);
	m->stack_free = FIELD(s, stack_free);
	memcpy(m->nonce, s + offsetof(struct hass_status, nonce), sizeof(m->nonce));
	memcpy(m->tokens, s + offsetof(struct hass_status, tokens), sizeof(m->tokens));
	snprintf(m->modem, sizeof(m->modem), "%s",
		 modem_name(s[offsetof(struct hass_status, modem)]));
	reset_words(s[offsetof(struct hass_status, reset)], m->reset, sizeof(m->reset));
	return 0;
}

static const char *const counter_names[] = {
#define HASS_X(name, text) text,
	HASS_COUNTERS_LIST(HASS_X)
#undef HASS_X
};

int hass_read_counters(const struct hass_frame *reply, struct msg_hass *m)
{
	size_t first = reply->data[1], n = (reply->len - 2) / 2;

	if (hass_result(reply) != HASS_OK || reply->len < 4 || reply->len % 2 ||
	    first + n > HASS_C__MAX)
		return -1;
	for (size_t i = 0; i < n; i++) {
		struct hassmsg_counter *c = &m->counters[first + i];

		snprintf(c->name, sizeof(c->name), "%s", counter_names[first + i]);
		c->value = le(reply->data + 2 + 2 * i, 2);
	}
	if (m->n_counters < first + n)
		m->n_counters = first + n;
	return first + n < HASS_C__MAX ? (int)(first + n) : 0;
}

/* ---- provisioning ---- */

static void item(struct hass_setting *i, uint8_t which, int index, const void *p, size_t n)
{
	*i = (struct hass_setting){.item = which, .index = index, .len = n};
	if (n)
		memcpy(i->data, p, n);
}

void hass_setting_erase(struct hass_setting *i)
{
	item(i, HASS_I_ERASE, 0, NULL, 0);
}

/* Digits as semi-octets, low nibble first, filled up with F. */
static void semi_octets(uint8_t *to, const char *digits)
{
	for (int i = 0; digits[i]; i++)
		to[i / 2] = i % 2 ? (to[i / 2] & 0x0F) | (digits[i] - '0') << 4
				  : 0xF0 | (digits[i] - '0');
}

static bool all_digits(const char *s, size_t least, size_t most)
{
	size_t n = strlen(s);

	return n >= least && n <= most && strspn(s, "0123456789") == n;
}

int hass_setting_phone(struct hass_setting *i, int index, const char *number, struct err *err)
{
	bool plus = *number == '+';
	uint8_t p[HASS_PHONE_SIZE];

	if (!all_digits(number + plus, 8, HASS_PHONE_DIGITS))
		return err_set(err,
			       "\"%.40s\" is no phone number: 8 to %d digits, + before the"
			       " country code",
			       number, HASS_PHONE_DIGITS);
	memset(p, 0xFF, sizeof(p));
	semi_octets(p, number + plus);
	p[HASS_PHONE_SIZE - 1] = (p[HASS_PHONE_SIZE - 1] & 0x0F) |
				 (plus ? HASS_PHONE_INTERNATIONAL : HASS_PHONE_NATIONAL) << 4;
	item(i, HASS_I_PHONE, index, p, sizeof(p));
	return 0;
}

void hass_setting_secret(struct hass_setting *i, enum hass_which which,
			 const uint8_t key[HASSMSG_KEY])
{
	item(i, HASS_I_SECRET, which, key, HASSMSG_KEY);
}

static int in_range(const char *what, int v, int least, int most, struct err *err)
{
	if (v >= least && v <= most)
		return 0;
	return err_set(err, "%s %d is not %d..%d", what, v, least, most);
}

int hass_setting_rules(struct hass_setting *i, const struct hass_rules *r, struct err *err)
{
	struct hass_policy p = {.beat = r->beat,
				.misses = r->misses,
				.flags = r->cut_on_loss ? HASS_P_CUT_ON_LOSS : 0,
				.hour_sms = r->hour_sms,
				.day_sms = r->day_sms,
				.reserve = r->reserve,
				.fold = r->fold,
				.grace = r->grace / 10};

	if ((r->beat && in_range("beat", r->beat, 5, RULES_MAX, err)) ||
	    in_range("misses", r->misses, 1, RULES_MAX, err) ||
	    in_range("SMS an hour", r->hour_sms, 1, RULES_MAX, err) ||
	    in_range("SMS a day", r->day_sms, 2, RULES_MAX, err) ||
	    in_range("reserve", r->reserve, 0, r->day_sms - 1, err) ||
	    in_range("fold", r->fold, 0, RULES_MAX, err) ||
	    in_range("grace", r->grace, 0, 10 * RULES_MAX, err))
		return -1;
	item(i, HASS_I_POLICY, 0, &p, sizeof(p));
	return 0;
}

int hass_setting_site(struct hass_setting *i, const char *name, struct err *err)
{
	uint8_t p[HASS_SITE_SIZE] = {0};
	size_t n = strlen(name);

	if (!n || n > sizeof(p))
		return err_set(err, "\"%.40s\" must be 1 to %zu characters: it begins every SMS",
			       name, sizeof(p));
	for (size_t k = 0; k < n; k++)
		if (name[k] < ' ' || name[k] > '~')
			return err_set(err, "the name that begins every SMS must be plain ASCII");
	memcpy(p, name, n);
	item(i, HASS_I_SITE, 0, p, sizeof(p));
	return 0;
}

int hass_setting_pin(struct hass_setting *i, const char *pin, struct err *err)
{
	uint8_t p[HASS_PIN_SIZE];

	if (!all_digits(pin, 4, 2 * HASS_PIN_SIZE))
		return err_set(err, "the SIM's PIN is 4 to %d digits", 2 * HASS_PIN_SIZE);
	memset(p, 0xFF, sizeof(p));
	semi_octets(p, pin);
	item(i, HASS_I_PIN, 0, p, sizeof(p));
	return 0;
}

bool hass_setting_ok(const struct hass_setting *i)
{
	static const uint8_t sizes[HASS_ITEMS] = {
		[HASS_I_PHONE] = HASS_PHONE_SIZE,
		[HASS_I_SECRET] = HASS_SECRET_SIZE,
		[HASS_I_POLICY] = sizeof(struct hass_policy),
		[HASS_I_SITE] = HASS_SITE_SIZE,
		[HASS_I_PIN] = HASS_PIN_SIZE,
	};

	return i->item < HASS_ITEMS && i->len == sizes[i->item];
}
