/* SPDX-License-Identifier: Apache-2.0 */
#include "host.h"
#include "alarm.h"
#include "beat.h"
#include "config.h"
#include "count.h"
#include "flash.h"
#include "hal.h"
#include "link.h"
#include "modem.h"
#include "netcut.h"
#include "state.h"
#include <string.h>

/* A request is taken, at once or after some turns, and may then have to wait for its work. */
static bool waiting;
static uint8_t reply_len;

static uint8_t *const payload = link_frame.payload;

void host_init(void)
{
	waiting = false;
}

static const struct hass_hello identity PROGMEM = {HASS_MAGIC, HASS_PROTO_VERSION, HASS_MAJOR,
						   HASS_MINOR};

static uint8_t hello(uint8_t len)
{
	if (len)
		return HASS_LENGTH;
	memcpy_P(payload + 1, &identity, sizeof(identity));
	reply_len += sizeof(identity);
	return HASS_OK;
}

static uint16_t flags(void)
{
	uint16_t flags = beat_flags();

	if (netcut_is_cut())
		flags |= HASS_F_CUT;
	if (board_jumper())
		flags |= HASS_F_JUMPER;
	if (modem_state() == HASS_MODEM_READY)
		flags |= HASS_F_REGISTERED;
	if (alarm_pending())
		flags |= HASS_F_ALARM;
	if (state.flags & STATE_PIN_BAD)
		flags |= HASS_F_SIM_PIN;
	if (config.phones || config.secrets)
		flags |= HASS_F_PROVISIONED;
	return flags;
}

static uint8_t status(uint8_t len)
{
	struct hass_status *s = (struct hass_status *)(payload + 1);

	if (len)
		return HASS_LENGTH;
	s->flags = flags();
	s->modem = modem_state();
	s->signal = modem_signal();
	s->sim_used = modem_sim_used();
	s->phones = config.phones;
	s->secrets = config.secrets;
	s->reset = board_reset_cause();
	s->uptime = tick_seconds();
	s->boots = state.boots;
	s->beat_left = beat_left();
	s->missed = beat_missed();
	beat_nonce(s->nonce);
	s->notes = state.notes;
	memcpy(s->tokens, state.tokens, sizeof(s->tokens));
	s->stack_free = board_stack_free();
	reply_len += sizeof(*s);
	return HASS_OK;
}

static uint8_t counters(uint8_t len)
{
	uint8_t which = payload[0];
	uint8_t *out = payload + 2;

	if (len != 1)
		return HASS_LENGTH;
	if (which >= HASS_C__MAX)
		return HASS_VALUE;
	payload[1] = which;
	reply_len++;
	for (uint8_t n = 0; n < HASS_COUNTERS_PAGE && which < HASS_C__MAX; n++, which++) {
		uint16_t value = count_read(which);

		*out++ = value;
		*out++ = value >> 8;
		reply_len += 2;
	}
	return HASS_OK;
}

static uint8_t provision(uint8_t len)
{
	if (!board_jumper())
		return HASS_JUMPER;
	return config_provision(payload, len);
}

static uint8_t vouch(uint8_t len)
{
	return len == HASS_MAC_SIZE ? beat_check(BEAT_VOUCH) : HASS_LENGTH;
}

static uint8_t cut(uint8_t len)
{
	return len == HASS_MAC_SIZE ? beat_check(BEAT_CUT) : HASS_LENGTH;
}

static uint8_t take(uint8_t len)
{
	reply_len = 1;
	switch (link_frame.type) {
	case HASS_HELLO:
		return hello(len);
	case HASS_STATUS:
		return status(len);
	case HASS_COUNTERS:
		return counters(len);
	case HASS_ALARM:
		return alarm_take(payload, len);
	case HASS_VOUCH:
		return vouch(len);
	case HASS_CUT:
		return cut(len);
	case HASS_PROVISION:
		return provision(len);
	}
	return HASS_TYPE;
}

_Static_assert(HASS_MAC - HASS_TYPE == HASS_C_REQ_MAC - HASS_C_REQ_TYPE,
	       "refusals and their counters come in the same order");
static void count_refusal(uint8_t result)
{
	if (result >= HASS_TYPE && result <= HASS_MAC)
		count(HASS_C_REQ_TYPE + result - HASS_TYPE);
}

static void answer(uint8_t result)
{
	count_refusal(result);
	payload[0] = result;
	if (result == HASS_BUSY)
		reply_len = 2;
	else if (result != HASS_OK)
		reply_len = 1;
	waiting = false;
	link_reply(reply_len);
}

/* What is begun by take() and done later; types that are none have been refused. */
static bool lasting(uint8_t type)
{
	return type >= HASS_ALARM;
}

static void begin(uint8_t len)
{
	uint8_t type = link_frame.type;
	uint8_t result = take(len);

	if (result == HOST_AGAIN)
		return;
	if (result == HASS_OK && lasting(type))
		waiting = true;
	else
		answer(result);
}

static void wait(void)
{
	uint8_t result = HASS_OK;

	if (link_frame.type == HASS_ALARM && !alarm_stored())
		return;
	if (link_frame.type == HASS_PROVISION && !config_stored())
		return;
	if (link_frame.type == HASS_VOUCH || link_frame.type == HASS_CUT) {
		result = beat_checked(payload);
		if (result == HOST_AGAIN)
			return;
	}
	answer(result);
}

void host_poll(void)
{
	uint8_t len;

	link_poll();
	if (!link_request(&len))
		return;
	if (waiting)
		wait();
	else
		begin(len);
}
