/* SPDX-License-Identifier: Apache-2.0 */
#include "modem.h"
#include "at.h"
#include "auth.h"
#include "config.h"
#include "count.h"
#include "flash.h"
#include "hal.h"
#include "outbox.h"
#include "pdu.h"
#include "state.h"

enum step {
	S_AT,
	S_ECHO,
	S_CMEE,
	S_CPIN,
	S_PIN,
	S_CMGF,
	S_CPMS,
	S_CNMI,
	S_CREG, /* from here on the modem is set up */
	S_CSQ,
	S_USED,
	S_READ,
	S_DELETE,
	S_SEND,
	S_BODY,
	STEPS,
};

enum result {
	R_OK,
	R_ERROR,
};

enum sim {
	SIM_OTHER, /* or not said */
	SIM_READY,
	SIM_PIN,
};

/* In the order of enum step. */
static const char commands[] PROGMEM = "AT\0"
				       "ATE0\0"
				       "AT+CMEE=1\0"
				       "AT+CPIN?\0"
				       "AT+CPIN=\"\0"
				       "AT+CMGF=0\0"
				       "AT+CPMS=\"SM\",\"SM\",\"SM\"\0"
				       "AT+CNMI=2,1,0,0,0\0"
				       "AT+CREG?\0"
				       "AT+CSQ\0"
				       "AT+CPMS?\0"
				       "AT+CMGR=\0"
				       "AT+CMGD=\0"
				       "AT+CMGS=\0";

#define ANSWER_SECONDS 10 /* until the modem counts as silent */
#define HELLO_SECONDS 2	  /* likewise, where nobody knows whether it is there */
#define SUBMIT_SECONDS 60 /* likewise, for the network to take a message */
#define RETRY 5		  /* seconds, after an ERROR during set-up */
#define SEARCH_PAUSE 3	  /* between two looks for a network */
#define SEARCH_LIMIT 100  /* looks without a network until the modem is reset */
#define CHECK_EVERY 30	  /* seconds: registration, signal, storage */
#define SILENT_LIMIT 3	  /* unanswered commands until the modem is reset */
#define RESET_TICKS 50	  /* 500 ms */
#define KEY_TICKS 300	  /* 3 s */
#define BOOT_SECONDS 8
#define SETTLE 2 /* seconds after a banner */
#define SIGNAL_UNKNOWN 99
#define TOTAL_UNKNOWN 50 /* what a SIM holds, if the modem does not say */
#define ESCAPE 0x1B
#define SUBMIT 0x1A

static struct {
	struct at_rx at;
	struct pdu_in pdu;
	uint16_t due;	     /* tick: the command times out, or the pause ends */
	const char *command; /* what is left of its text, in flash */
	uint16_t out;	     /* next character of its argument, or of the body */
	uint8_t step;
	uint8_t next_check; /* seconds */
	uint8_t silent;	    /* unanswered commands in a row */
	uint8_t search;
	uint8_t signal, used, total;
	uint8_t inbox; /* index announced by +CMTI, 0 = none */
	uint8_t sweep; /* next index to look at, 0 = none */
	uint8_t index; /* being read; then to be deleted */
	bool waiting;  /* for an answer, else for `due` */
	bool sending;  /* characters of the command are left */
	bool registered;
	bool power;    /* press the key, not the reset, next */
	bool pulse;    /* one of the lines is being held */
	bool header;   /* +CMGR seen */
	bool taken;    /* the message went to auth */
	bool delete;   /* index waits for deletion; also across a restart of the modem */
	bool reread;   /* a garbled message gets a second chance */
	bool accepted; /* +CMGS seen */
	bool again;    /* something came during a sweep */
	bool idle;     /* set up, nothing under way */
	uint8_t sim;   /* what +CPIN said: SIM_* */
} m;

static void after_ticks(uint16_t ticks)
{
	m.due = tick_now() + ticks;
}

static bool due(void)
{
	return (int16_t)(tick_now() - m.due) >= 0;
}

static uint8_t seconds(uint8_t step)
{
	return step == S_AT ? HELLO_SECONDS : step == S_BODY ? SUBMIT_SECONDS : ANSWER_SECONDS;
}

