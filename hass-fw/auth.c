/* SPDX-License-Identifier: Apache-2.0 */
#include "auth.h"
#include "bucket.h"
#include "config.h"
#include "count.h"
#include "flash.h"
#include "hal.h"
#include "hotp.h"
#include "mac.h"
#include "netcut.h"
#include "outbox.h"
#include "state.h"
#include "text.h"

enum step {
	IDLE,
	WHO,	/* waits for readable EEPROM to compare the sender */
	CHARGE, /* a RESTORE try is paid and stored before it is looked at */
	CHECK,	/* one HOTP value after the other */
	STORE,	/* the outcome */
};

static struct {
	const struct pdu_in *sms;
	uint32_t code;
	uint8_t message[HOTP_MESSAGE];
	uint8_t step;
	uint8_t who;   /* index of the sender's phone */
	uint8_t key;   /* HASS_S_CUT or HASS_S_RESTORE */
	uint8_t ahead; /* how far the look-ahead is */
} auth;

void auth_init(void)
{
	auth.step = IDLE;
}

bool auth_busy(void)
{
	return auth.step != IDLE;
}

void auth_message(const struct pdu_in *sms)
{
	count(HASS_C_SMS_IN);
	auth.sms = sms;
	auth.step = WHO;
	auth_poll(); /* a turn earlier */
}

static bool listed(void)
{
	uint8_t phone[HASS_PHONE_SIZE];

	if (auth.sms->flags & PDU_NAMELESS)
		return false;
	for (auth.who = 0; auth.who < HASS_PHONES; auth.who++) {
		if (!(config.phones & 1 << auth.who))
			continue;
		config_phone(auth.who, phone);
		if (phone_same(phone, auth.sms->phone))
			return true;
	}
	return false;
}

static void finish(enum text_kind answer)
{
	if (answer != TEXT_NONE)
		outbox_reply(auth.who, answer);
	auth.step = IDLE;
}

/* Behind the word and at least one blank; NULL if the text is not that command. */
static const char *command(const char *text, const char *word)
{
	uint8_t len = strlen_P(word);

	while (*text == ' ')
		text++;
	if (strncmp_P(text, word, len) != 0 || (text[len] && text[len] != ' '))
		return NULL;
	text += len;
	while (*text == ' ')
		text++;
	return text;
}

static void compute(void)
{
	hotp_message(state.counter[auth.key] + auth.ahead, auth.message);
	mac_start(MAC_AUTH, auth.key, auth.message, HOTP_MESSAGE);
	auth.step = CHECK;
}

static enum hass_bucket bucket(void)
{
	return auth.key == HASS_S_CUT ? HASS_B_CUT : HASS_B_RESTORE;
}

static bool secret_known(void)
{
	return config.secrets & 1 << auth.key;
}

/* The try that empties the bucket is the one worth a warning. */
static void charge(void)
{
	bucket_take(bucket());
	if (bucket_level(bucket()) == 0)
		state.notes |= 1 << HASS_N_GUESSING;
	state_save();
}

static void code(uint8_t key, const char *text)
{
	auth.key = key;
	auth.ahead = 0;
	if (!hotp_parse(text, &auth.code)) {
		count(HASS_C_SMS_SYNTAX);
		finish(TEXT_HELP);
	} else if (!secret_known()) {
		count(HASS_C_CODE_WRONG);
		finish(TEXT_WRONG);
	} else if (bucket_level(bucket()) == 0) {
		count(HASS_C_CODE_LIMITED);
		finish(TEXT_LIMITED);
	} else if (key == HASS_S_CUT) {
		compute();
	} else {
		charge();
		auth.step = CHARGE;
	}
}

static void obey(void)
{
	const char *text = auth.sms->text;
	const char *rest;

	if (auth.sms->flags & PDU_FOREIGN) {
		count(HASS_C_SMS_FOREIGN);
		finish(TEXT_FOREIGN);
	} else if (auth.sms->flags & PDU_LONG) {
		count(HASS_C_SMS_SYNTAX);
		finish(TEXT_HELP);
	} else if ((rest = command(text, PSTR("CUT")))) {
		code(HASS_S_CUT, rest);
	} else if ((rest = command(text, PSTR("RESTORE")))) {
		code(HASS_S_RESTORE, rest);
	} else if ((rest = command(text, PSTR("STATUS"))) && !*rest) {
		finish(TEXT_STATUS);
	} else {
		if (!((rest = command(text, PSTR("HELP"))) && !*rest))
			count(HASS_C_SMS_SYNTAX);
		finish(TEXT_HELP);
	}
}

/* The counter moves behind the code that was used: it and all before it are void. */
static void right(void)
{
	state.counter[auth.key] += auth.ahead + 1;
	if (auth.key == HASS_S_CUT) {
		netcut_cut(HASS_N_CUT_SMS);
	} else {
		state.tokens[HASS_B_RESTORE]++; /* it was no guess */
		netcut_restore();
	}
	auth.step = STORE;
}

static void wrong(void)
{
	count(HASS_C_CODE_WRONG);
	if (auth.key == HASS_S_CUT)
		charge();
	finish(TEXT_WRONG);
}

static void check(void)
{
	uint32_t code;

	if (mac_owner() != MAC_AUTH || !mac_done())
		return;
	code = hotp_code(mac_digest());
	mac_release();
	if (code == auth.code)
		right();
	else if (++auth.ahead < HASS_LOOK_AHEAD)
		compute();
	else
		wrong();
}

void auth_poll(void)
{
	if (auth.step == WHO && config_readable()) {
		if (listed()) {
			obey();
		} else {
			count(HASS_C_SMS_STRANGER);
			finish(TEXT_NONE);
		}
	} else if (auth.step == CHARGE && state_saved()) {
		compute();
	} else if (auth.step == CHECK) {
		check();
	} else if (auth.step == STORE && state_saved()) {
		finish(TEXT_NONE);
	}
}
