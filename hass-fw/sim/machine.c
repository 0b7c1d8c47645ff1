/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "machine.h"
#include "sim_elf.h"
#include "../board.h"

struct line {
	uint8_t *bytes;
	size_t head, len, room;
	uint64_t free_at; /* when the byte under way has arrived */
};

/* A register whose writes we want to see after they have happened. */
struct hook {
	avr_io_addr_t addr;
	avr_io_write_t next;
	void *param;
};

struct machine {
	struct mega162 *chip;
	struct machine_events events;
	struct machine_pins pins;
	struct line line[MACHINE_LINES];
	unsigned int static_ram;
	struct hook hook[4];
	bool jumper;
	uint64_t cut_edge;
};

static void quiet(avr_t *avr, const int level, const char *format, va_list ap)
{
	(void)avr;
	if (level <= LOG_ERROR)
		vfprintf(stderr, format, ap);
}

/* Virtual time: who sleeps costs nothing. */
static void sleep_not(avr_t *avr, avr_cycle_count_t cycles)
{
	(void)avr;
	(void)cycles;
}

static void sample_pins(struct machine *m)
{
	const uint8_t *data = m->chip->core.data;
	const avr_ioport_t *a = &m->chip->port[0], *c = &m->chip->port[2];
	uint8_t high_a = data[a->r_port] & data[a->r_ddr];
	uint8_t high_c = data[c->r_port] & data[c->r_ddr];
	struct machine_pins now = {
		.cut = (high_a & BOARD_CUT_MASK) == BOARD_CUT_MASK,
		.power_key = high_c >> BOARD_POWER_KEY & 1,
		.modem_reset = high_c >> BOARD_MODEM_RESET & 1,
	};

	if (!memcmp(&now, &m->pins, sizeof(now)))
		return;
	if (now.cut != m->pins.cut)
		m->cut_edge = m->chip->core.cycle;
	m->pins = now;
	if (m->events.pins)
		m->events.pins(m->events.arg, &m->pins);
}

/* libsimavr's own notices come before the register has changed, and not after a reset. */
static void write_port(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	struct machine *m = param;
	struct hook *hook = m->hook;

	while (hook->addr != addr)
		hook++;
	hook->next(avr, addr, v, hook->param);
	sample_pins(m);
}

static void on_host_byte(struct avr_irq_t *irq, uint32_t value, void *param)
{
	struct machine *m = param;

	(void)irq;
	if (m->events.byte)
		m->events.byte(m->events.arg, MACHINE_HOST, value);
}

static void on_modem_byte(struct avr_irq_t *irq, uint32_t value, void *param)
{
	struct machine *m = param;

	(void)irq;
	if (m->events.byte)
		m->events.byte(m->events.arg, MACHINE_MODEM, value);
}

static struct usart *usart_of(struct machine *m, struct line *line)
{
	return &m->chip->usart[line - m->line];
}

static avr_cycle_count_t arrive(avr_t *avr, avr_cycle_count_t when, struct line *line,
				struct usart *usart)
{
	(void)avr;
	if (line->len == 0)
		return 0;
	usart_receive(usart, line->bytes[line->head++]);
	line->free_at = when;
	if (--line->len == 0)
		line->head = 0;
	return line->len ? when + usart_byte_cycles(usart) : 0;
}

static avr_cycle_count_t arrive_host(avr_t *avr, avr_cycle_count_t when, void *param)
{
	struct machine *m = param;

	return arrive(avr, when, &m->line[MACHINE_HOST], &m->chip->usart[MACHINE_HOST]);
}

static avr_cycle_count_t arrive_modem(avr_t *avr, avr_cycle_count_t when, void *param)
{
	struct machine *m = param;

	return arrive(avr, when, &m->line[MACHINE_MODEM], &m->chip->usart[MACHINE_MODEM]);
}

/* Before the firmware has set the speed, bytes come as if it had. */
static avr_cycle_count_t byte_cycles(struct machine *m, struct line *line)
{
	avr_cycle_count_t cycles = usart_byte_cycles(usart_of(m, line));

	return cycles > 100 ? cycles : 10 * BOARD_HZ / BOARD_HOST_BAUD;
}

static void arm(struct machine *m, struct line *line)
{
	avr_cycle_timer_t timer = line == m->line ? arrive_host : arrive_modem;

	if (line->len)
		avr_cycle_timer_register(&m->chip->core, byte_cycles(m, line), timer, m);
}

/* Every write of the port would let libsimavr's pull-up win again: say who drives the pin. */
static void drive_jumper(struct machine *m)
{
	avr_t *avr = &m->chip->core;
	avr_ioport_external_t outside = {
		.name = 'C', .mask = 1 << BOARD_JUMPER, .value = !m->jumper << BOARD_JUMPER};

	avr_ioctl(avr, AVR_IOCTL_IOPORT_SET_EXTERNAL('C'), &outside);
	avr_raise_irq(avr_io_getirq(avr, AVR_IOCTL_IOPORT_GETIRQ('C'), BOARD_JUMPER), !m->jumper);
}

static avr_cycle_count_t after_reset(avr_t *avr, avr_cycle_count_t when, void *param)
{
	(void)avr;
	(void)when;
	drive_jumper(param);
	return 0;
}

/* Pins float in reset: with the pull-down on the board the switches close. */
static void on_reset(void *arg)
{
	struct machine *m = arg;

	sample_pins(m);
	arm(m, &m->line[MACHINE_HOST]);
	arm(m, &m->line[MACHINE_MODEM]);
	avr_cycle_timer_register(&m->chip->core, 1, after_reset, m);
}

