/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * me3000_at.c - the commands that the ME3000 model knows
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "me3000_state.h"

static void cme_error(struct me3000 *m, int code)
{
	if (m->errors)
		me3000_say(m, "\r\n+CME ERROR: %d\r\n", code);
	else
		me3000_error(m);
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
		me3000_cms_error(m, 321);
		return;
	}
	me3000_say(m, "\r\n+CMGR: %d,,%d\r\n", s->read, octets(s));
	if (m->faults.news_in_answer)
		me3000_say(m, "\r\n+CREG: 1\r\n\r\n+CMTI: \"SM\",%d\r\n", ME3000_STORE);
	me3000_say(m, "%s\r\n", s->pdu);
	me3000_ok(m);
	s->read = true;
}

static void cmgl(struct me3000 *m, const char *args)
{
	int which = *args ? atoi(args) : 0;

	for (int i = 1; i <= ME3000_STORE; i++) {
		struct stored *s = m->store[i];

		if (!s || (which != 4 && which != s->read))
			continue;
		me3000_say(m, "\r\n+CMGL: %d,%d,,%d\r\n%s\r\n", i, s->read, octets(s), s->pdu);
		s->read = true;
	}
	me3000_ok(m);
}

static void cmgd(struct me3000 *m, const char *args)
{
	const char *comma = strchr(args, ',');

	if (strchr(args, '?')) {
		me3000_say(m, "\r\n+CMGD: (1-%d),(0-4)\r\n", ME3000_STORE);
	} else if (m->faults.keep_deleted) {
		me3000_cms_error(m, 500);
		return;
	} else if (comma && atoi(comma + 1) == 4) {
		for (int i = 1; i <= ME3000_STORE; i++)
			drop(m, i);
	} else if (at_index(m, args)) {
		drop(m, atoi(args));
	} else {
		me3000_cms_error(m, 321);
		return;
	}
	me3000_ok(m);
}

static void cmgs(struct me3000 *m, const char *args)
{
	m->submit_len = atoi(args);
	if (m->text_mode || m->submit_len < 8) {
		me3000_cms_error(m, 304);
		return;
	}
	if (m->faults.no_prompt)
		return;
	m->prompt = true;
	m->len = 0;
	me3000_say(m, "\r\n> ");
}

static void cpms(struct me3000 *m, const char *args)
{
	int used = me3000_stored(m);

	if (!strcmp(args, "=?"))
		me3000_say(m, "\r\n+CPMS: (\"SM\",\"ME\"),(\"SM\",\"ME\"),(\"SM\",\"ME\")\r\n");
	else if (!strcmp(args, "?"))
		me3000_say(m, "\r\n+CPMS: \"SM\",%d,%d,\"SM\",%d,%d,\"SM\",%d,%d\r\n", used, ME3000_STORE,
		    used, ME3000_STORE, used, ME3000_STORE);
	else
		me3000_say(m, "\r\n+CPMS: %d,%d,%d,%d,%d,%d\r\n", used, ME3000_STORE, used, ME3000_STORE,
		    used, ME3000_STORE);
	me3000_ok(m);
}

static void cpin(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?")) {
		me3000_say(m, "\r\n+CPIN:%s\r\n", me3000_sim_locked(m) ? "SIM PIN" : "READY");
		me3000_ok(m);
		return;
	}
	args += strspn(args, "=\"");
	if (strncmp(args, m->faults.pin, strlen(m->faults.pin)) == 0) {
		m->pin_given = true;
		m->registered_at = m->now + 1000;
		me3000_ok(m);
		return;
	}
	m->faults.pin_tries++;
	cme_error(m, 16);
}

static void creg(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?"))
		me3000_say(m, "\r\n+CREG: 0,%d\r\n", me3000_registered(m) ? 1 : 2);
	else if (!strcmp(args, "=?"))
		me3000_say(m, "\r\n+CREG: (0-2)\r\n");
	me3000_ok(m);
}

static void csq(struct me3000 *m, const char *args)
{
	(void)args;
	me3000_say(m, "\r\n+CSQ: %d,99\r\n", me3000_registered(m) ? 17 : 99);
	me3000_ok(m);
}

static void cnmi(struct me3000 *m, const char *args)
{
	const char *comma = strchr(args, ',');

	if (!strcmp(args, "=?"))
		me3000_say(m, "\r\n+CNMI: (0-3),(0-3),(0,2,3),(0,1),(0,1)\r\n");
	else if (!strcmp(args, "?"))
		me3000_say(m, "\r\n+CNMI: 0,%d,0,0,0\r\n", m->news);
	else
		m->news = comma ? atoi(comma + 1) : 0;
	me3000_ok(m);
}

static void cmgf(struct me3000 *m, const char *args)
{
	if (!strcmp(args, "?"))
		me3000_say(m, "\r\n+CMGF: %d\r\n", m->text_mode);
	else if (!strcmp(args, "=?"))
		me3000_say(m, "\r\n+CMGF: (0,1)\r\n");
	else
		m->text_mode = args[0] == '=' && args[1] == '1';
	me3000_ok(m);
}

static void cmee(struct me3000 *m, const char *args)
{
	if (args[0] == '=' && isdigit((unsigned char)args[1]))
		m->errors = args[1] - '0';
	me3000_ok(m);
}

static void echo_set(struct me3000 *m, const char *args)
{
	m->echo = *args == '1';
	me3000_ok(m);
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
			me3000_say(m, "\r\n%s\r\n", facts[i].answer);
		me3000_ok(m);
		return true;
	}
	return false;
}

void me3000_obey(struct me3000 *m, const char *command)
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
	me3000_error(m);
}
