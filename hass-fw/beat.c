/* SPDX-License-Identifier: Apache-2.0 */
#include "beat.h"
#include "config.h"
#include "count.h"
#include "flash.h"
#include "hal.h"
#include "host.h"
#include "mac.h"
#include "netcut.h"
#include "state.h"
#include <string.h>

#define LETTER 7
#define NONCE 8
#define MESSAGE (NONCE + HASS_NONCE_SIZE)
#define IDLE_SECONDS 60 /* a nonce's life where no beats are expected: CUT needs one */

static struct {
	uint8_t message[MESSAGE]; /* domain, letter, nonce: what the MACs are over */
	const uint8_t *mac;	  /* to be compared; NULL: a nonce is being made */
	uint32_t interval;	  /* number since start */
	uint16_t left;		  /* seconds of this interval */
	uint8_t missed;
	bool nonce;   /* stands */
	bool vouched; /* for this nonce */
	bool spent;   /* it has cut */
	bool job;     /* the MAC engine is ours, or will be again */
	bool was_cut; /* a second ago */
	bool counted; /* this interval is one that may be missed */
} beat;

bool beat_expected(void)
{
	return config.policy.beat && (config.secrets & 1 << HASS_S_VOUCH);
}

bool beat_lost(void)
{
	return state.flags & STATE_BEAT_LOST;
}

uint8_t beat_left(void)
{
	return beat.left > 255 ? 255 : beat.left;
}

uint8_t beat_missed(void)
{
	return beat.missed;
}

uint16_t beat_flags(void)
{
	uint16_t flags = 0;

	if (beat_expected())
		flags |= HASS_F_BEAT;
	if (beat.vouched)
		flags |= HASS_F_VOUCHED;
	if (beat_lost())
		flags |= HASS_F_BEAT_LOST;
	return flags;
}

void beat_nonce(uint8_t nonce[HASS_NONCE_SIZE])
{
	if (beat.nonce)
		memcpy(nonce, beat.message + NONCE, HASS_NONCE_SIZE);
	else
		memset(nonce, 0, HASS_NONCE_SIZE);
}

static uint8_t interval_seconds(void)
{
	return config.policy.beat ? config.policy.beat : IDLE_SECONDS;
}

static uint16_t full_seconds(void)
{
	return interval_seconds() + 10 * config.policy.grace;
}

/* The web server starts more slowly than we do, and a restored network needs a while. */
static void grace(void)
{
	beat.left = full_seconds();
	beat.missed = 0;
	beat.counted = false;
}

void beat_init(void)
{
	memset(&beat, 0, sizeof(beat));
	memcpy_P(beat.message, PSTR(HASS_DOMAIN), LETTER);
	grace();
}

static void run(void)
{
	mac_start(MAC_BEAT, HASS_S_VOUCH, beat.message, MESSAGE);
}

static void new_nonce(void)
{
	beat.nonce = beat.vouched = beat.spent = false;
	beat.interval++;
	beat.message[LETTER] = BEAT_NONCE;
	memcpy(beat.message + NONCE, &state.boots, 4);
	memcpy(beat.message + NONCE + 4, &beat.interval, 4);
	beat.mac = NULL;
	beat.job = true;
	if (mac_owner() == MAC_FREE)
		run();
}

uint8_t beat_check(enum beat_letter letter, const uint8_t mac[HASS_MAC_SIZE])
{
	if (!beat.nonce)
		return HASS_OFF;
	beat.message[LETTER] = letter;
	beat.mac = mac;
	beat.job = true;
	if (mac_owner() == MAC_FREE)
		run();
	return HASS_OK;
}

static void vouched(void)
{
	beat.vouched = true;
	beat.missed = 0;
	if (!beat_lost())
		return;
	state.flags &= (uint8_t)~STATE_BEAT_LOST;
	state.notes &= (uint8_t) ~(1 << HASS_N_BEAT_LOST);
	state.notes |= 1 << HASS_N_BEAT_BACK;
	state_save();
}

/* All bytes are looked at: the time says nothing about how many were right. */
static bool same(const uint8_t *a, const uint8_t *b)
{
	uint8_t differ = 0;

	for (uint8_t i = 0; i < HASS_MAC_SIZE; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static uint8_t judge(void)
{
	if (!same(mac_digest(), beat.mac))
		return HASS_MAC;
	if (beat.message[LETTER] == BEAT_VOUCH) {
		vouched();
	} else if (!beat.spent) {
		beat.spent = true;
		netcut_cut(HASS_N_CUT_PUBLISHER);
	}
	return HASS_OK;
}

uint8_t beat_checked(void)
{
	uint8_t result;

	if (!beat.nonce)
		return HASS_MAC; /* it ended while we looked */
	if (mac_owner() != MAC_BEAT || !mac_done())
		return HOST_AGAIN;
	result = judge();
	beat.job = false;
	mac_release();
	return result;
}

static void take_nonce(void)
{
	memcpy(beat.message + NONCE, mac_digest(), HASS_NONCE_SIZE);
	beat.nonce = true;
	beat.job = false;
	mac_release();
}

static void lost(void)
{
	state.flags |= STATE_BEAT_LOST;
	state.notes &= (uint8_t) ~(1 << HASS_N_BEAT_BACK);
	state.notes |= 1 << HASS_N_BEAT_LOST;
	state_save();
	if (config.policy.flags & HASS_P_CUT_ON_LOSS)
		netcut_cut(HASS_N_CUT_BEAT);
}

static void judge_interval(void)
{
	if (!beat.counted || beat.vouched || !beat_expected())
		return;
	count(HASS_C_BEAT_MISSED);
	if (beat.missed < 255)
		beat.missed++;
	if (beat.missed >= config.policy.misses && !beat_lost())
		lost();
}

/* While the network is cut no answer can come; when it is back the grace starts over. */
static void follow_cut(void)
{
	if (beat.was_cut && !netcut_is_cut())
		grace();
	beat.was_cut = netcut_is_cut();
	if (beat.was_cut)
		beat.counted = false;
}

static void second(void)
{
	follow_cut();
	if (beat.left > full_seconds())
		beat.left = full_seconds(); /* a new policy */
	if (beat.left && --beat.left)
		return;
	judge_interval();
	beat.counted = !netcut_is_cut();
	beat.left = interval_seconds();
	new_nonce();
}

void beat_poll(void)
{
	if (!(config.secrets & 1 << HASS_S_VOUCH))
		return;
	if (tick_second())
		second();
	if (!beat.nonce && !beat.job)
		new_nonce();
	if (beat.job && mac_owner() == MAC_FREE)
		run(); /* an SMS command had taken the engine */
	if (beat.job && !beat.mac && mac_owner() == MAC_BEAT && mac_done())
		take_nonce();
}