static void begin(uint8_t step)
{
	m.step = step;
	m.out = 0;
	m.sending = m.waiting = true;
	m.header = m.taken = m.idle = false;
	m.sim = SIM_OTHER;
	m.command = flash_nth(commands, step);
	after_ticks(100U * seconds(step));
}

/* Nothing to say for a while, then `step`. */
static void pause(uint8_t step, uint8_t seconds)
{
	m.step = step;
	m.sending = m.waiting = m.idle = false;
	after_ticks(100U * seconds);
}

static bool set_up(void)
{
	return m.step >= S_CREG;
}

void modem_init(void)
{
	memset(&m, 0, sizeof(m));
	m.signal = SIGNAL_UNKNOWN;
	m.total = TOTAL_UNKNOWN;
	m.power = true; /* at start it may simply be off */
	begin(S_AT);
}

enum hass_modem modem_state(void)
{
	if (m.pulse)
		return HASS_MODEM_DOWN;
	if (m.step == S_AT)
		return HASS_MODEM_SILENT;
	if (!set_up())
		return HASS_MODEM_SETUP;
	return m.registered ? HASS_MODEM_READY : HASS_MODEM_SEARCH;
}

uint8_t modem_signal(void)
{
	return m.signal;
}

uint8_t modem_sim_used(void)
{
	return m.used;
}

/* --- what to say --- */

static char digit(uint8_t number, uint8_t at)
{
	uint8_t unit = number > 99 ? 100 : number > 9 ? 10 : 1;

	while (at-- && unit)
		unit /= 10;
	return unit ? '0' + number / unit % 10 : '\r';
}

static char argument(uint8_t at)
{
	char c;

	switch (m.step) {
	case S_READ:
	case S_DELETE:
		return digit(m.index, at);
	case S_SEND:
		return digit(outbox_size(), at);
	case S_PIN:
		c = config_pin(at);
		if (c)
			return c;
		return at && config_pin(at - 1) ? '"' : '\r';
	}
	return '\r';
}

static char hex(uint8_t nibble)
{
	return nibble < 10 ? '0' + nibble : 'A' + nibble - 10;
}

static char body(uint16_t at)
{
	uint8_t octet = at / 2;

	if (octet > outbox_size())
		return SUBMIT;
	octet = outbox_octet(octet);
	return hex(at % 2 ? octet & 15 : octet >> 4);
}

static char next_character(void)
{
	char c = pgm_read_byte(m.command);

	if (m.step == S_BODY)
		return body(m.out++);
	if (!c)
		return argument(m.out++);
	m.command++;
	return c;
}

static bool speakable(void)
{
	return (m.step != S_PIN && m.step != S_BODY) || config_readable();
}

/* PIN and message bodies come from the EEPROM: not while a byte is being programmed. */
static void talk(void)
{
	char c;

	while (m.sending && uart_room(UART_MODEM) && speakable()) {
		c = next_character();
		uart_put(UART_MODEM, c);
		if (c == '\r' || c == SUBMIT)
			m.sending = false;
		if (m.step == S_BODY)
			break; /* composing takes long: one a turn */
	}
}

/* --- trouble --- */

static void give_up_sending(enum outbox_result result)
{
	if (m.step == S_SEND || m.step == S_BODY)
		outbox_result(result);
}

static void restart(uint8_t seconds)
{
	give_up_sending(OUTBOX_UNKNOWN);
	m.registered = false;
	m.signal = SIGNAL_UNKNOWN;
	pause(S_AT, seconds);
}

/* One line at a time: a reset first, unless it never answered, then the key in turn. */
static void pull(void)
{
	m.silent = 0;
	m.pulse = true;
	m.sending = m.waiting = m.idle = false;
	m.step = S_AT;
	if (m.power) {
		count(HASS_C_MODEM_POWER);
		board_power_key(true);
		after_ticks(KEY_TICKS);
	} else {
		count(HASS_C_MODEM_RESET);
		board_modem_reset(true);
		after_ticks(RESET_TICKS);
	}
	m.power = !m.power;
}

static void let_go(void)
{
	board_power_key(false);
	board_modem_reset(false);
	m.pulse = false;
	pause(S_AT, BOOT_SECONDS);
}

