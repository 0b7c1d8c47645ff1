/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "me3000.h"
#include "sms.h"

#define LINE_MAX 400
#define KEY_MS 1800	 /* pressed at least so long: on or off */
#define BANNER_MS 2500	 /* from power to +CFUN */
#define READY_MS 4000	 /* to +CPIN: READY */
#define REGISTER_MS 7000 /* to a network */
#define ESCAPE 0x1B
#define SUBMIT 0x1A

/* Something to be said later. */
struct due {
	struct due *next;
	uint64_t at;
	size_t len;
	char bytes[];
};

struct stored {
	char pdu[ME3000_PDU];
	bool read;
};

struct me3000 {
	me3000_output output;
	void *arg;
	struct me3000_faults faults;
	struct stored *store[ME3000_STORE + 1]; /* by index, from 1 */
	struct me3000_sms *sent;
	size_t sent_count;
	struct due *queue;
	uint64_t now, last_due; /* answers keep their order */
	uint64_t registered_at;
	uint64_t pressed_at;
	bool pressed, on, pin_given;
	bool echo, text_mode, prompt;
	int errors; /* +CMEE */
	int news;   /* second field of +CNMI */
	int submit_len;
	unsigned int reference;
	char line[LINE_MAX];
	size_t len;
};

/* --- saying --- */

static void enqueue(struct me3000 *m, uint64_t at, const char *bytes, size_t len)
{
	struct due *due = malloc(sizeof(*due) + len), **p = &m->queue;

	due->at = at;
	due->len = len;
	memcpy(due->bytes, bytes, len);
	while (*p && (*p)->at <= at)
		p = &(*p)->next;
	due->next = *p;
	*p = due;
}

static void vsay(struct me3000 *m, uint64_t after_ms, const char *format, va_list ap)
{
	char text[LINE_MAX + 64];
	int len = vsnprintf(text, sizeof(text), format, ap);
	uint64_t at = m->now + after_ms;

	if (m->faults.tight && (format[0] == '\r') && strstr(text, ": ")) {
		char *colon = strstr(text, ": ") + 1;

		memmove(colon, colon + 1, strlen(colon));
		len--;
	}
	if (at < m->last_due)
		at = m->last_due;
	m->last_due = at;
	enqueue(m, at, text, len);
}

__attribute__((format(printf, 2, 3))) static void say(struct me3000 *m, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsay(m, m->faults.delay_ms ? m->faults.delay_ms : 10, format, ap);
	va_end(ap);
}

static void ok(struct me3000 *m)
{
	say(m, "\r\nOK\r\n");
}

static void error(struct me3000 *m)
{
	say(m, "\r\nERROR\r\n");
}

static void cms_error(struct me3000 *m, int code)
{
	if (m->errors)
		say(m, "\r\n+CMS ERROR: %d\r\n", code);
	else
		error(m);
}

static void cme_error(struct me3000 *m, int code)
{
	if (m->errors)
		say(m, "\r\n+CME ERROR: %d\r\n", code);
	else
		error(m);
}

static void drop_queue(struct me3000 *m)
{
	while (m->queue) {
		struct due *due = m->queue;

		m->queue = due->next;
		free(due);
	}
	m->last_due = 0;
}

/* --- power --- */

static void forget_settings(struct me3000 *m)
{
	drop_queue(m);
	m->echo = true;
	m->text_mode = m->prompt = m->pin_given = false;
	m->errors = m->news = 0;
	m->len = 0;
}

static bool sim_locked(const struct me3000 *m)
{
	return m->faults.pin[0] && !m->pin_given;
}

static void boot(struct me3000 *m)
{
	forget_settings(m);
	m->on = true;
	m->registered_at = m->now + REGISTER_MS;
	enqueue(m, m->now + BANNER_MS, "\r\n+CFUN: 1\r\n", 13);
	if (!m->faults.pin[0])
		enqueue(m, m->now + READY_MS, "\r\n+CPIN: READY\r\n", 16);
}

void me3000_power(struct me3000 *m, bool on, uint64_t now_ms)
{
	m->now = now_ms;
	forget_settings(m);
	m->on = on;
	m->registered_at = now_ms;
}

void me3000_restart(struct me3000 *m, uint64_t now_ms)
{
	m->now = now_ms;
	if (m->on)
		boot(m);
}

