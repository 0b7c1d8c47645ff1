/* SPDX-License-Identifier: Apache-2.0 */
/* hass_port - the serial port of the hardware unit: 8N1, raw, without flow control, ours alone */
#ifndef WD_HASS_PORT_H
#define WD_HASS_PORT_H

#include <stdbool.h>
#include "log.h"

#define HASS_PORT_MAX 256

/* Can the line be set to that many baud? */
bool hass_port_speed_ok(int baud);
/* A descriptor, non-blocking, locked against other programs and set; never waits. -1: err. */
int hass_port_open(const char *path, int baud, struct err *err);

#endif
