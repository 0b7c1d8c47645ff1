/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * control.c - the hand that turns the simulated world: one line in, one line out
 *
 * `help` lists the commands; answers are JSON.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "sim.h"

static void answer(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void answer(int fd, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vdprintf(fd, format, ap);
	va_end(ap);
}

static void json_text(int fd, const char *s)
{
	answer(fd, "\"");
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			answer(fd, "\\%c", *s);
		else if ((unsigned char)*s < ' ' || (unsigned char)*s > '~')
			answer(fd, "\\u%04x", (unsigned char)*s);
		else
			answer(fd, "%c", *s);
	}
	answer(fd, "\"");
}

static void status(struct sim *sim, int fd)
{
	struct machine *m = sim->machine;

	answer(fd, "{\"ms\":%llu", (unsigned long long)sim_ms(sim));
	if (m)
		answer(fd,
		       ",\"cut\":%s,\"power_key\":%s,\"modem_reset\":%s,\"resets\":%lu,"
		       "\"overruns\":%lu,\"eeprom_writes\":%lu,\"static_ram\":%u,\"stack_free\":%u",
		       machine_pins(m)->cut ? "true" : "false",
		       machine_pins(m)->power_key ? "true" : "false",
		       machine_pins(m)->modem_reset ? "true" : "false", machine_chip(m)->resets,
		       machine_chip(m)->usart[0].overruns + machine_chip(m)->usart[1].overruns,
		       machine_chip(m)->cells.writes, machine_static_ram(m), machine_stack_free(m));
	if (sim->modem)
		answer(fd, ",\"modem_on\":%s,\"sms_stored\":%d,\"sms_sent\":%zu",
		       me3000_on(sim->modem) ? "true" : "false", me3000_stored(sim->modem),
		       me3000_sent_count(sim->modem));
	answer(fd, "}\n");
}

static void outbox(struct sim *sim, int fd, const char *args)
{
	size_t first = strtoul(args, NULL, 10);

	answer(fd, "[");
	for (size_t i = first; i < me3000_sent_count(sim->modem); i++) {
		const struct me3000_sms *sms = me3000_sent(sim->modem, i);

		answer(fd, "%s{\"to\":\"%s\",\"ms\":%llu,\"text\":", i > first ? "," : "",
		       sms->number, (unsigned long long)sms->at_ms);
		json_text(fd, sms->text);
		answer(fd, "}");
	}
	answer(fd, "]\n");
}

static void done(int fd, bool good, const char *why)
{
	if (good)
		answer(fd, "{\"ok\":true}\n");
	else
		answer(fd, "{\"ok\":false,\"error\":\"%s\"}\n", why);
}

static void sms(struct sim *sim, int fd, char *args)
{
	char *text = strchr(args, ' ');

	if (text)
		*text++ = 0;
	if (!text || strlen(args) >= ME3000_NUMBER || strlen(text) >= ME3000_TEXT)
		done(fd, false, "usage: sms NUMBER TEXT (up to 160 characters)");
	else
		done(fd, me3000_deliver(sim->modem, args, text, sim_ms(sim)), "the SIM is full");
}

static bool flag(const char *value)
{
	return !strcmp(value, "on");
}

/* Every fault of me3000.h by its name. */
static bool set_fault(struct me3000_faults *f, const char *name, const char *value)
{
	const struct {
		const char *name;
		bool *flag;
		unsigned int *number;
	} faults[] = {
		{"silent", &f->silent, NULL},	      {"no-network", &f->no_network, NULL},
		{"no-prompt", &f->no_prompt, NULL},   {"news-in-answer", &f->news_in_answer, NULL},
		{"tight", &f->tight, NULL},	      {"full-report", &f->full_report, NULL},
		{"lose-cmti", &f->lose_cmti, NULL},   {"keep-deleted", &f->keep_deleted, NULL},
		{"echo-noise", &f->echo_noise, NULL}, {"delay-ms", NULL, &f->delay_ms},
		{"send-ms", NULL, &f->send_ms},	      {"send-errors", NULL, &f->send_errors},
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(name, faults[i].name))
			continue;
		if (faults[i].flag)
			*faults[i].flag = flag(value);
		else
			*faults[i].number = strtoul(value, NULL, 10);
		return true;
	}
	return false;
}

