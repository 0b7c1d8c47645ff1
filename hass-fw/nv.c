/* SPDX-License-Identifier: Apache-2.0 */
#include "nv.h"
#include "board.h"
#include "count.h"
#include "crc.h"
#include "flash.h"
#include "hal.h"

#define NONE 0xFF
#define INVALID 0xFF /* as an erased or torn cell reads */
#define SEQ_MODULUS 255
#define OVERHEAD 3

/* Wear sets the number of slots: state changes with every SMS, configuration never. */
#define CONFIG_SLOTS 2
#define STATE_SLOTS 6
#define ALARM_SLOTS 3
#define CONFIG_BASE 0
#define STATE_BASE (CONFIG_BASE + CONFIG_SLOTS * (NV_CONFIG_SIZE + OVERHEAD))
#define ALARM_BASE (STATE_BASE + STATE_SLOTS * (NV_STATE_SIZE + OVERHEAD))
_Static_assert(ALARM_BASE + ALARM_SLOTS * (NV_ALARM_SIZE + OVERHEAD) <= BOARD_EEPROM_SIZE,
	       "all records fit the EEPROM");

static const struct {
	uint8_t base_half; /* bases are even, to fit a byte */
	uint8_t size;
	uint8_t slots;
} map[NV_RECORDS] PROGMEM = {
	[NV_CONFIG] = {CONFIG_BASE / 2, NV_CONFIG_SIZE, CONFIG_SLOTS},
	[NV_STATE] = {STATE_BASE / 2, NV_STATE_SIZE, STATE_SLOTS},
	[NV_ALARM] = {ALARM_BASE / 2, NV_ALARM_SIZE, ALARM_SLOTS},
};
_Static_assert(CONFIG_BASE % 2 == 0 && STATE_BASE % 2 == 0 && ALARM_BASE % 2 == 0,
	       "bases are even");

static uint8_t current[NV_RECORDS]; /* slot, or NONE */

static struct {
	const uint8_t *from;
	uint16_t crc;
	uint8_t record; /* NONE: no write under way */
	uint8_t at, len;
	uint8_t slot, seq;
	uint8_t pos;   /* next byte of the slot; 0 marks it invalid, size + 3 makes it valid */
	uint8_t tries; /* slots left to try if one does not hold its bytes */
	bool turn;     /* readers have had their turn since the last byte */
} job;

static uint8_t size_of(uint8_t rec)
{
	return pgm_read_byte(&map[rec].size);
}

static uint8_t slots_of(uint8_t rec)
{
	return pgm_read_byte(&map[rec].slots);
}

static uint16_t slot_base(uint8_t rec, uint8_t slot)
{
	return 2 * pgm_read_byte(&map[rec].base_half) + slot * (size_of(rec) + OVERHEAD);
}

static bool slot_valid(uint8_t rec, uint8_t slot)
{
	uint16_t base = slot_base(rec, slot);
	uint16_t crc = CRC_START;

	for (uint8_t i = 0; i < size_of(rec) + OVERHEAD; i++)
		crc = crc_feed(crc, ee_read(base + i));
	return ee_read(base) != INVALID && crc == CRC_RESIDUE;
}

/* Sequence numbers of one record lie close together, so the signed distance orders them. */
static bool newer(uint8_t rec, uint8_t slot, uint8_t than)
{
	return than == NONE ||
	       (int8_t)(ee_read(slot_base(rec, slot)) - ee_read(slot_base(rec, than))) > 0;
}

static void find(uint8_t rec)
{
	current[rec] = NONE;
	for (uint8_t slot = 0; slot < slots_of(rec); slot++) {
		if (slot_valid(rec, slot)) {
			if (newer(rec, slot, current[rec]))
				current[rec] = slot;
		} else if (ee_read(slot_base(rec, slot)) != INVALID) {
			count(HASS_C_NV_BAD);
		}
	}
}

void nv_init(void)
{
	while (!ee_ready())
		; /* a reset does not stop the byte that was being programmed */
	job.record = NONE;
	for (uint8_t rec = 0; rec < NV_RECORDS; rec++)
		find(rec);
}

bool nv_stored(enum nv_record rec)
{
	return current[rec] != NONE;
}

bool nv_readable(void)
{
	return ee_ready();
}

uint8_t nv_byte(enum nv_record rec, uint8_t at)
{
	if (current[rec] == NONE)
		return 0;
	return ee_read(slot_base(rec, current[rec]) + 1 + at);
}

void nv_read(enum nv_record rec, uint8_t at, void *to, uint8_t len)
{
	uint8_t *p = to;

	while (len--)
		*p++ = nv_byte(rec, at++);
}

bool nv_busy(void)
{
	return job.record != NONE;
}

static void begin_slot(uint8_t slot)
{
	job.slot = slot % slots_of(job.record);
	job.pos = 0;
	job.crc = crc_feed(CRC_START, job.seq);
}

bool nv_write(enum nv_record rec, uint8_t at, const void *from, uint8_t len)
{
	if (nv_busy() || !nv_readable())
		return false;
	job.record = rec;
	job.at = at;
	job.from = from;
	job.len = len;
	job.tries = slots_of(rec);
	job.seq = 0;
	if (nv_stored(rec))
		job.seq = (ee_read(slot_base(rec, current[rec])) + 1) % SEQ_MODULUS;
	begin_slot(nv_stored(rec) ? current[rec] + 1 : 0);
	return true;
}

void nv_restart(void)
{
	begin_slot(job.slot);
}

static uint8_t patched(uint8_t at)
{
	if (at < job.at || at >= job.at + job.len)
		return nv_byte(job.record, at);
	return job.from ? job.from[at - job.at] : 0;
}

/* What belongs at job.pos of the slot, and where that is. */
static uint8_t wanted(uint16_t *where)
{
	uint8_t size = size_of(job.record);
	uint8_t pos = job.pos;

	*where = slot_base(job.record, job.slot) + pos;
	if (pos == 0)
		return INVALID;
	if (pos <= size)
		return patched(pos - 1);
	if (pos == size + 1)
		return crc_finish(job.crc);
	if (pos == size + 2)
		return crc_finish(job.crc) >> 8;
	*where -= pos;
	return job.seq;
}

/* A worn cell shows here, while the old slot still stands. */
static void finish(void)
{
	if (slot_valid(job.record, job.slot)) {
		current[job.record] = job.slot;
		job.record = NONE;
		return;
	}
	count(HASS_C_NV_WORN);
	if (--job.tries == 0)
		job.record = NONE;
	else if ((job.slot + 1) % slots_of(job.record) == current[job.record])
		begin_slot(job.slot + 2);
	else
		begin_slot(job.slot + 1);
}

/* Programs at most one byte; bytes that hold the right value already cost nothing. */
static bool step(void)
{
	uint8_t size = size_of(job.record);

	while (job.pos < size + OVERHEAD + 1) {
		uint16_t where;
		uint8_t value = wanted(&where);
		uint8_t pos = job.pos++;

		if (pos && pos <= size)
			job.crc = crc_feed(job.crc, value);
		if (ee_read(where) != value) {
			ee_write(where, value);
			return false;
		}
	}
	return true;
}

/* Between two bytes everybody else gets one turn in which the EEPROM can be read. */
void nv_poll(void)
{
	if (!nv_busy() || !ee_ready())
		return;
	job.turn = !job.turn;
	if (!job.turn && step())
		finish();
}
