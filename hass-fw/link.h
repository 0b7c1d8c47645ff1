/* SPDX-License-Identifier: Apache-2.0 */
/*
 * link.h - frames from and to the web server (see proto.h)
 *
 * One buffer: a request stays in link_frame until its reply, built in the same
 * place, has gone out. Bytes that come meanwhile wait in the receive ring.
 */
#ifndef HASS_LINK_H
#define HASS_LINK_H

#include "proto.h"
#include <stdbool.h>

struct link_frame {
	uint8_t type;
	uint8_t seq;
	uint8_t payload[HASS_PAYLOAD_MAX + 2]; /* the CRC follows the payload */
} __attribute__((packed));

extern struct link_frame link_frame;

void link_init(void);

/* A whole valid request is in link_frame, its payload *len long; stays until link_reply(). */
bool link_request(uint8_t *len);

/* Sends len payload bytes as the reply; the next request is taken when it has gone out. */
void link_reply(uint8_t len);
void link_poll(void);

#endif
