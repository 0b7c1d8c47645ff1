/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nv.h - records in EEPROM that survive a power cut at any instant
 *
 * Each record has several slots. A write goes to the slot after the current one: first
 * the slot is marked invalid, then come data and CRC, last its sequence number. Until
 * that last byte stands the old slot is the current one. Going round spreads the wear.
 *
 * A slot is: seq (0xFF = invalid), data, crc_lo, crc_hi over seq and data.
 */
#ifndef HASS_NV_H
#define HASS_NV_H

#include <stdbool.h>
#include <stdint.h>

enum nv_record {
	NV_CONFIG,
	NV_STATE,
	NV_ALARM,
	NV_RECORDS,
};

#define NV_CONFIG_SIZE 112
#define NV_STATE_SIZE 20
#define NV_ALARM_SIZE 44

void nv_init(void); /* finds the current slots; the only place that may wait for the EEPROM */
void nv_poll(void);

bool nv_stored(enum nv_record rec); /* there is a valid slot */
bool nv_readable(void);		    /* no byte is being programmed right now */
/* Only when readable; zeros where nothing is stored. */
uint8_t nv_byte(enum nv_record rec, uint8_t at);
void nv_read(enum nv_record rec, uint8_t at, void *to, uint8_t len);

/*
 * Starts a new slot: the record as it is, with len bytes at `at` replaced (from NULL: by
 * zeros). The bytes must stay until nv_busy() is false. Returns false while busy.
 */
bool nv_write(enum nv_record rec, uint8_t at, const void *from, uint8_t len);
bool nv_busy(void);
void nv_restart(void); /* the bytes have changed: the slot under way begins anew */

#endif
