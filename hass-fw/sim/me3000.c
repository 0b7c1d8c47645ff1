/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "me3000_state.h"
#include "sms.h"

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

__attribute__((format(printf, 2, 3))) void me3000_say(struct me3000 *m, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsay(m, m->faults.delay_ms ? m->faults.delay_ms : 10, format, ap);
	va_end(ap);
}

void me3000_ok(struct me3000 *m)
{
	me3000_say(m, "\r\nOK\r\n");
}

void me3000_error(struct me3000 *m)
{
	me3000_say(m, "\r\nERROR\r\n");
}

void me3000_cms_error(struct me3000 *m, int code)
{
	if (m->errors)
		me3000_say(m, "\r\n+CMS ERROR: %d\r\n", code);
	else
		me3000_error(m);
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

bool me3000_sim_locked(const struct me3000 *m)
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

bool me3000_registered(const struct me3000 *m)
{
	return !m->faults.no_network && !me3000_sim_locked(m) && m->now >= m->registered_at;
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
		me3000_say(m, "\r\n+ZNEWS: %d\r\n", index);
	me3000_say(m, "\r\n+CMTI: \"SM\", %d\r\n", index);
}

int me3000_deliver_pdu(struct me3000 *m, const char *hex, uint64_t now_ms)
{
	int index = free_place(m);

	m->now = now_ms;
	if (!index) {
		if (m->faults.full_report)
			me3000_say(m, "\r\n+ZSMGS:FULL\r\n");
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

static void end_of_line(struct me3000 *m)
{
	char *at = m->line;

	m->line[m->len] = 0;
	m->len = 0;
	while (*at && strncasecmp(at, "AT", 2))
		at++;
	if (*at)
		me3000_obey(m, at + 2);
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
		me3000_cms_error(m, m->faults.send_error ? m->faults.send_error : 500);
	} else if (!me3000_registered(m)) {
		me3000_cms_error(m, 331);
	} else if (sms_read_submit(m->line, &sms) != m->submit_len) {
		me3000_cms_error(m, 304);
	} else {
		record(m, &sms);
		me3000_say(m, "\r\n+CMGS: %u\r\n", ++m->reference & 0xFF);
		me3000_ok(m);
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
		free(m->store[i]);
	free(m->sent);
	free(m);
}
