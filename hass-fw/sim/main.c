/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * main.c - hass-sim: the hardware unit without hardware
 */
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "sim.h"

#define SLICE_MS 1
#define SPEED_MAX 10 /* beyond, the peers' time-outs lose their meaning */

static const char usage[] =
	"usage: hass-sim [--elf FILE --host-pty LINK] [OPTION...]\n"
	"  --elf FILE          firmware; without it only the modem runs\n"
	"  --host-pty LINK     the web server's serial port, as a link to a pty\n"
	"  --modem builtin     an ME3000 in here (default)\n"
	"  --modem pty:PATH    a modem on an existing device or pty\n"
	"  --modem-pty LINK    without --elf: serve the built-in modem to other clients\n"
	"  --control SOCKET    takes commands; `help` lists them\n"
	"  --relay-exec CMD    runs CMD cut or CMD on when the MAX312 switches\n"
	"  --relay-qmp SOCKET[,NIC]  switches the link of a QEMU network card (net0)\n"
	"  --eeprom FILE       keeps the EEPROM over runs\n"
	"  --speed X           1 to 10 times real time (1)\n"
	"  --modem-off         the modem waits for its power key\n"
	"  --jumper            the provisioning jumper is closed\n";

static volatile sig_atomic_t stopped;

static void on_signal(int signal)
{
	(void)signal;
	stopped = 1;
}

static uint64_t started_ms;

static uint64_t real_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

static uint64_t due_ms(const struct sim *sim)
{
	return (real_ms() - started_ms) * sim->speed;
}

uint64_t sim_ms(const struct sim *sim)
{
	return sim->machine ? machine_us(sim->machine) / 1000 : due_ms(sim);
}

static void on_byte(void *arg, enum machine_line line, uint8_t byte)
{
	struct sim *sim = arg;

	if (line == MACHINE_HOST)
		pty_write(&sim->host, &byte, 1);
	else if (sim->modem)
		me3000_input(sim->modem, byte, sim_ms(sim));
	else
		pty_write(&sim->line, &byte, 1);
}

static void on_pins(void *arg, const struct machine_pins *pins)
{
	static struct machine_pins last;
	struct sim *sim = arg;

	if (pins->cut != last.cut) {
		printf("%10.3f network %s\n", sim_ms(sim) / 1000.0, pins->cut ? "cut" : "on");
		fflush(stdout);
		relay_set(&sim->relay, pins->cut);
	}
	if (sim->modem && pins->power_key != last.power_key)
		me3000_key(sim->modem, pins->power_key, sim_ms(sim));
	if (sim->modem && pins->modem_reset != last.modem_reset)
		me3000_reset(sim->modem, pins->modem_reset, sim_ms(sim));
	last = *pins;
}

static void on_modem(void *arg, const char *bytes, size_t len)
{
	struct sim *sim = arg;

	if (sim->machine)
		machine_send(sim->machine, MACHINE_MODEM, bytes, len);
	else
		pty_write(&sim->line, bytes, len);
}

static void load_eeprom(struct sim *sim)
{
	FILE *f = sim->eeprom ? fopen(sim->eeprom, "rb") : NULL;

	if (!f)
		return;
	if (fread(machine_eeprom(sim->machine), 1, MEGA162_EEPROM, f) != MEGA162_EEPROM)
		fprintf(stderr, "hass-sim: --eeprom: %s is shorter than 512 bytes\n", sim->eeprom);
	fclose(f);
	machine_power_cycle(sim->machine, 2);
}

static void save_eeprom(struct sim *sim)
{
	FILE *f = sim->eeprom ? fopen(sim->eeprom, "wb") : NULL;

	if (!sim->eeprom)
		return;
	if (!f || fwrite(machine_eeprom(sim->machine), 1, MEGA162_EEPROM, f) != MEGA162_EEPROM)
		fprintf(stderr, "hass-sim: --eeprom: cannot write %s\n", sim->eeprom);
	if (f)
		fclose(f);
}

/* --- the loop: what has come, then a slice of virtual time --- */

static void from_host(struct sim *sim)
{
	uint8_t bytes[256];
	ssize_t n = read(sim->host.fd, bytes, sizeof(bytes));

	if (n > 0)
		machine_send(sim->machine, MACHINE_HOST, bytes, n);
}

static void from_line(struct sim *sim)
{
	uint8_t bytes[256];
	ssize_t n = read(sim->line.fd, bytes, sizeof(bytes));

	if (n > 0 && sim->machine)
		machine_send(sim->machine, MACHINE_MODEM, bytes, n);
	for (ssize_t i = 0; i < n && !sim->machine; i++)
		me3000_input(sim->modem, bytes[i], sim_ms(sim));
}

static void wait_for_work(struct sim *sim)
{
	struct pollfd fds[3 + CONTROL_CLIENTS] = {
		{sim->host.fd, POLLIN, 0},
		{sim->line.fd, POLLIN, 0},
		{sim->control, POLLIN, 0},
	};

	for (int i = 0; i < CONTROL_CLIENTS; i++)
		fds[3 + i] = (struct pollfd){sim->client[i], POLLIN, 0};
	if (poll(fds, 3 + CONTROL_CLIENTS, SLICE_MS) <= 0)
		return;
	if (fds[0].revents & POLLIN)
		from_host(sim);
	if (fds[1].revents & POLLIN)
		from_line(sim);
	if (fds[2].revents & POLLIN)
		control_accept(sim);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		if (sim->client[i] >= 0 && fds[3 + i].revents)
			control_read(sim, i);
}

