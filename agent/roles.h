/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roles - what guard and link say to each other besides the messages that link only relays
 *
 *   link -> guard   LINK_UP    str: the peer's URI, connected and proven
 *                   LINK_DOWN  str: why there is no connection (again)
 */
#ifndef WD_ROLES_H
#define WD_ROLES_H

#define ROLE_LINK "link"

enum role_msg {
	ROLE_LINK_UP = 0x0901,
	ROLE_LINK_DOWN = 0x0902,
};
#define ROLE_TEXT_MAX 512

#endif
