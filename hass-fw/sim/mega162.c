/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include "mega162.h"
#include "registers.h"

static void chip_init(avr_t *avr);
static void chip_reset(avr_t *avr);

#define PORT(letter, NAME)                                                                         \
	{                                                                                          \
		.name = letter, .r_port = PORT##NAME, .r_ddr = DDR##NAME, .r_pin = PIN##NAME,      \
	}

/* Only what the board uses: two USARTs, timer 0, ports, EEPROM, watchdog. */
static const struct mega162 blank = {
	.core =
		{
			.mmcu = "atmega162",
			.ioend = RAMSTART - 1,
			.ramend = RAMEND,
			.flashend = FLASHEND,
			.e2end = E2END,
			.vector_size = 4,
			.signature = {SIGNATURE_0, SIGNATURE_1, SIGNATURE_2},
			.lockbits = 0xFF,
			.reset_flags =
				{
					.porf = AVR_IO_REGBIT(MCUCSR, PORF),
					.extrf = AVR_IO_REGBIT(MCUCSR, EXTRF),
					.borf = AVR_IO_REGBIT(MCUCSR, BORF),
					.wdrf = AVR_IO_REGBIT(MCUCSR, WDRF),
				},
			.init = chip_init,
			.reset = chip_reset,
		},
	.watchdog =
		{
			.wdrf = AVR_IO_REGBIT(MCUCSR, WDRF),
			.wdce = AVR_IO_REGBIT(WDTCR, WDCE),
			.wde = AVR_IO_REGBIT(WDTCR, WDE),
			.wdp = {AVR_IO_REGBIT(WDTCR, WDP0), AVR_IO_REGBIT(WDTCR, WDP1),
				AVR_IO_REGBIT(WDTCR, WDP2)},
		},
	.port = {PORT('A', A), PORT('B', B), PORT('C', C), PORT('D', D), PORT('E', E)},
	.timer0 =
		{
			.name = '0',
			.wgm = {AVR_IO_REGBIT(TCCR0, WGM00), AVR_IO_REGBIT(TCCR0, WGM01)},
			.wgm_op = {[0] = AVR_TIMER_WGM_NORMAL8(), [2] = AVR_TIMER_WGM_CTC()},
			.cs = {AVR_IO_REGBIT(TCCR0, CS00), AVR_IO_REGBIT(TCCR0, CS01),
			       AVR_IO_REGBIT(TCCR0, CS02)},
			.cs_div = {0, 0, 3, 6, 8, 10},
			.r_tcnt = TCNT0,
			.overflow =
				{
					.enable = AVR_IO_REGBIT(TIMSK, TOIE0),
					.raised = AVR_IO_REGBIT(TIFR, TOV0),
					.vector = TIMER0_OVF_vect,
				},
			.comp = {[AVR_TIMER_COMPA] =
					 {
						 .r_ocr = OCR0,
						 .interrupt =
							 {
								 .enable = AVR_IO_REGBIT(TIMSK,
											 OCIE0),
								 .raised =
									 AVR_IO_REGBIT(TIFR, OCF0),
								 .vector = TIMER0_COMP_vect,
							 },
					 }},
		},
};

static void chip_init(avr_t *avr)
{
	struct mega162 *chip = (struct mega162 *)avr;

	cells_init(chip);
	avr_watchdog_init(avr, &chip->watchdog);
	for (int i = 0; i < 5; i++)
		avr_ioport_init(avr, &chip->port[i]);
	avr_timer_init(avr, &chip->timer0);
	usart_init(chip, 0);
	usart_init(chip, 1);
}

static void chip_reset(avr_t *avr)
{
	struct mega162 *chip = (struct mega162 *)avr;

	chip->resets++;
	/* libsimavr falls back to one instruction a call, a fifth of the speed. */
	avr->run_cycle_limit = 400;
	cells_reset(chip);
	usart_reset(&chip->usart[0]);
	usart_reset(&chip->usart[1]);
	if (chip->on_reset)
		chip->on_reset(chip->arg);
}

struct mega162 *mega162_new(void)
{
	struct mega162 *chip = (struct mega162 *)avr_core_allocate(&blank.core, sizeof(*chip));

	avr_init(&chip->core);
	return chip;
}

void mega162_free(struct mega162 *chip)
{
	if (!chip)
		return;
	avr_terminate(&chip->core);
	free(chip);
}

/* A bite that is under way would otherwise be carried over the power cut. */
static void forget_bite(struct mega162 *chip)
{
	if (!chip->watchdog.reset_context.wdrf)
		return;
	chip->watchdog.reset_context.wdrf = 0;
	chip->core.run = chip->watchdog.reset_context.avr_run;
}

void mega162_power_cycle(struct mega162 *chip, unsigned int seed)
{
	avr_t *avr = &chip->core;

	cells_tear(chip, seed);
	forget_bite(chip);
	for (int i = RAMSTART; i <= RAMEND; i++) {
		seed = seed * 1103515245 + 12345;
		avr->data[i] = seed >> 16;
	}
	avr_reset(avr);
	avr_regbit_set(avr, avr->reset_flags.porf);
}
