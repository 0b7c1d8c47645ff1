/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "scenario.h"

#define CUT HASS_S_CUT
#define RESTORE HASS_S_RESTORE

static void cut_with(struct rig *r, unsigned int counter)
{
	rig_command(r, ALICE, "CUT", rig_code(CUT, counter));
	EXPECT(rig_wait_cut(r, true, 3000));
}

static void restore_with(struct rig *r, unsigned int counter)
{
	rig_command(r, ALICE, "RESTORE", rig_code(RESTORE, counter));
	EXPECT(rig_wait_cut(r, false, 3000));
}

static void cut(struct rig *r, const void *arg)
{
	(void)arg;
	EXPECT(!rig_cut(r));
	cut_with(r, 0);
	EXPECT(rig_status(r)->flags & HASS_F_CUT);
	EXPECT(rig_wait_sent(r, 2, 20000));
	EXPECT_TEXT(rig_text(r, 0), "www: network CUT by SMS");
	EXPECT(!strcmp(rig_number(r, 0), ALICE));
	EXPECT(!strcmp(rig_number(r, 1), BOB));
	rig_run(r, 5000);
	EXPECT_INT(rig_sent(r), 2);
	EXPECT_INT(me3000_stored(r->modem), 0);
	EXPECT_INT(rig_counter(r, HASS_C_SMS_SENT), 2);
	EXPECT_INT(rig_status(r)->notes, 0);
}

static void restore(struct rig *r, const void *arg)
{
	(void)arg;
	cut_with(r, 0);
	restore_with(r, 0);
	EXPECT(rig_wait_sent(r, 4, 30000));
	EXPECT_INT(rig_told(r, "network CUT by SMS"), 2);
	EXPECT_INT(rig_told(r, "network RESTORED"), 2);
}

static void refused(struct rig *r, const char *from, const char *word, const char *code)
{
	bool was = rig_cut(r);
	unsigned int wrong = rig_counter(r, HASS_C_CODE_WRONG),
		     told = rig_told(r, "code wrong or used");

	rig_command(r, from, word, code);
	rig_run(r, 8000);
	EXPECT_INT(rig_cut(r), was);
	EXPECT_INT(rig_counter(r, HASS_C_CODE_WRONG), wrong + 1);
	EXPECT_INT(rig_told(r, "code wrong or used"), told + 1);
}

static void cut_replay(struct rig *r, const void *arg)
{
	(void)arg;
	cut_with(r, 0);
	restore_with(r, 0);
	refused(r, ALICE, "CUT", rig_code(CUT, 0));
	refused(r, BOB_SEEN, "RESTORE", rig_code(RESTORE, 0));
}

static void replay_after_power_loss(struct rig *r, const void *arg)
{
	(void)arg;
	cut_with(r, 0);
	restore_with(r, 0);
	rig_wait_sent(r, 4, 30000);
	rig_power_cycle(r, 7);
	rig_ready(r);
	EXPECT(!rig_cut(r));
	refused(r, ALICE, "CUT", rig_code(CUT, 0));
	cut_with(r, 1);
	refused(r, ALICE, "RESTORE", rig_code(RESTORE, 0));
	restore_with(r, 1);
}

static void look_ahead(struct rig *r, const void *arg)
{
	(void)arg;
	refused(r, ALICE, "CUT", rig_code(CUT, HASS_LOOK_AHEAD));
	cut_with(r, HASS_LOOK_AHEAD - 1);
	restore_with(r, 4);
	refused(r, ALICE, "RESTORE", rig_code(RESTORE, 3)); /* void: skipped */
	refused(r, ALICE, "CUT", rig_code(CUT, 5));
	cut_with(r, HASS_LOOK_AHEAD);
}

static void secrets_apart(struct rig *r, const void *arg)
{
	(void)arg;
	refused(r, ALICE, "CUT", rig_code(RESTORE, 0));
	cut_with(r, 0);
	refused(r, ALICE, "RESTORE", rig_code(CUT, 1));
}

static void stranger(struct rig *r, const void *arg)
{
	const char *from = arg;

	rig_command(r, from, "CUT", rig_code(CUT, 0));
	rig_sms(r, from, "STATUS");
	rig_run(r, 8000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), 0);
	EXPECT_INT(rig_counter(r, HASS_C_SMS_STRANGER), 2);
	EXPECT_INT(me3000_stored(r->modem), 0);
	EXPECT_INT(rig_status(r)->tokens[HASS_B_CUT], HASS_TRIES);
}

static void other_spelling(struct rig *r, const void *arg)
{
	char text[64];

	const char *const *around = arg;

	snprintf(text, sizeof(text), "%s%s%s", around[0], rig_code(CUT, 0), around[1]);
	rig_sms(r, BOB_SEEN, text);
	EXPECT(rig_wait_cut(r, true, 3000));
}