void me3000_key(struct me3000 *m, bool pressed, uint64_t now_ms)
{
	bool was = m->pressed;

	m->now = now_ms;
	m->pressed = pressed;
	if (pressed && !was)
		m->pressed_at = now_ms;
	if (pressed || !was || now_ms - m->pressed_at < KEY_MS)
		return;
	if (m->on)
		me3000_power(m, false, now_ms);
	else
		boot(m);
}

void me3000_reset(struct me3000 *m, bool pulled, uint64_t now_ms)
{
	m->now = now_ms;
	if (!m->on)
		return;
	if (pulled)
		drop_queue(m);
	else
		boot(m);
}

bool me3000_on(const struct me3000 *m)
{
	return m->on;
}

static bool registered(const struct me3000 *m)
{
	return !m->faults.no_network && !sim_locked(m) && m->now >= m->registered_at;
}

/* --- storage --- */

int me3000_stored(const struct me3000 *m)
{
	int n = 0;

	for (int i = 1; i <= ME3000_STORE; i++)
		n += m->store[i] != NULL;
	return n;
}

static int free_place(const struct me3000 *m)
{
	for (int i = 1; i <= ME3000_STORE; i++)
		if (!m->store[i])
			return i;
	return 0;
}

static void announce(struct me3000 *m, int index)
{
	if (!m->on || !m->news || m->faults.lose_cmti)
		return;
	if (m->faults.echo_noise)
		say(m, "\r\n+ZNEWS: %d\r\n", index);
	say(m, "\r\n+CMTI: \"SM\", %d\r\n", index);
}

int me3000_deliver_pdu(struct me3000 *m, const char *hex, uint64_t now_ms)
{
	int index = free_place(m);

	m->now = now_ms;
	if (!index) {
		if (m->faults.full_report)
			say(m, "\r\n+ZSMGS:FULL\r\n");
		return 0;
	}
	m->store[index] = calloc(1, sizeof(struct stored));
	snprintf(m->store[index]->pdu, ME3000_PDU, "%s", hex);
	announce(m, index);
	return index;
}

int me3000_deliver(struct me3000 *m, const char *number, const char *text, uint64_t now_ms)
{
	char hex[ME3000_PDU];

	me3000_make_deliver(hex, number, text, 0, 0);
	return me3000_deliver_pdu(m, hex, now_ms);
}

static int octets(const struct stored *s)
{
	unsigned int centre = 0;

	sscanf(s->pdu, "%2X", &centre);
	return strlen(s->pdu) / 2 - 1 - centre;
}

static void drop(struct me3000 *m, int index)
{
	free(m->store[index]);
	m->store[index] = NULL;
}

static struct stored *at_index(struct me3000 *m, const char *args)
{
	int index = atoi(args);

	return index >= 1 && index <= ME3000_STORE ? m->store[index] : NULL;
}

/* --- commands --- */

static void cmgr(struct me3000 *m, const char *args)
{
	struct stored *s = at_index(m, args);

	if (!s) {
		cms_error(m, 321);
		return;
	}
	say(m, "\r\n+CMGR: %d,,%d\r\n", s->read, octets(s));
	if (m->faults.news_in_answer)
		say(m, "\r\n+CREG: 1\r\n\r\n+CMTI: \"SM\",%d\r\n", ME3000_STORE);
	say(m, "%s\r\n", s->pdu);
	ok(m);
	s->read = true;
}

static void cmgl(struct me3000 *m, const char *args)
{
	int which = *args ? atoi(args) : 0;

	for (int i = 1; i <= ME3000_STORE; i++) {
		struct stored *s = m->store[i];

		if (!s || (which != 4 && which != s->read))
			continue;
		say(m, "\r\n+CMGL: %d,%d,,%d\r\n%s\r\n", i, s->read, octets(s), s->pdu);
		s->read = true;
	}
	ok(m);
}

static void cmgd(struct me3000 *m, const char *args)
{
	const char *comma = strchr(args, ',');

	if (strchr(args, '?')) {
		say(m, "\r\n+CMGD: (1-%d),(0-4)\r\n", ME3000_STORE);
	} else if (m->faults.keep_deleted) {
		cms_error(m, 500);
		return;
	} else if (comma && atoi(comma + 1) == 4) {
		for (int i = 1; i <= ME3000_STORE; i++)
			drop(m, i);
	} else if (at_index(m, args)) {
		drop(m, atoi(args));
	} else {
		cms_error(m, 321);
		return;
	}
	ok(m);
}

