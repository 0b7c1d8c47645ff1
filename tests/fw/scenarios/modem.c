/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include "scenario.h"

static struct me3000_faults *faults(struct rig *r)
{
	return me3000_faults(r->modem);
}

static void expect_cut_works(struct rig *r)
{
	size_t sent = rig_sent(r);

	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 60000));
	EXPECT(rig_wait_sent(r, sent + 2, 120000));
	EXPECT(rig_told(r, "network CUT by SMS") >= 2);
}

static void off_at_start(struct rig *r, const void *arg)
{
	(void)arg;
	me3000_power(r->modem, false, r->ms);
	rig_power_cycle(r, 6);
	rig_ready(r);
	EXPECT(me3000_on(r->modem));
	EXPECT_INT(rig_counter(r, HASS_C_MODEM_POWER), 1);
	EXPECT_INT(rig_counter(r, HASS_C_MODEM_RESET), 0);
	expect_cut_works(r);
}

static void silent(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->silent = true;
	rig_run(r, 60000);
	EXPECT(rig_counter(r, HASS_C_MODEM_RESET) >= 1);
	EXPECT(rig_status(r)->modem != HASS_MODEM_READY);
	rig_run(r, 60000);
	EXPECT(rig_counter(r, HASS_C_MODEM_POWER) >= 1);
	faults(r)->silent = false;
	rig_ready(r);
	expect_cut_works(r);
}

static void unplugged(struct rig *r, const void *arg)
{
	(void)arg;
	r->unplugged = true;
	EXPECT_INT(rig_alarm(r, 1, 1, "while unplugged"), HASS_OK);
	rig_run(r, 300000);
	r->unplugged = false;
	rig_ready(r);
	EXPECT(rig_wait_sent(r, 2, 30000));
	EXPECT_TEXT(rig_text(r, 0), "while unplugged");
}

static void restarts(struct rig *r, const void *arg)
{
	(void)arg;
	me3000_restart(r->modem, r->ms);
	rig_run(r, 6000);
	EXPECT(rig_counter(r, HASS_C_MODEM_BANNER) >= 1);
	rig_ready(r);
	EXPECT_INT(rig_counter(r, HASS_C_MODEM_RESET), 0);
	expect_cut_works(r);
}

/* The modem is restarted `arg` milliseconds after a CUT arrives: it must not be lost, nor obeyed
 * twice. */
static void restarts_in_read(struct rig *r, const void *arg)
{
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	rig_run(r, *(const int *)arg);
	me3000_restart(r->modem, r->ms);
	EXPECT(rig_wait_cut(r, true, 90000));
	EXPECT(rig_wait_sent(r, 2, 60000));
	rig_run(r, 60000);
	EXPECT_INT(me3000_stored(r->modem), 0);
	EXPECT(rig_told(r, "network CUT by SMS") >= 2);
}

static void restarts_in_send(struct rig *r, const void *arg)
{
	faults(r)->send_ms = 2000;
	EXPECT_INT(rig_alarm(r, 1, 1, "must arrive"), HASS_OK);
	rig_run(r, *(const int *)arg);
	me3000_restart(r->modem, r->ms);
	rig_run(r, 120000);
	EXPECT(rig_told(r, "must arrive") >= 2);
	EXPECT(rig_told(r, "must arrive") <= 3);
	EXPECT(!(rig_status(r)->flags & HASS_F_ALARM));
}

static void with_fault(struct rig *r, const void *arg)
{
	*faults(r) = *(const struct me3000_faults *)arg;
	rig_run(r, 3000);
	expect_cut_works(r);
}

static void lost_news(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->lose_cmti = true;
	rig_run(r, 5000);
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 45000));
}

static void full(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->silent = true;
	for (int i = 0; i < ME3000_STORE; i++)
		EXPECT(me3000_deliver(r->modem, MALLORY, "spam", r->ms) != 0);
	faults(r)->silent = false;
	faults(r)->full_report = true;
	EXPECT_INT(me3000_deliver(r->modem, ALICE, "no room", r->ms), 0);
	rig_run(r, 90000);
	EXPECT(rig_counter(r, HASS_C_SIM_FULL) >= 1);
	EXPECT_INT(me3000_stored(r->modem), 0);
	EXPECT_INT(rig_sent(r), 0);
	expect_cut_works(r);
}

