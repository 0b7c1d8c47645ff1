/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"
#include "auth.h"
#include "flash.h"
#include "host.h"
#include "nv.h"
#include "phone.h"
#include "state.h"
#include <stddef.h>

/* The record. Nothing of it is ever in RAM as a whole. Zeros stand for what is not there. */
struct stored {
	uint8_t secret[HASS_SECRETS][HASS_SECRET_SIZE];
	uint8_t phone[HASS_PHONES][HASS_PHONE_SIZE];
	struct hass_policy policy;
	uint8_t site[HASS_SITE_SIZE];
	uint8_t pin[HASS_PIN_SIZE];
};
_Static_assert(sizeof(struct stored) == NV_CONFIG_SIZE, "the record holds the configuration");

#define AT(member) offsetof(struct stored, member)

static const struct item {
	uint8_t at, size, many;
} items[HASS_ITEMS] PROGMEM = {
	[HASS_I_ERASE] = {0, 0, 1},
	[HASS_I_PHONE] = {AT(phone), HASS_PHONE_SIZE, HASS_PHONES},
	[HASS_I_SECRET] = {AT(secret), HASS_SECRET_SIZE, HASS_SECRETS},
	[HASS_I_POLICY] = {AT(policy), sizeof(struct hass_policy), 1},
	[HASS_I_SITE] = {AT(site), HASS_SITE_SIZE, 1},
	[HASS_I_PIN] = {AT(pin), HASS_PIN_SIZE, 1},
};

struct config_known config;

static struct {
	const uint8_t *request; /* which waits for its reply */
	uint8_t at, len;
	enum { REST, RECORD, RECORD_WAIT, COUNTER, COUNTER_WAIT } step;
} job;

static const struct hass_policy quiet PROGMEM = {
	.misses = 3, .hour_sms = 12, .day_sms = 60, .reserve = 16, .fold = 60, .grace = 30};

static bool there(uint8_t at, uint8_t len)
{
	uint8_t any = 0;

	while (len--)
		any |= nv_byte(NV_CONFIG, at++);
	return any;
}

static uint8_t there_bits(uint8_t at, uint8_t size, uint8_t many)
{
	uint8_t bits = 0;

	for (uint8_t i = 0; i < many; i++, at += size)
		if (there(at, size))
			bits |= 1 << i;
	return bits;
}

static void learn(void)
{
	config.secrets = there_bits(AT(secret), HASS_SECRET_SIZE, HASS_SECRETS);
	config.phones = there_bits(AT(phone), HASS_PHONE_SIZE, HASS_PHONES);
	config.pin = there(AT(pin), HASS_PIN_SIZE);
	if (there(AT(policy), sizeof(config.policy)))
		nv_read(NV_CONFIG, AT(policy), &config.policy, sizeof(config.policy));
	else
		memcpy_P(&config.policy, &quiet, sizeof(config.policy));
}

void config_init(void)
{
	job.step = REST;
	learn();
}

bool config_readable(void)
{
	return nv_readable();
}

void config_phone(uint8_t which, uint8_t phone[HASS_PHONE_SIZE])
{
	nv_read(NV_CONFIG, AT(phone) + which * HASS_PHONE_SIZE, phone, HASS_PHONE_SIZE);
}

void config_secret(enum hass_secret which, uint8_t secret[HASS_SECRET_SIZE])
{
	nv_read(NV_CONFIG, AT(secret) + which * HASS_SECRET_SIZE, secret, HASS_SECRET_SIZE);
}

char config_site(uint8_t at)
{
	return at < HASS_SITE_SIZE ? nv_byte(NV_CONFIG, AT(site) + at) : 0;
}

char config_pin(uint8_t at)
{
	uint8_t pair = at < 2 * HASS_PIN_SIZE ? nv_byte(NV_CONFIG, AT(pin) + at / 2) : 0xFF;
	uint8_t digit = at % 2 ? pair >> 4 : pair & 15;

	return digit < 10 ? '0' + digit : 0;
}

/* A zero here would divide by it. */
static bool sane(const struct hass_policy *p)
{
	return p->misses && p->hour_sms && p->day_sms > p->reserve && p->day_sms > 1;
}

uint8_t config_provision(const uint8_t *request, uint8_t len)
{
	struct item item;

	if (len < 2)
		return HASS_LENGTH;
	if (request[0] >= HASS_ITEMS)
		return HASS_VALUE;
	memcpy_P(&item, &items[request[0]], sizeof(item));
	if (len - 2 != item.size)
		return HASS_LENGTH;
	if (request[1] >= item.many)
		return HASS_VALUE;
	if (request[0] == HASS_I_POLICY && !sane((const struct hass_policy *)(request + 2)))
		return HASS_VALUE;
	job.request = request;
	job.at = item.at + request[1] * item.size;
	job.len = item.size;
	job.step = RECORD;
	return HASS_OK;
}

static bool write_record(void)
{
	if (job.request[0] == HASS_I_ERASE)
		return nv_write(NV_CONFIG, 0, NULL, NV_CONFIG_SIZE);
	return nv_write(NV_CONFIG, job.at, job.request + 2, job.len);
}

/*
 * The secret comes before its counter: an old secret must never meet a restarted
 * counter, or used codes would work again. A new one with an old counter only fails,
 * and the tool has not been told OK yet.
 */
static void restart_counter(void)
{
	uint8_t item = job.request[0], index = job.request[1];

	if (item == HASS_I_ERASE)
		state_forget();
	else if (item == HASS_I_SECRET && index != HASS_S_VOUCH)
		state.counter[index] = 0;
	else if (item == HASS_I_POLICY)
		memset(state.tokens, 0xFF, sizeof(state.tokens)); /* new limits start full */
	auth_forget();
	state.flags &= (uint8_t)~STATE_PIN_BAD;
	state_save();
}

bool config_stored(void)
{
	switch (job.step) {
	case RECORD:
		if (write_record())
			job.step = RECORD_WAIT;
		break;
	case RECORD_WAIT:
		if (!nv_busy())
			job.step = COUNTER;
		break;
	case COUNTER:
		restart_counter();
		job.step = COUNTER_WAIT;
		break;
	case COUNTER_WAIT:
		if (!state_saved() || !nv_readable())
			break;
		learn();
		job.step = REST;
		return true;
	case REST:
		break;
	}
	return false;
}
