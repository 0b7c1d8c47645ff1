/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox.h"
#include "alarm.h"
#include "bucket.h"
#include "config.h"
#include "count.h"
#include "hal.h"
#include "pdu.h"
#include "state.h"
#include <string.h>

#define TRIES 4 /* for each recipient, with growing pauses */
#define FIRST_PAUSE 10
#define REST 300 /* nobody at all could be told: notes and alarms are kept and tried again */
#define ALARM_BIT HASS_NOTES

static struct {
	struct pdu_out pdu;
	uint16_t pause;	    /* seconds until the next try */
	uint16_t rest;	    /* seconds until what is in `later` is tried again */
	uint8_t later;	    /* notes, and the alarm, by bits */
	uint8_t kind;	    /* of the round under way, or TEXT_NONE */
	uint8_t todo;	    /* recipients left in it, a bit each */
	uint8_t skip;	    /* of them: failed in this pass */
	uint8_t alarm_todo; /* of an alarm's round that had to yield */
	uint8_t who;
	uint8_t tries;
	uint8_t reply; /* waits: its kind and recipient */
	uint8_t reply_to;
	bool told;    /* somebody, in this round */
	bool limited; /* counted already */
} outbox;
_Static_assert(HASS_NOTES <= 7, "notes and the alarm fit a byte");

void outbox_init(void)
{
	memset(&outbox, 0, sizeof(outbox));
	outbox.kind = outbox.reply = TEXT_NONE;
}

/* One waits at most: the latest question is the one worth an answer. */
void outbox_reply(uint8_t phone, enum text_kind kind)
{
	outbox.reply = kind;
	outbox.reply_to = phone;
}

static void start(uint8_t kind, uint8_t todo)
{
	outbox.kind = kind;
	outbox.todo = todo;
	outbox.skip = outbox.tries = outbox.pause = 0;
	outbox.told = false;
}

static void start_alarm(void)
{
	if (!outbox.alarm_todo) {
		outbox.alarm_todo = config.phones;
		alarm_begin();
	}
	start(TEXT_ALARM, outbox.alarm_todo);
}

static void pick(void)
{
	uint8_t notes = state.notes & (uint8_t)~outbox.later;

	if (outbox.reply != TEXT_NONE) {
		start(outbox.reply, 1 << outbox.reply_to);
		outbox.reply = TEXT_NONE;
		return;
	}
	for (uint8_t note = 0; note < HASS_NOTES; note++) {
		if (notes & 1 << note) {
			start(note, config.phones);
			return;
		}
	}
	if (alarm_due() && !(outbox.later & 1 << ALARM_BIT))
		start_alarm();
}

static bool is_note(void)
{
	return outbox.kind < HASS_NOTES;
}

/* Nobody was told: that the network refuses everything must lose nothing. */
static void put_off(uint8_t bit)
{
	outbox.later |= 1 << bit;
	outbox.rest = REST;
}

static void end_round(void)
{
	uint8_t bit = is_note() ? outbox.kind : ALARM_BIT;

	if (outbox.kind <= TEXT_ALARM && !outbox.told && config.phones)
		put_off(bit);
	else if (is_note()) {
		state.notes &= (uint8_t) ~(1 << outbox.kind);
		state_save();
	} else if (outbox.kind == TEXT_ALARM) {
		alarm_told();
	}
	if (outbox.kind == TEXT_ALARM)
		outbox.alarm_todo = 0;
	outbox.kind = TEXT_NONE;
}

static bool allowed(void)
{
	if (is_note())
		return bucket_level(HASS_B_DAY);
	return bucket_level(HASS_B_HOUR) && bucket_level(HASS_B_DAY) > config.policy.reserve;
}

/* An alarm waits for its tokens and folds meanwhile; an answer is not worth waiting. */
static bool limit(void)
{
	if (allowed()) {
		outbox.limited = false;
		return false;
	}
	if (!outbox.limited)
		count(HASS_C_SMS_LIMITED);
	outbox.limited = true;
	if (!is_note() && outbox.kind != TEXT_ALARM)
		outbox.kind = TEXT_NONE;
	return true;
}

/* A waiting alarm must not keep a cut confirmation waiting: between recipients it yields. */
static void yield(void)
{
	if (outbox.kind != TEXT_ALARM)
		return;
	if ((state.notes & (uint8_t)~outbox.later) || outbox.reply != TEXT_NONE) {
		outbox.alarm_todo = outbox.todo;
		outbox.kind = TEXT_NONE;
	}
}

static void measure(void)
{
	uint8_t todo = outbox.todo & (uint8_t)~outbox.skip;

	for (outbox.who = 0; !(todo & 1 << outbox.who); outbox.who++)
		;
	config_phone(outbox.who, outbox.pdu.phone);
	outbox.pdu.len = text_length(outbox.kind);
}

static char character(uint8_t at)
{
	return text_at(outbox.kind, at);
}

bool outbox_next(void)
{
	yield();
	if (outbox.kind == TEXT_NONE)
		pick();
	if (outbox.kind == TEXT_NONE)
		return false;
	outbox.todo &= config.phones;
	if (outbox.todo == 0) {
		end_round();
		return false;
	}
	if (outbox.pause || limit())
		return false;
	outbox.pdu.text = character;
	measure();
	alarm_lock(outbox.kind == TEXT_ALARM);
	return true;
}

uint8_t outbox_size(void)
{
	return pdu_size(&outbox.pdu);
}

uint8_t outbox_octet(uint8_t at)
{
	return pdu_octet(&outbox.pdu, at);
}

static void charge(void)
{
	bucket_take(HASS_B_HOUR);
	bucket_take(HASS_B_DAY);
	state_save();
}

static void sent(void)
{
	count(HASS_C_SMS_SENT);
	outbox.told = true;
	outbox.todo &= (uint8_t) ~(1 << outbox.who);
}

/* The others come first: one dead number must not delay them. */
static void failed(void)
{
	count(HASS_C_SMS_FAILED);
	outbox.skip |= 1 << outbox.who;
}

/* All who are left have failed in this pass. */
static void end_pass(void)
{
	outbox.skip = 0;
	outbox.pause = FIRST_PAUSE << outbox.tries;
	if (++outbox.tries < TRIES)
		return;
	count(HASS_C_SMS_GIVEN_UP);
	outbox.todo = 0;
}

void outbox_result(enum outbox_result result)
{
	alarm_lock(false);
	if (result != OUTBOX_REFUSED)
		charge();
	if (result == OUTBOX_SENT)
		sent();
	else
		failed();
	if (outbox.todo && !(outbox.todo & (uint8_t)~outbox.skip))
		end_pass();
	if (!outbox.todo)
		end_round();
}

void outbox_poll(void)
{
	if (!tick_second())
		return;
	if (outbox.pause)
		outbox.pause--;
	if (outbox.rest && --outbox.rest == 0)
		outbox.later = 0;
}
