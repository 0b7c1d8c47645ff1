/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HASS_AVR_EEPROM_H
#define HASS_AVR_EEPROM_H

void ee_wake(void); /* before sleeping: a finished byte wakes */

#endif
