/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * cells.c - the EEPROM as silicon has it: 8.5 ms a byte, torn when the power goes
 *
 * libsimavr programs in no time, so firmware would never wait and never lose anything.
 */
#include "mega162.h"
#include "registers.h"

#define PROGRAM_USEC 8500
#define MASTER_CYCLES 4 /* EEWE must follow EEMWE within these */

static avr_cycle_count_t programmed(avr_t *avr, avr_cycle_count_t when, void *param)
{
	struct cells *c = param;

	(void)when;
	c->core.eeprom[c->at] = c->value;
	c->busy = false;
	avr->data[EECR] &= ~_BV(EEWE);
	if (avr->data[EECR] & _BV(EERIE))
		avr_raise_interrupt(avr, &c->core.ready);
	return 0;
}

static avr_cycle_count_t master_over(avr_t *avr, avr_cycle_count_t when, void *param)
{
	(void)when;
	(void)param;
	avr->data[EECR] &= ~_BV(EEMWE);
	return 0;
}

static void program(avr_t *avr, struct cells *c, uint16_t at)
{
	avr->data[EECR] = (avr->data[EECR] & ~_BV(EEMWE)) | _BV(EEWE);
	c->busy = true;
	c->at = at;
	c->value = avr->data[EEDR];
	c->writes++;
	c->wear[at]++;
	avr->cycle += 2;
	avr_cycle_timer_register_usec(avr, PROGRAM_USEC, programmed, c);
}

static void write_control(avr_t *avr, avr_io_addr_t addr, uint8_t v, void *param)
{
	struct cells *c = param;
	uint8_t armed = avr->data[EECR] & _BV(EEMWE);
	uint16_t at = (avr->data[EEARL] | avr->data[EEARH] << 8) & E2END;

	(void)addr;
	avr->data[EECR] = (v & _BV(EERIE)) | (c->busy ? _BV(EEWE) : 0) | armed;
	if ((v & _BV(EEMWE)) && !(v & _BV(EEWE))) {
		avr->data[EECR] |= _BV(EEMWE);
		avr_cycle_timer_register(avr, MASTER_CYCLES, master_over, c);
	}
	if ((v & _BV(EEWE)) && armed && !c->busy)
		program(avr, c, at);
	if ((v & _BV(EERE)) && !c->busy) {
		avr->data[EEDR] = c->core.eeprom[at];
		avr->cycle += 4;
	}
	if ((v & _BV(EERIE)) && !c->busy)
		avr_raise_interrupt(avr, &c->core.ready);
}

void cells_init(struct mega162 *chip)
{
	struct cells *c = &chip->cells;

	c->core = (avr_eeprom_t){
		.size = E2END + 1,
		.r_eearh = EEARH,
		.r_eearl = EEARL,
		.r_eedr = EEDR,
		.r_eecr = EECR,
		.eempe = AVR_IO_REGBIT(EECR, EEMWE),
		.eepe = AVR_IO_REGBIT(EECR, EEWE),
		.eere = AVR_IO_REGBIT(EECR, EERE),
		.ready = {.enable = AVR_IO_REGBIT(EECR, EERIE), .vector = EE_RDY_vect},
	};
	avr_eeprom_init(&chip->core, &c->core);
	chip->core.io[AVR_DATA_TO_IO(EECR)].w.c = write_control;
	chip->core.io[AVR_DATA_TO_IO(EECR)].w.param = c;
}

/* A reset without power loss does not stop programming: the byte gets done. */
void cells_reset(struct mega162 *chip)
{
	struct cells *c = &chip->cells;

	if (c->busy)
		c->core.eeprom[c->at] = c->value;
	c->busy = false;
}

/* Erased, half programmed, or anything else: nobody can rely on it. */
void cells_tear(struct mega162 *chip, unsigned int seed)
{
	struct cells *c = &chip->cells;
	static const uint8_t masks[] = {0x00, 0xFF, 0x0F, 0xA5};

	if (c->busy)
		c->core.eeprom[c->at] = c->value | (seed & 4 ? masks[seed & 3] : seed >> 8);
	c->busy = false;
}