static void syntax(struct rig *r, const void *arg)
{
	rig_sms(r, ALICE, arg);
	rig_run(r, 8000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), 1);
	EXPECT_TEXT(rig_text(r, 0), "commands: CUT code");
	EXPECT_INT(rig_counter(r, HASS_C_SMS_SYNTAX), strcasecmp(arg, "help") ? 1 : 0);
}

static void status(struct rig *r, const void *arg)
{
	(void)arg;
	rig_sms(r, BOB_SEEN, "status");
	EXPECT(rig_wait_sent(r, 1, 8000));
	EXPECT(!strcmp(rig_number(r, 0), BOB));
	EXPECT_TEXT(rig_text(r, 0), "www: network on, heartbeat off, signal 17/31");
	cut_with(r, 0);
	rig_wait_sent(r, 3, 20000);
	rig_sms(r, BOB_SEEN, "Status");
	EXPECT(rig_wait_sent(r, 4, 8000));
	EXPECT_TEXT(rig_text(r, 3), "network CUT");
}

struct foreign {
	const char *from;
	int coding, flags;
	unsigned int answers;
};

static void foreign(struct rig *r, const void *arg)
{
	const struct foreign *f = arg;
	char hex[ME3000_PDU], text[40];

	snprintf(text, sizeof(text), "CUT %s", rig_code(CUT, 0));
	me3000_make_deliver(hex, f->from, text, f->coding, f->flags);
	me3000_deliver_pdu(r->modem, hex, r->ms);
	rig_run(r, 8000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), f->answers);
	EXPECT_INT(rig_told(r, "one plain SMS"), f->answers);
	EXPECT_INT(rig_counter(r, HASS_C_SMS_FOREIGN), f->answers);
	EXPECT_INT(rig_counter(r, HASS_C_PDU_BAD), 0);
	EXPECT_INT(me3000_stored(r->modem), 0);
}

/* Flash SMS and other classes of plain text are plain text. */
static void classes(struct rig *r, const void *arg)
{
	char hex[ME3000_PDU], text[40];

	snprintf(text, sizeof(text), "CUT %s", rig_code(CUT, 0));
	me3000_make_deliver(hex, ALICE, text, *(const int *)arg, 0);
	me3000_deliver_pdu(r->modem, hex, r->ms);
	EXPECT(rig_wait_cut(r, true, 3000));
}

static void guess(struct rig *r, const char *word, int times)
{
	for (int i = 0; i < times; i++) {
		rig_command(r, ALICE, word, "00000000");
		rig_run(r, 3000);
	}
}

static void guessing(struct rig *r, const void *arg)
{
	const char *word = arg;
	int which = strcmp(word, "CUT") ? RESTORE : CUT;

	if (which == RESTORE)
		cut_with(r, 0);
	guess(r, word, HASS_TRIES);
	EXPECT_INT(rig_status(r)->tokens[which == CUT ? HASS_B_CUT : HASS_B_RESTORE], 0);
	rig_run(r, 10000);
	EXPECT(rig_told(r, "WARNING: wrong codes") >= 2);
	rig_command(r, ALICE, word, rig_code(which, which == CUT ? 0 : 0));
	rig_run(r, 5000);
	EXPECT_INT(rig_counter(r, HASS_C_CODE_LIMITED), 1);
	EXPECT_INT(rig_told(r, "too many wrong codes"), 1);
	EXPECT_INT(rig_cut(r), which == RESTORE);
	rig_run(r, HASS_TRY_SECONDS * 1000);
	rig_command(r, ALICE, word, rig_code(which, 0));
	EXPECT(rig_wait_cut(r, which == CUT, 3000));
}

/* Emptying one bucket leaves the other command alone. */
static void guessing_apart(struct rig *r, const void *arg)
{
	(void)arg;
	guess(r, "RESTORE", HASS_TRIES);
	cut_with(r, 0);
}

static void guessing_power(struct rig *r, const void *arg)
{
	(void)arg;
	guess(r, "RESTORE", HASS_TRIES - 1);
	EXPECT_INT(rig_status(r)->tokens[HASS_B_RESTORE], 1);
	rig_power_cycle(r, 3);
	rig_ready(r);
	EXPECT_INT(rig_status(r)->tokens[HASS_B_RESTORE], 1);
	guess(r, "RESTORE", 2);
	EXPECT_INT(rig_counter(r, HASS_C_CODE_LIMITED), 1);
}

static void cut_twice(struct rig *r, const void *arg)
{
	(void)arg;
	cut_with(r, 0);
	EXPECT(rig_wait_sent(r, 2, 20000));
	cut_with(r, 1);
	EXPECT(rig_wait_sent(r, 4, 20000));
	EXPECT_INT(rig_told(r, "network CUT by SMS"), 4);
	restore_with(r, 0);
}

