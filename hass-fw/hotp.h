/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hotp.h - the number of an HOTP digest (RFC 4226), and reading one from text
 */
#ifndef HASS_HOTP_H
#define HASS_HOTP_H

#include <stdbool.h>
#include <stdint.h>

#define HOTP_DIGITS 8
#define HOTP_MODULUS 100000000UL
#define HOTP_MESSAGE 8 /* octets: the counter, big-endian */

uint32_t hotp_code(const uint32_t digest[5]); /* as sha1.h has it */

/* Exactly eight digits, then the end of the string or blanks. */
bool hotp_parse(const char *text, uint32_t *code);

#endif