static void cmgs(struct me3000 *m, const char *args)
{
	m->submit_len = atoi(args);
	if (m->text_mode || m->submit_len < 8) {
		cms_error(m, 304);
		return;
	}
	if (m->faults.no_prompt)
		return;
	m->prompt = true;
	m->len = 0;
	say(m, "\r\n> ");
}

static void cpms(struct me3000 *m, const char *args)
{
	int used = me3000_stored(m);

	if (!strcmp(args, "=?"))
		say(m, "\r\n+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\",\"ME\")\r\n");
	else if (!strcmp(args, "?"))
		say(m, "\r\n+CPMS: \"SM\",%d,%d,\"SM\",%d,%d,\"SM\",%d,%d\r\n", used, ME3000_STORE,
		    used, ME3000_STORE, used, ME3000_STORE);
	else
		say(m, "\r\n+CPMS: %d,%d,%d,%d,%d,%d\r\n", used, ME3000_STORE, used, ME3000_STORE,
		    used, ME3000_STORE);
	ok(m);
}

static void cpin(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?")) {
		say(m, "\r\n+CPIN:%s\r\n", sim_locked(m) ? "SIM PIN" : "READY");
		ok(m);
		return;
	}
	args += strspn(args, "=\"");
	if (strncmp(args, m->faults.pin, strlen(m->faults.pin)) == 0) {
		m->pin_given = true;
		m->registered_at = m->now + 1000;
		ok(m);
		return;
	}
	m->faults.pin_tries++;
	cme_error(m, 16);
}

static void creg(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?"))
		say(m, "\r\n+CREG: 0,%d\r\n", registered(m) ? 1 : 2);
	else if (!strcmp(args, "=?"))
		say(m, "\r\n+CREG: (0-2)\r\n");
	ok(m);
}

static void csq(struct me3000 *m, const char *args)
{
	(void)args;
	say(m, "\r\n+CSQ: %d,99\r\n", registered(m) ? 17 : 99);
	ok(m);
}

static void cnmi(struct me3000 *m, const char *args)
{
	const char *comma = strchr(args, ',');

	if (!strcmp(args, "=?"))
		say(m, "\r\n+CNMI: (0-3),(0-3),(0,2,3),(0,1),(0,1)\r\n");
	else if (!strcmp(args, "?"))
		say(m, "\r\n+CNMI: 0,%d,0,0,0\r\n", m->news);
	else
		m->news = comma ? atoi(comma + 1) : 0;
	ok(m);
}

static void cmgf(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?"))
		say(m, "\r\n+CMGF: %d\r\n", m->text_mode);
	else if (!strcmp(args, "=?"))
		say(m, "\r\n+CMGF: (0,1)\r\n");
	else
		m->text_mode = args[0] == '=' && args[1] == '1';
	ok(m);
}

static void cmee(struct me3000 *m, const char *args)
{
	if (args[0] == '=' && isdigit((unsigned char)args[1]))
		m->errors = args[1] - '0';
	ok(m);
}

static void echo_set(struct me3000 *m, const char *args)
{
	m->echo = *args == '1';
	ok(m);
}

/* What clients ask first, and only read. */
static const struct {
	const char *command, *answer;
} facts[] = {
	{"", NULL},
	{"I", "ZTE\r\nME3000_V2\r\nME3000_V2.01"},
	{"+CGMI", "ZTE CORPORATION"},
	{"+CGMM", "ME3000_V2"},
	{"+CGMR", "ME3000_V2.01"},
	{"+CGSN", "351234567890123"},
	{"+CIMI", "460001234567890"},
	{"+CSCA?", "+CSCA: \"+8613800117000\",145"},
	{"+CSCS?", "+CSCS: \"GSM\""},
	{"+CSCS=?", "+CSCS: (\"GSM\",\"UCS2\")"},
	{"+CSMS?", "+CSMS: 0,1,1,1"},
	{"+CSMS=0", "+CSMS: 1,1,1"},
	{"+CSMS=1", "+CSMS: 1,1,1"},
	{"+COPS?", "+COPS: 0,0,\"CHINA MOBILE\""},
	{"+CSCS=\"GSM\"", NULL},
	{"+COPS=3,2", NULL},
	{"+COPS=3,0", NULL},
	{"+CFUN=1", NULL},
	{"+CFUN?", "+CFUN: 1"},
	{"+CREG=0", NULL},
	{"+CREG=2", NULL},
	{"Z", NULL},
};