static bool load(struct machine *m, const char *elf)
{
	elf_firmware_t firmware = {0};

	if (elf_read_firmware(elf, &firmware) != 0 || firmware.flashsize == 0) {
		fprintf(stderr,
			"%s: not a firmware image for the AVR; build it with `make hass-fw`\n",
			elf);
		return false;
	}
	m->chip->core.frequency = BOARD_HZ;
	avr_load_firmware(&m->chip->core, &firmware);
	m->static_ram = firmware.datasize + firmware.bsssize;
#if ELF_SYMBOLS
	for (uint32_t i = 0; i < firmware.symbolcount; i++)
		if (!strcmp(firmware.symbol[i]->symbol, "_end"))
			m->static_ram = (firmware.symbol[i]->addr & 0xFFFF) - BOARD_RAM_START;
#endif
	free(firmware.flash);
	return true;
}

static void hook(struct machine *m, int i, avr_io_addr_t addr)
{
	avr_t *avr = &m->chip->core;

	m->hook[i] = (struct hook){addr, avr->io[AVR_DATA_TO_IO(addr)].w.c,
				   avr->io[AVR_DATA_TO_IO(addr)].w.param};
	avr->io[AVR_DATA_TO_IO(addr)].w.c = write_port;
	avr->io[AVR_DATA_TO_IO(addr)].w.param = m;
}

static void listen(struct machine *m)
{
	avr_t *avr = &m->chip->core;
	const avr_ioport_t *a = &m->chip->port[0], *c = &m->chip->port[2];

	hook(m, 0, a->r_port);
	hook(m, 1, a->r_ddr);
	hook(m, 2, c->r_port);
	hook(m, 3, c->r_ddr);
	avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_OUTPUT),
				on_host_byte, m);
	avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('1'), UART_IRQ_OUTPUT),
				on_modem_byte, m);
}

struct machine *machine_new(const char *elf, const struct machine_events *events)
{
	struct machine *m = calloc(1, sizeof(*m));

	avr_global_logger_set(quiet);
	m->chip = mega162_new();
	m->events = *events;
	if (!load(m, elf)) {
		machine_free(m);
		return NULL;
	}
	listen(m);
	m->chip->core.sleep = sleep_not;
	m->chip->arg = m;
	m->chip->on_reset = on_reset;
	memset(machine_eeprom(m), 0xFF, MEGA162_EEPROM);
	machine_power_cycle(m, 1);
	return m;
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	mega162_free(m->chip);
	free(m->line[0].bytes);
	free(m->line[1].bytes);
	free(m);
}

static avr_cycle_count_t nothing(avr_t *avr, avr_cycle_count_t when, void *param)
{
	(void)avr;
	(void)when;
	(void)param;
	return 0;
}

bool machine_crashed(const struct machine *m)
{
	return m->chip->core.state == cpu_Crashed || m->chip->core.state == cpu_Done;
}

/* The timer that does nothing keeps a sleeping chip from sleeping past the end. */
void machine_run(struct machine *m, uint64_t until_us)
{
	avr_t *avr = &m->chip->core;
	avr_cycle_count_t until = (until_us * BOARD_HZ + 999999) / 1000000; /* never short of it */

	if (avr->cycle >= until)
		return;
	avr_cycle_timer_register(avr, until - avr->cycle, nothing, NULL);
	while (avr->cycle < until && !machine_crashed(m))
		avr_run(avr);
}

uint64_t machine_cycles(const struct machine *m)
{
	return m->chip->core.cycle;
}

uint64_t machine_us(const struct machine *m)
{
	return m->chip->core.cycle * 1000000 / BOARD_HZ;
}

static void grow(struct line *line, size_t len)
{
	if (line->head + line->len + len <= line->room)
		return;
	memmove(line->bytes, line->bytes + line->head, line->len);
	line->head = 0;
	if (line->len + len <= line->room)
		return;
	line->room = 2 * (line->len + len);
	line->bytes = realloc(line->bytes, line->room);
}

void machine_send(struct machine *m, enum machine_line which, const void *bytes, size_t len)
{
	struct line *line = &m->line[which];
	bool idle = line->len == 0;

	grow(line, len);
	memcpy(line->bytes + line->head + line->len, bytes, len);
	line->len += len;
	if (idle)
		arm(m, line);
}

size_t machine_unsent(const struct machine *m, enum machine_line which)
{
	return m->line[which].len;
}

void machine_jumper(struct machine *m, bool closed)
{
	m->jumper = closed;
	drive_jumper(m);
}

const struct machine_pins *machine_pins(const struct machine *m)
{
	return &m->pins;
}

uint64_t machine_cut_edge(const struct machine *m)
{
	return m->cut_edge;
}

void machine_power_cycle(struct machine *m, unsigned int seed)
{
	mega162_power_cycle(m->chip, seed);
}

uint8_t *machine_eeprom(struct machine *m)
{
	return m->chip->cells.core.eeprom;
}

struct mega162 *machine_chip(struct machine *m)
{
	return m->chip;
}

unsigned int machine_static_ram(const struct machine *m)
{
	return m->static_ram;
}

unsigned int machine_stack_free(const struct machine *m)
{
	unsigned int bottom = BOARD_RAM_START + m->static_ram, n = 0;

	while (bottom + n < BOARD_RAM_START + BOARD_RAM_SIZE &&
	       m->chip->core.data[bottom + n] == BOARD_STACK_PAINT)
		n++;
	return n;
}
