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
	CHECK,	/* against the expected codes */
	STORE,	/* the outcome */
};

/*
 * The codes that CUT will take are computed while nothing else is to be done, so that a CUT
 * has to compute nothing. Those of RESTORE are not: see doc/ARCHITECTURE.
 */

static struct {
	const struct pdu_in *sms;
	uint32_t code;
	uint32_t expected[HASS_LOOK_AHEAD]; /* CUT codes from the counter on */
	uint8_t known;			    /* of them */
	uint8_t step;
	uint8_t who;   /* index of the sender's phone */
	uint8_t key;   /* HASS_S_CUT or HASS_S_RESTORE */
	uint8_t ahead; /* how far the look-ahead is */
} auth;

void auth_init(void)
{
	auth.step = IDLE;
	auth_forget();
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

/* What is under way belongs to the old counter or secret as well. */
void auth_forget(void)
{
	auth.known = 0;
	if (mac_is(HASS_S_CUT))
		mac_release();
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

static void compute(uint8_t key, uint8_t ahead)
{
	mac_start(key, HOTP_MESSAGE)[1] = state.counter[key] + ahead;
}

static enum hass_bucket bucket(void)
{
	return auth.key == HASS_S_CUT ? HASS_B_CUT : HASS_B_RESTORE;
}

static bool secret_known(uint8_t key)
{
	return config.secrets & 1 << key;
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
	} else if (!secret_known(key)) {
		count(HASS_C_CODE_WRONG);
		finish(TEXT_WRONG);
	} else if (bucket_level(bucket()) == 0) {
		count(HASS_C_CODE_LIMITED);
		finish(TEXT_LIMITED);
	} else if (key == HASS_S_CUT) {
		auth.step = CHECK;
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
		auth_forget();
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

static uint32_t computed(void)
{
	uint32_t code = hotp_code(mac_digest());

	mac_release();
	return code;
}

/* RESTORE computes as it goes; CUT only waits, shortly after a start, for what is not known yet. */
static void check(void)
{
	uint32_t code;

	while (auth.step == CHECK) {
		if (auth.key == HASS_S_CUT) {
			if (auth.ahead >= auth.known)
				return;
			code = auth.expected[auth.ahead];
		} else if (mac_done(HASS_S_RESTORE)) {
			code = computed();
		} else {
			if (!mac_is(HASS_S_RESTORE))
				compute(HASS_S_RESTORE, auth.ahead);
			return;
		}
		if (code == auth.code)
			right();
		else if (++auth.ahead == HASS_LOOK_AHEAD)
			wrong();
	}
}

static void foresee(void)
{
	if (mac_done(HASS_S_CUT))
		auth.expected[auth.known++] = computed();
	else if (mac_free() && auth.known < HASS_LOOK_AHEAD && secret_known(HASS_S_CUT))
		compute(HASS_S_CUT, auth.known);
}

static void who(void)
{
	if (listed()) {
		obey();
	} else {
		count(HASS_C_SMS_STRANGER);
		finish(TEXT_NONE);
	}
}

void auth_poll(void)
{
	foresee();
	if (auth.step == WHO && config_readable())
		who();
	else if (auth.step == CHARGE && state_saved())
		auth.step = CHECK;
	else if (auth.step == STORE && state_saved())
		finish(TEXT_NONE);
	check();
}