static void two_messages(struct rig *r, const void *arg)
{
	(void)arg;
	rig_sms(r, MALLORY, "hello");
	rig_command(r, BOB_SEEN, "CUT", rig_code(CUT, 0));
	rig_sms(r, ALICE, "STATUS");
	EXPECT(rig_wait_cut(r, true, 3000));
	EXPECT(rig_wait_sent(r, 3, 20000));
	EXPECT_INT(rig_told(r, "network CUT by SMS"), 2);
	EXPECT_INT(rig_told(r, "heartbeat"), 1);
	EXPECT_INT(me3000_stored(r->modem), 0);
}

static void no_secret(struct rig *r, const void *arg)
{
	static const uint8_t none[HASS_SECRET_SIZE];

	(void)arg;
	machine_jumper(r->machine, true);
	rig_run(r, 700);
	EXPECT_INT(rig_provision(r, HASS_I_SECRET, HASS_S_CUT, none, sizeof(none)), HASS_OK);
	machine_jumper(r->machine, false);
	EXPECT_INT(rig_status(r)->secrets, 6);
	refused(r, ALICE, "CUT", rig_code(CUT, 0));
}

#define AROUND(...)                                                                                \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}
const struct scenario auth_scenarios[] = {
	{"cut-opens-the-switches-and-confirms", cut, NULL, 0},
	{"restore-closes-them-and-confirms", restore, NULL, 0},
	{"used-codes-are-refused", cut_replay, NULL, 0},
	{"used-codes-are-refused-after-power-loss", replay_after_power_loss, NULL, 0},
	{"look-ahead-accepts-ten-and-voids-what-was-skipped", look_ahead, NULL, 0},
	{"cut-and-restore-have-separate-secrets", secrets_apart, NULL, 0},
	{"stranger-gets-no-answer", stranger, MALLORY, 0},
	{"named-sender-gets-no-answer", stranger, "Alice", 0},
	{"short-number-gets-no-answer", stranger, "0001", 0},
	{"number-with-same-end-but-too-short-gets-no-answer", stranger, "5672056", 0},
	{"longer-number-with-other-begin-gets-no-answer", stranger, "+8613700000001", 0},
	{"command-in-lower-case", other_spelling, AROUND("cut ", ""), 0},
	{"command-with-blanks-around", other_spelling, AROUND("  Cut   ", "  "), 0},
	{"command-with-line-end", other_spelling, AROUND("CUT ", "\r\n"), 0},
	{"syntax-no-code", syntax, "CUT", 0},
	{"syntax-seven-digits", syntax, "CUT 1234567", 0},
	{"syntax-nine-digits", syntax, "CUT 123456789", 0},
	{"syntax-letter-in-code", syntax, "CUT 1234567a", 0},
	{"syntax-word-behind-code", syntax, "CUT 12345678 x", 0},
	{"syntax-no-blank", syntax, "CUT12345678", 0},
	{"syntax-longer-word", syntax, "CUTS 12345678", 0},
	{"syntax-sign", syntax, "CUT -1234567", 0},
	{"syntax-empty", syntax, "", 0},
	{"syntax-blank", syntax, "   ", 0},
	{"syntax-restore-no-code", syntax, "RESTORE", 0},
	{"syntax-status-with-more", syntax, "STATUS please", 0},
	{"syntax-too-long", syntax, "CUT 12345678 because the site was defaced this morning", 0},
	{"syntax-160-characters", syntax,
	 "1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678"
	 "901234567890123456789012345678901234567890123456789012345678901234567890",
	 0},
	{"help-tells-the-commands", syntax, "HELP", 0},
	{"status-tells-the-state-to-who-asked", status, NULL, 0},
	{"foreign-ucs2-gets-one-polite-answer", foreign, &(struct foreign){ALICE, 8, 0, 1}, 0},
	{"foreign-8-bit-gets-one-polite-answer", foreign, &(struct foreign){ALICE, 4, 0, 1}, 0},
	{"foreign-header-gets-one-polite-answer", foreign,
	 &(struct foreign){ALICE, 0, ME3000_UDH, 1}, 0},
	{"foreign-ucs2-from-stranger-gets-none", foreign, &(struct foreign){MALLORY, 8, 0, 0}, 0},
	{"foreign-header-from-stranger-gets-none", foreign,
	 &(struct foreign){MALLORY, 0, ME3000_UDH, 0}, 0},
	{"class-0-flash-sms-is-plain", classes, &(int){0x10}, 0},
	{"class-2-sim-sms-is-plain", classes, &(int){0xF2}, 0},
	{"guessing-cut-is-limited-not-locked", guessing, "CUT", 0},
	{"guessing-restore-is-limited-not-locked", guessing, "RESTORE", 0},
	{"guessing-restore-leaves-cut-alone", guessing_apart, NULL, 0},
	{"guessing-tokens-survive-power-loss", guessing_power, NULL, 0},
	{"cut-again-while-cut-is-confirmed-again", cut_twice, NULL, 0},
	{"messages-together-are-all-obeyed", two_messages, NULL, 0},
	{"secret-removed-command-refused", no_secret, NULL, 0},
	{0},
};
