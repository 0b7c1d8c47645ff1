/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pdu.c - any PDU: no crash, and a text that is one
 */
#include <stdlib.h>
#include <string.h>
#include "pdu.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char digits[] = "0123456789ABCDEF";
	struct pdu_in in;

	pdu_begin(&in);
	for (size_t i = 0; i < size; i++) {
		pdu_feed(&in, digits[data[i] >> 4]);
		pdu_feed(&in, digits[data[i] & 15]);
	}
	if (strlen(in.text) > PDU_COMMAND_MAX || phone_length(in.phone) > HASS_PHONE_DIGITS)
		abort();
	return 0;
}
