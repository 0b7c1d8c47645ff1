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

#define MESSAGE (8 + HASS_NONCE_SIZE) /* domain, letter, nonce: what the MACs are over */
#define DOMAIN(i) ((uint32_t)(uint8_t)HASS_DOMAIN[i])
#define IDLE_SECONDS 60 /* a nonce's life where no beats are expected: CUT needs one */

static struct {
	uint32_t nonce[HASS_NONCE_SIZE / 4];
	uint32_t interval; /* number since start */
	uint16_t left;	   /* seconds of this interval */
	uint8_t letter;	   /* of the job */
	uint8_t missed;
	bool stands;  /* the nonce; else it is being made */
	bool vouched; /* for this nonce */
	bool spent;   /* it has cut */
	bool job;     /* the MAC engine is ours, or will be */
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
	const uint8_t *byte = (const uint8_t *)beat.nonce;

	for (uint8_t i = 0; i < HASS_NONCE_SIZE; i++)
		nonce[i] = beat.stands ? byte[sha1_at(i)] : 0;
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
	grace();
}

static void run(void)
{
	uint32_t *message = mac_start(HASS_S_VOUCH, MESSAGE);

	message[0] = DOMAIN(0) << 24 | DOMAIN(1) << 16 | DOMAIN(2) << 8 | DOMAIN(3);
	message[1] = DOMAIN(4) << 24 | DOMAIN(5) << 16 | DOMAIN(6) << 8 | beat.letter;
	memcpy(message + 2, beat.nonce, HASS_NONCE_SIZE);
}

/* An answer that is being checked is over with its nonce: the engine starts anew. */
static void job(uint8_t letter)
{
	beat.letter = letter;
	beat.job = true;
	if (mac_is(HASS_S_VOUCH))
		mac_release();
}

/* The nonce is a MAC itself, over what never comes again. */
static void new_nonce(void)
{
	beat.stands = beat.vouched = beat.spent = false;
	beat.nonce[0] = state.boots;
	beat.nonce[1] = ++beat.interval;
	job(BEAT_NONCE);
}

uint8_t beat_check(enum beat_letter letter)
{
	if (!beat.stands)
		return HASS_OFF;
	job(letter);
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
static bool same(const uint8_t *mac)
{
	const uint8_t *digest = (const uint8_t *)mac_digest();
	uint8_t differ = 0;

	for (uint8_t i = 0; i < HASS_MAC_SIZE; i++)
		differ |= digest[sha1_at(i)] ^ mac[i];
	return differ == 0;
}

static uint8_t judge(const uint8_t *mac)
{
	if (!same(mac))
		return HASS_MAC;
	if (beat.letter == BEAT_VOUCH) {
		vouched();
	} else if (!beat.spent) {
		beat.spent = true;
		netcut_cut(HASS_N_CUT_PUBLISHER);
	}
	return HASS_OK;
}

static void job_done(void)
{
	beat.job = false;
	mac_release();
}

uint8_t beat_checked(const uint8_t mac[HASS_MAC_SIZE])
{
	uint8_t result;

	if (!beat.stands)
		return HASS_MAC; /* it ended while we looked */
	if (!mac_done(HASS_S_VOUCH))
		return HOST_AGAIN;
	result = judge(mac);
	job_done();
	return result;
}

static void take_nonce(void)
{
	memcpy(beat.nonce, mac_digest(), HASS_NONCE_SIZE);
	beat.stands = true;
	job_done();
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
	if (!beat.stands && !beat.job)
		new_nonce();
	if (beat.job && mac_free())
		run();
	if (!beat.stands && mac_done(HASS_S_VOUCH))
		take_nonce();
}