static void no_network(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->no_network = true;
	rig_run(r, 40000);
	EXPECT_INT(rig_status(r)->modem, HASS_MODEM_SEARCH);
	EXPECT_INT(rig_alarm(r, 1, 1, "later"), HASS_OK);
	rig_run(r, 400000);
	EXPECT_INT(rig_sent(r), 0);
	EXPECT(rig_counter(r, HASS_C_MODEM_RESET) >= 1);
	EXPECT(rig_status(r)->flags & HASS_F_ALARM);
	faults(r)->no_network = false;
	EXPECT(rig_wait_sent(r, 2, 60000));
}

static void send_errors(struct rig *r, const void *arg)
{
	faults(r)->send_errors = *(const int *)arg;
	EXPECT_INT(rig_alarm(r, 1, 1, "at last"), HASS_OK);
	EXPECT(rig_wait_sent(r, 2, 1200000));
	EXPECT_INT(rig_counter(r, HASS_C_SMS_FAILED), *(const int *)arg);
	EXPECT_INT(rig_told(r, "at last"), 2);
	rig_run(r, 10000);
	EXPECT(!(rig_status(r)->flags & HASS_F_ALARM));
}

static void no_prompt(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->no_prompt = true;
	EXPECT_INT(rig_alarm(r, 1, 1, "prompt"), HASS_OK);
	rig_run(r, 60000);
	faults(r)->no_prompt = false;
	EXPECT(rig_wait_sent(r, 2, 400000));
}

static void give_pin(struct rig *r, const char *digits)
{
	uint8_t pin[HASS_PIN_SIZE] = {0xFF, 0xFF, 0xFF, 0xFF};

	for (int i = 0; digits[i]; i++)
		pin[i / 2] = i % 2 ? (pin[i / 2] & 15) | (digits[i] - '0') << 4
				   : 0xF0 | (digits[i] - '0');
	machine_jumper(r->machine, true);
	rig_run(r, 700);
	EXPECT_INT(rig_provision(r, HASS_I_PIN, 0, pin, sizeof(pin)), HASS_OK);
	machine_jumper(r->machine, false);
}

static void pin(struct rig *r, const void *arg)
{
	strcpy(faults(r)->pin, "271828");
	me3000_restart(r->modem, r->ms);
	rig_run(r, 30000);
	EXPECT(rig_status(r)->modem != HASS_MODEM_READY);
	give_pin(r, arg);
	rig_ready(r);
	EXPECT_INT(faults(r)->pin_tries, 0);
	expect_cut_works(r);
}

static void pin_wrong(struct rig *r, const void *arg)
{
	(void)arg;
	give_pin(r, "1234");
	strcpy(faults(r)->pin, "271828");
	me3000_restart(r->modem, r->ms);
	rig_run(r, 60000);
	EXPECT_INT(faults(r)->pin_tries, 1);
	rig_power_cycle(r, 5);
	me3000_restart(r->modem, r->ms);
	rig_run(r, 60000);
	EXPECT_INT(faults(r)->pin_tries, 1);
	EXPECT(rig_status(r)->flags & HASS_F_SIM_PIN);
	give_pin(r, "271828");
	rig_ready(r);
	EXPECT(!(rig_status(r)->flags & HASS_F_SIM_PIN));
}

