/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flash.h - constants that stay in program memory, on the AVR and on a workstation
 */
#ifndef HASS_FLASH_H
#define HASS_FLASH_H

#include <stdint.h>
#include <string.h>

#ifdef __AVR__
#include <avr/pgmspace.h>
#else
#define PROGMEM
#define PSTR(s) (s)
#define pgm_read_byte(p) (*(const uint8_t *)(p))
#define pgm_read_dword(p) (*(const uint32_t *)(p))
#define memcpy_P memcpy
#define strlen_P strlen
#define strcmp_P strcmp
#define strncmp_P strncmp
#endif

/* The n-th of strings that lie one after the other: a table of pointers would cost more. */
static inline const char *flash_nth(const char *strings, uint8_t n)
{
	while (n--)
		strings += strlen_P(strings) + 1;
	return strings;
}

#endif