static const struct {
	const char *command;
	void (*handle)(struct me3000 *m, const char *args);
} handlers[] = {
	{"+CMGR=", cmgr}, {"+CMGL=", cmgl}, {"+CMGL", cmgl}, {"+CMGD=", cmgd}, {"+CMGS=", cmgs},
	{"+CPMS", cpms},  {"+CPIN", cpin},  {"+CREG", creg}, {"+CSQ", csq},    {"+CNMI", cnmi},
	{"+CMGF", cmgf},  {"+CMEE", cmee},  {"E", echo_set},
};

static bool answer_fact(struct me3000 *m, const char *command)
{
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (strcasecmp(command, facts[i].command))
			continue;
		if (facts[i].answer)
			say(m, "\r\n%s\r\n", facts[i].answer);
		ok(m);
		return true;
	}
	return false;
}

static void obey(struct me3000 *m, const char *command)
{
	if (answer_fact(m, command))
		return;
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		size_t len = strlen(handlers[i].command);

		if (strncasecmp(command, handlers[i].command, len) == 0) {
			handlers[i].handle(m, command + len);
			return;
		}
	}
	error(m);
}

static void end_of_line(struct me3000 *m)
{
	char *at = m->line;

	m->line[m->len] = 0;
	m->len = 0;
	while (*at && strncasecmp(at, "AT", 2))
		at++;
	if (*at)
		obey(m, at + 2);
}

static void record(struct me3000 *m, const struct me3000_sms *sms)
{
	m->sent = realloc(m->sent, (m->sent_count + 1) * sizeof(*sms));
	m->sent[m->sent_count] = *sms;
	m->sent[m->sent_count++].at_ms = m->now;
}

static void submit(struct me3000 *m)
{
	struct me3000_sms sms;
	unsigned int keep = m->faults.delay_ms;

	m->line[m->len] = 0;
	m->len = 0;
	m->prompt = false;
	m->faults.delay_ms = m->faults.send_ms ? m->faults.send_ms : 300;
	if (m->faults.send_errors) {
		m->faults.send_errors--;
		cms_error(m, m->faults.send_error ? m->faults.send_error : 500);
	} else if (!registered(m)) {
		cms_error(m, 331);
	} else if (sms_read_submit(m->line, &sms) != m->submit_len) {
		cms_error(m, 304);
	} else {
		record(m, &sms);
		say(m, "\r\n+CMGS: %u\r\n", ++m->reference & 0xFF);
		ok(m);
	}
	m->faults.delay_ms = keep;
}

static void echo(struct me3000 *m, char c)
{
	if (m->echo)
		m->output(m->arg, &c, 1);
}

void me3000_input(struct me3000 *m, uint8_t byte, uint64_t now_ms)
{
	m->now = now_ms;
	if (!m->on || m->faults.silent)
		return;
	if (byte == ESCAPE) {
		m->prompt = false;
		m->len = 0;
		return;
	}
	if (byte != SUBMIT)
		echo(m, byte);
	if (m->prompt && byte == SUBMIT)
		submit(m);
	else if (!m->prompt && byte == '\r')
		end_of_line(m);
	else if (byte > ' ' && m->len < LINE_MAX - 1)
		m->line[m->len++] = byte;
}

void me3000_run(struct me3000 *m, uint64_t now_ms)
{
	m->now = now_ms;
	while (m->queue && m->queue->at <= now_ms) {
		struct due *due = m->queue;

		m->queue = due->next;
		if (m->on && !m->faults.silent)
			m->output(m->arg, due->bytes, due->len);
		free(due);
	}
}

uint64_t me3000_next(const struct me3000 *m)
{
	return m->queue ? m->queue->at : UINT64_MAX;
}

size_t me3000_sent_count(const struct me3000 *m)
{
	return m->sent_count;
}

const struct me3000_sms *me3000_sent(const struct me3000 *m, size_t i)
{
	return i < m->sent_count ? &m->sent[i] : NULL;
}

struct me3000_faults *me3000_faults(struct me3000 *m)
{
	return &m->faults;
}

struct me3000 *me3000_new(me3000_output output, void *arg)
{
	struct me3000 *m = calloc(1, sizeof(*m));

	m->output = output;
	m->arg = arg;
	me3000_power(m, true, 0);
	return m;
}

void me3000_free(struct me3000 *m)
{
	if (!m)
		return;
	drop_queue(m);
	for (int i = 1; i <= ME3000_STORE; i++)
		drop(m, i);
	free(m->sent);
	free(m);
}