static void fault(struct sim *sim, int fd, char *args)
{
	char *value = strchr(args, ' ');

	if (value)
		*value++ = 0;
	done(fd, value && set_fault(me3000_faults(sim->modem), args, value),
	     "usage: fault NAME on|off|NUMBER; names as in me3000.h with dashes");
}

static void power_cycle(struct sim *sim)
{
	machine_power_cycle(sim->machine, (unsigned int)sim_ms(sim));
}

static const char help[] =
	"[\"status\",\"outbox [FIRST]\",\"sms NUMBER TEXT\",\"fault NAME VALUE\",\"modem restart|on|off\","
	"\"jumper on|off\",\"power-cycle\",\"quit\",\"help\"]\n";

static void modem(struct sim *sim, int fd, const char *args)
{
	if (!strcmp(args, "restart"))
		me3000_restart(sim->modem, sim_ms(sim));
	else
		me3000_power(sim->modem, flag(args), sim_ms(sim));
	done(fd, true, "");
}

static void obey(struct sim *sim, int fd, char *line)
{
	char *args = strchr(line, ' ');

	if (args)
		*args++ = 0;
	else
		args = line + strlen(line);
	if (!strcmp(line, "status")) {
		status(sim, fd);
	} else if (!strcmp(line, "help")) {
		answer(fd, "%s", help);
	} else if (!strcmp(line, "quit")) {
		sim->stop = true;
		done(fd, true, "");
	} else if (sim->machine && !strcmp(line, "jumper")) {
		machine_jumper(sim->machine, flag(args));
		done(fd, true, "");
	} else if (sim->machine && !strcmp(line, "power-cycle")) {
		power_cycle(sim);
		done(fd, true, "");
	} else if (sim->modem && !strcmp(line, "outbox")) {
		outbox(sim, fd, args);
	} else if (sim->modem && !strcmp(line, "sms")) {
		sms(sim, fd, args);
	} else if (sim->modem && !strcmp(line, "fault")) {
		fault(sim, fd, args);
	} else if (sim->modem && !strcmp(line, "modem")) {
		modem(sim, fd, args);
	} else {
		done(fd, false, "no such command here; try help");
	}
}

void control_open(struct sim *sim, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path)) {
		fprintf(stderr, "hass-sim: --control: %s is longer than a socket's name may be\n",
			path);
		exit(2);
	}
	strcpy(address.sun_path, path);
	unlink(path);
	sim->control = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (bind(sim->control, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(sim->control, 4)) {
		fprintf(stderr, "hass-sim: --control: %s: %s\n", path, strerror(errno));
		exit(1);
	}
}

void control_accept(struct sim *sim)
{
	int fd = accept4(sim->control, NULL, NULL, SOCK_CLOEXEC);

	for (int i = 0; i < CONTROL_CLIENTS && fd >= 0; i++) {
		if (sim->client[i] >= 0)
			continue;
		sim->client[i] = fd;
		sim->len[i] = 0;
		return;
	}
	if (fd >= 0)
		close(fd);
}

static void drop(struct sim *sim, int i)
{
	close(sim->client[i]);
	sim->client[i] = -1;
}

void control_read(struct sim *sim, int i)
{
	char *text = sim->text[i], *end;
	ssize_t n = read(sim->client[i], text + sim->len[i], CONTROL_LINE - 1 - sim->len[i]);

	if (n <= 0) {
		drop(sim, i);
		return;
	}
	sim->len[i] += n;
	text[sim->len[i]] = 0;
	while ((end = strchr(text, '\n'))) {
		*end = 0;
		obey(sim, sim->client[i], text);
		sim->len[i] -= end + 1 - text;
		memmove(text, end + 1, sim->len[i] + 1);
	}
	if (sim->len[i] == CONTROL_LINE - 1)
		drop(sim, i);
}
