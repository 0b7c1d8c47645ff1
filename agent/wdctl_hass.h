/* SPDX-License-Identifier: Apache-2.0 */
/* wdctl_hass - the parts of `wdctl hass` */
#ifndef WD_WDCTL_HASS_H
#define WD_WDCTL_HASS_H

#include <stddef.h>
#include <stdint.h>
#include "wdctl.h"

int cmd_hass_provision(struct wdctl *w, int argc, char **argv);

/*
 * What an authenticator app scans (RFC 4226 counter mode): label is "SITE CUT". Into to[cap];
 * key_len bytes of key as base32.
 */
int hass_otpauth(char *to, size_t cap, const char *label, const uint8_t *key, size_t key_len);
/* As a QR code on a terminal, half blocks; -1: cannot be made. */
int hass_qr(const char *text);

#endif