static bool advance(struct sim *sim)
{
	uint64_t now = due_ms(sim);

	while (sim->machine && !stopped && sim_ms(sim) + SLICE_MS <= now) {
		machine_run(sim->machine, (sim_ms(sim) + SLICE_MS) * 1000);
		if (sim->modem)
			me3000_run(sim->modem, sim_ms(sim));
	}
	if (!sim->machine)
		me3000_run(sim->modem, now);
	if (!sim->machine || !machine_crashed(sim->machine))
		return true;
	fprintf(stderr, "hass-sim: the firmware executed what is no code\n");
	return false;
}

static int loop(struct sim *sim)
{
	started_ms = real_ms();
	while (!stopped && !sim->stop) {
		wait_for_work(sim);
		if (!advance(sim))
			return 1;
	}
	return 0;
}

static _Noreturn void bad_usage(const char *why)
{
	fprintf(stderr, "hass-sim: %s\n%s", why, usage);
	exit(2);
}

struct options {
	const char *elf, *host_pty, *modem, *modem_pty, *control;
	bool modem_off, jumper;
};

static void parse(struct sim *sim, struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{"elf", 1, 0, 'e'},
		{"host-pty", 1, 0, 'h'},
		{"modem", 1, 0, 'm'},
		{"modem-pty", 1, 0, 'p'},
		{"control", 1, 0, 'c'},
		{"relay-exec", 1, 0, 'x'},
		{"relay-qmp", 1, 0, 'q'},
		{"eeprom", 1, 0, 'r'},
		{"speed", 1, 0, 's'},
		{"modem-off", 0, 0, 'o'},
		{"jumper", 0, 0, 'j'},
		{"help", 0, 0, '?'},
		{0},
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		switch (c) {
		case 'e':
			o->elf = optarg;
			break;
		case 'h':
			o->host_pty = optarg;
			break;
		case 'm':
			o->modem = optarg;
			break;
		case 'p':
			o->modem_pty = optarg;
			break;
		case 'c':
			o->control = optarg;
			break;
		case 'x':
			sim->relay.exec = optarg;
			break;
		case 'q':
			sim->relay.qmp = optarg;
			break;
		case 'r':
			sim->eeprom = optarg;
			break;
		case 's':
			sim->speed = atof(optarg);
			break;
		case 'o':
			o->modem_off = true;
			break;
		case 'j':
			o->jumper = true;
			break;
		default:
			fputs(usage, strstr(argv[optind - 1], "help") ? stdout : stderr);
			exit(strstr(argv[optind - 1], "help") ? 0 : 2);
		}
	}
}

static void check(const struct sim *sim, const struct options *o)
{
	if (sim->speed < 1 || sim->speed > SPEED_MAX)
		bad_usage("--speed must be 1 to 10");
	if (o->elf && !o->host_pty)
		bad_usage("--elf needs --host-pty for the web server's line");
	if (!o->elf && !o->modem_pty)
		bad_usage("nothing to simulate: give --elf, or --modem-pty for the modem alone");
	if (strcmp(o->modem, "builtin") && strncmp(o->modem, "pty:", 4))
		bad_usage("--modem must be builtin or pty:PATH");
}

static void build(struct sim *sim, const struct options *o)
{
	struct machine_events events = {.byte = on_byte, .pins = on_pins, .arg = sim};
	bool outside = strncmp(o->modem, "pty:", 4) == 0;

	if (!outside)
		sim->modem = me3000_new(on_modem, sim);
	if (sim->modem && o->modem_off)
		me3000_power(sim->modem, false, 0);
	if (outside)
		pty_attach(&sim->line, o->modem + 4);
	else if (!o->elf)
		pty_open(&sim->line, o->modem_pty);
	if (!o->elf)
		return;
	sim->machine = machine_new(o->elf, &events);
	if (!sim->machine)
		exit(1);
	load_eeprom(sim);
	machine_jumper(sim->machine, o->jumper);
	pty_open(&sim->host, o->host_pty);
}

int main(int argc, char **argv)
{
	struct sim sim = {
		.host = {-1, -1, NULL}, .line = {-1, -1, NULL}, .control = -1, .speed = 1};
	struct options options = {.modem = "builtin"};
	int result;

	parse(&sim, &options, argc, argv);
	check(&sim, &options);
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < CONTROL_CLIENTS; i++)
		sim.client[i] = -1;
	build(&sim, &options);
	if (options.control)
		control_open(&sim, options.control);
	result = loop(&sim);
	if (sim.machine)
		save_eeprom(&sim);
	pty_close(&sim.host);
	pty_close(&sim.line);
	if (options.control)
		unlink(options.control);
	machine_free(sim.machine);
	me3000_free(sim.modem);
	return result;
}