static void silent(void)
{
	count(HASS_C_AT_TIMEOUT);
	if (m.step == S_SEND || m.step == S_BODY)
		uart_put(UART_MODEM, ESCAPE); /* leave the prompt, if it stands */
	restart(0);
	if (++m.silent >= SILENT_LIMIT)
		pull();
}

/* --- what was answered --- */

/* Everything there is will be looked at, if need be once more. */
static void sweep_again(void)
{
	if (m.sweep)
		m.again = true;
	else
		m.sweep = 1;
}

static void pick(void)
{
	m.step = S_CREG;
	m.sending = m.waiting = false;
	m.idle = true;
}

static void garbled(void)
{
	count(HASS_C_PDU_BAD);
	m.delete = m.reread;
	m.reread = !m.reread;
	if (!m.reread)
		return;
	if (m.inbox)
		sweep_again();
	m.inbox = m.index;
}

/* An empty place is an error or only OK, by model. */
static void read_done(void)
{
	if (m.taken) {
		m.delete = true; /* when auth has finished with it */
		m.reread = false;
	} else if (m.header) {
		garbled();
	}
	pick();
}

static void registration_done(void)
{
	if (m.registered) {
		m.search = 0;
		begin(S_CSQ);
	} else if (++m.search >= SEARCH_LIMIT) {
		m.search = 0;
		m.power = false;
		pull();
	} else {
		begin(S_USED); /* commands may wait on the SIM */
	}
}

/* Three refusals lock the SIM: after one the PIN is not tried again until provisioned anew. */
static void cpin_done(enum result result)
{
	if (result == R_OK && m.sim == SIM_READY)
		begin(S_CMGF);
	else if (result == R_OK && m.sim == SIM_PIN && config.pin && !(state.flags & STATE_PIN_BAD))
		begin(S_PIN);
	else
		pause(S_CPIN, RETRY);
}

static void pin_done(enum result result)
{
	if (result == R_OK) {
		pause(S_CPIN, SETTLE);
		return;
	}
	state.flags |= STATE_PIN_BAD;
	state_save();
	pause(S_CPIN, RETRY);
}

static void sent(enum result result)
{
	if (result == R_OK || m.accepted)
		outbox_result(OUTBOX_SENT);
	else
		outbox_result(OUTBOX_REFUSED);
	pick();
}

static void set_up_done(enum result result)
{
	if (result == R_OK || m.step == S_CMEE)
		begin(m.step + 1);
	else
		pause(m.step, RETRY);
}

/* The final answer to the command of m.step. */
static void finish(enum result result)
{
	m.silent = 0;
	m.power = false;
	m.waiting = false;
	switch (m.step) {
	case S_CPIN:
		cpin_done(result);
		return;
	case S_PIN:
		pin_done(result);
		return;
	case S_CREG:
		registration_done();
		return;
	case S_CSQ:
		begin(S_USED);
		return;
	case S_USED:
		if (m.used)
			sweep_again();
		m.next_check = m.registered ? CHECK_EVERY : SEARCH_PAUSE;
		pick();
		return;
	case S_READ:
		read_done();
		return;
	case S_DELETE:
		m.delete = false;
		pick();
		return;
	case S_SEND: /* no prompt came */
		outbox_result(OUTBOX_REFUSED);
		pick();
		return;
	case S_BODY:
		sent(result);
		return;
	}
	set_up_done(result);
}

/* --- lines --- */

static void banner(void)
{
	count(HASS_C_MODEM_BANNER);
	restart(SETTLE);
}

/* An answer only to our question; at any other time the modem has just started. */
static void cpin(const char *rest)
{
	if (m.step == S_CPIN && m.waiting) {
		if (strncmp_P(rest, PSTR("READY"), 5) == 0)
			m.sim = SIM_READY;
		else if (strncmp_P(rest, PSTR("SIM PIN"), 8) == 0)
			m.sim = SIM_PIN;
		else
			m.sim = SIM_OTHER;
	} else if (set_up()) {
		banner();
	}
}

static void cmti(const char *rest)
{
	int16_t index = at_number(rest, 1);

	if (index > 0 && index < 256 && !m.inbox)
		m.inbox = index;
	else
		sweep_again();
}