static void bad_pdu(struct rig *r, const void *arg)
{
	EXPECT(me3000_deliver_pdu(r->modem, arg, r->ms) != 0);
	rig_run(r, 8000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(rig_sent(r), 0);
	EXPECT_INT(rig_counter(r, HASS_C_PDU_BAD), 2); /* it was read twice */
	EXPECT_INT(me3000_stored(r->modem), 0);
	expect_cut_works(r);
}

/* What cannot be deleted is read again and again: it must not act, nor answer for ever. */
static void kept(struct rig *r, const void *arg)
{
	(void)arg;
	faults(r)->keep_deleted = true;
	rig_command(r, ALICE, "CUT", rig_code(HASS_S_CUT, 0));
	EXPECT(rig_wait_cut(r, true, 5000));
	rig_wait_sent(r, 2, 20000);
	faults(r)->keep_deleted = false;
	rig_command(r, ALICE, "RESTORE", rig_code(HASS_S_RESTORE, 0));
	EXPECT(rig_wait_cut(r, false, 5000));
	rig_run(r, 90000);
	EXPECT(!rig_cut(r));
	EXPECT_INT(me3000_stored(r->modem), 0);
}

static void babble(struct rig *r, const void *arg)
{
	const char *text = arg;

	for (int i = 0; i < 20; i++) {
		machine_send(r->machine, MACHINE_MODEM, text, strlen(text));
		rig_run(r, 300);
	}
	EXPECT_INT(rig_sent(r), 0);
	EXPECT(!rig_cut(r));
	expect_cut_works(r);
}

#define HEAD "07916831087100F0"
const struct scenario modem_scenarios[] = {
	{"modem-off-at-start-is-switched-on", off_at_start, NULL, NOT_READY},
	{"modem-silent-is-reset-then-switched", silent, NULL, 0},
	{"modem-unplugged-and-back", unplugged, NULL, 0},
	{"modem-restart-is-noticed", restarts, NULL, 0},
	{"modem-restart-before-reading", restarts_in_read, &(int){5}, 0},
	{"modem-restart-while-reading", restarts_in_read, &(int){20}, 0},
	{"modem-restart-before-deleting", restarts_in_read, &(int){60}, 0},
	{"modem-restart-before-prompt", restarts_in_send, &(int){20}, 0},
	{"modem-restart-in-body", restarts_in_send, &(int){600}, 0},
	{"modem-restart-before-acceptance", restarts_in_send, &(int){2000}, 0},
	{"modem-news-in-the-middle-of-an-answer", with_fault,
	 &(struct me3000_faults){.news_in_answer = true}, 0},
	{"modem-without-blanks", with_fault, &(struct me3000_faults){.tight = true}, 0},
	{"modem-with-unknown-lines", with_fault, &(struct me3000_faults){.echo_noise = true}, 0},
	{"modem-slow", with_fault, &(struct me3000_faults){.delay_ms = 1500, .send_ms = 20000}, 0},
	{"modem-quick", with_fault, &(struct me3000_faults){.delay_ms = 1, .send_ms = 1}, 0},
	{"modem-news-lost-message-found", lost_news, NULL, 0},
	{"modem-storage-full-is-drained", full, NULL, 0},
	{"modem-without-network-alarm-waits", no_network, NULL, 0},
	{"modem-refuses-once", send_errors, &(int){1}, 0},
	{"modem-refuses-for-a-while", send_errors, &(int){5}, 0},
	{"modem-refuses-everybody-alarm-is-kept", send_errors, &(int){12}, 0},
	{"modem-without-prompt", no_prompt, NULL, 0},
	{"modem-asks-for-pin", pin, "271828", 0},
	{"modem-refuses-pin-tried-once-only", pin_wrong, NULL, 0},
	{"pdu-empty-line", bad_pdu, "00", 0},
	{"pdu-ends-in-sender", bad_pdu, HEAD "040D9168310800", 0},
	{"pdu-ends-in-stamp", bad_pdu, HEAD "040D91683108000000F10000621112", 0},
	{"pdu-text-shorter-than-said", bad_pdu,
	 HEAD "040D91683108000000F10000621112210300230CC32A15", 0},
	{"pdu-text-longer-than-said", bad_pdu,
	 HEAD "040D91683108000000F1000062111221030023010CC32A15", 0},
	{"pdu-odd-digits", bad_pdu, HEAD "040D91683108000000F1000062111221030023014", 0},
	{"pdu-no-digits", bad_pdu, HEAD "04XY91683108", 0},
	{"pdu-status-report", bad_pdu,
	 HEAD "06010D91683108000000F162111221030023621112210300230000", 0},
	{"pdu-submit", bad_pdu, HEAD "11000D91683108000000F10000A70141", 0},
	{"pdu-centre-too-long", bad_pdu, "FF916831087100F0040D91683108000000F1", 0},
	{"pdu-sender-too-long", bad_pdu, HEAD "04FF91683108000000F10000", 0},
	{"pdu-text-too-long", bad_pdu, HEAD "040D91683108000000F10000621112210300 23FF", 0},
	{"modem-deletes-late", kept, NULL, 0},
	{"babble-long-lines", babble,
	 "\r\n+ZDONR: \"CHINA MOBILE\",460,0,\"CS_PS\",\"ROAM_OFF\" and much more of it\r\n", 0},
	{"babble-wrong-prompts", babble, "\r\n> \r\n> \r\n", 0},
	{"babble-wrong-answers", babble, "\r\nOK\r\nERROR\r\n+CMS ERROR: 500\r\n", 0},
	{"babble-wrong-news", babble, "\r\n+CMTI: \"SM\",9999\r\n+CMTI:\r\n+CMTI: \"SM\",-1\r\n",
	 0},
	{"babble-numbers", babble, "\r\n0791\r\n+CMGR: 0,,99999\r\n0011FFEE\r\n", 0},
	{"babble-broken-facts", babble, "\r\n+CSQ:\r\n+CREG:\r\n+CPMS: \"SM\",,\r\n+CREG: 1\r\n",
	 0},
	{0},
};
