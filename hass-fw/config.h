/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - what provisioning stored: phones, secrets, policy, site, PIN
 *
 * Only the policy and the presence of things are kept in RAM; the rest is read from
 * EEPROM when needed, and only while config_readable().
 */
#ifndef HASS_CONFIG_H
#define HASS_CONFIG_H

#include "proto.h"
#include <stdbool.h>

struct config_known {
	struct hass_policy policy;
	uint8_t phones;	 /* bit for each */
	uint8_t secrets; /* bit for each enum hass_secret */
	bool pin;
};
extern struct config_known config;

void config_init(void);
bool config_readable(void);
void config_phone(uint8_t which, uint8_t phone[HASS_PHONE_SIZE]);
void config_secret(enum hass_secret which, uint8_t secret[HASS_SECRET_SIZE]);
char config_site(uint8_t at); /* 0 at its end */
char config_pin(uint8_t at);  /* likewise */

/*
 * PROVISION. HASS_OK: begun; the request must stay until config_stored(), to be called
 * again and again until it is true.
 */
uint8_t config_provision(const uint8_t *request, uint8_t len);
bool config_stored(void);

#endif