/* "+CREG: 0,1" answers, "+CREG: 1" is news: the last field is the state. */
static void creg(const char *rest)
{
	int16_t stat = at_number(rest, 1);

	if (stat < 0)
		stat = at_number(rest, 0);
	m.registered = stat == 1 || stat == 5;
}

/* The setting answers with numbers only, the question begins with the storage's name. */
static void cpms(const char *rest)
{
	uint8_t first = at_number(rest, 0) < 0;
	int16_t used = at_number(rest, first), total = at_number(rest, first + 1);

	m.used = used < 0 ? 0 : used > 255 ? 255 : used;
	m.total = total <= 0 ? TOTAL_UNKNOWN : total > 254 ? 254 : total;
}

static void csq(const char *rest)
{
	int16_t signal = at_number(rest, 0);

	m.signal = (uint16_t)signal <= 31 ? signal : SIGNAL_UNKNOWN;
}

static void header(void)
{
	if (m.step != S_READ || !m.waiting)
		return;
	m.header = true;
	pdu_begin(&m.pdu);
}

static void final(enum result result)
{
	if (result == R_ERROR)
		count(HASS_C_AT_ERROR);
	if (m.waiting && !m.sending)
		finish(result);
}

static void line(void)
{
	const char *rest;

	if (m.at.cut)
		count(HASS_C_AT_LONG);
	switch (at_word(m.at.line, &rest)) {
	case AT_OK:
		final(R_OK);
		break;
	case AT_ERROR:
	case AT_CMS_ERROR:
		final(R_ERROR);
		break;
	case AT_CMTI:
		cmti(rest);
		break;
	case AT_CMGR:
		header();
		break;
	case AT_CMGS:
		m.accepted = m.step == S_BODY;
		break;
	case AT_CPIN:
		cpin(rest);
		break;
	case AT_CREG:
		creg(rest);
		break;
	case AT_CSQ:
		csq(rest);
		break;
	case AT_CPMS:
		cpms(rest);
		break;
	case AT_CFUN:
		banner();
		break;
	case AT_FULL:
		count(HASS_C_SIM_FULL);
		sweep_again();
		break;
	case AT_UNKNOWN:
		count(HASS_C_AT_UNKNOWN);
		break;
	}
}

static void prompt(void)
{
	if (m.step != S_SEND || !m.waiting || m.sending)
		return;
	m.accepted = false;
	begin(S_BODY);
}

/* The command is obeyed at the end of its line, before the modem's OK. */
static void pdu_end(void)
{
	if (!m.header || m.taken || !pdu_complete(&m.pdu))
		return;
	m.taken = true;
	auth_message(&m.pdu);
}

static void listen(void)
{
	int16_t c;

	while ((c = uart_get(UART_MODEM)) >= 0) {
		switch (at_feed(&m.at, c)) {
		case AT_LINE:
			line();
			break;
		case AT_PROMPT:
			prompt();
			break;
		case AT_HEX:
			if (m.header && !m.taken)
				pdu_feed(&m.pdu, c);
			break;
		case AT_HEX_END:
			pdu_end();
			break;
		case AT_MORE:
			break;
		}
	}
}

/* --- what next --- */

static void read(uint8_t index)
{
	m.index = index;
	begin(S_READ);
}

static void sweep(void)
{
	uint8_t index = m.sweep++;

	if (index <= m.total) {
		read(index);
		return;
	}
	m.sweep = m.again;
	m.again = false;
}

/* Reading comes before sending: a CUT may be among what is read. */
static void next(void)
{
	uint8_t index = m.inbox;

	if (auth_busy() || !config_readable())
		return;
	if (m.delete) {
		begin(S_DELETE);
	} else if (index) {
		m.inbox = 0;
		read(index);
	} else if (m.sweep) {
		sweep();
	} else if (m.registered && outbox_next()) {
		begin(S_SEND);
	} else if (m.next_check == 0) {
		begin(S_CREG);
	}
}

static void time(void)
{
	if (m.pulse)
		let_go();
	else if (m.waiting)
		silent();
	else if (!m.idle)
		begin(m.step);
}

void modem_poll(void)
{
	if (tick_second() && m.next_check)
		m.next_check--;
	listen();
	talk();
	if (m.idle)
		next();
	else if (due())
		time();
}
