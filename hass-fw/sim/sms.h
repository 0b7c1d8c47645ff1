/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sms.h - PDUs as the network sees them: makes DELIVER, reads SUBMIT
 *
 * Written apart from the firmware's pdu.c on purpose: one checks the other.
 */
#ifndef SIM_SMS_H
#define SIM_SMS_H

#include <stdbool.h>
#include <stddef.h>
#include "me3000.h"

/* Octets without the service centre's part; 0: not a SUBMIT we can read. */
int sms_read_submit(const char *hex, struct me3000_sms *sms);

#endif
