/* SPDX-License-Identifier: Apache-2.0 */
/*
 * host.h - the requests of the web server, one handler each
 */
#ifndef HASS_HOST_H
#define HASS_HOST_H

#define HASS_MAJOR 0
#define HASS_MINOR 1

/* No result: the request can be taken up only in a later turn. Never on the wire. */
#define HOST_AGAIN 0xFF

void host_init(void);
void host_poll(void);

#endif
