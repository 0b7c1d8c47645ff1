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
#define HOTP_MESSAGE 8

void hotp_message(uint32_t counter, uint8_t message[HOTP_MESSAGE]);
uint32_t hotp_code(const uint8_t digest[20]);

/* Exactly eight digits, then the end of the string or blanks. */
bool hotp_parse(const char *text, uint32_t *code);

#endif
