/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roles - what guard and roles say to each other besides the messages that link only relays
 *
 *   link -> guard   LINK_UP    str: the peer's URI, connected and proven
 *                   LINK_DOWN  str: why there is no connection (again)
 *
 *   guard -> hass   HASS_ALARM    u32 id, u16 count, u8 test, str text
 *                   HASS_MAC      msg_hass_mac: hand it in
 *                   HASS_SETTING  u32 number, u8 item, u8 index, blob data
 *   hass -> guard   HASS_REPORT   msg_hass: on every change, at least every 5 s
 *                   HASS_TAKEN    u32 id, u8 result (enum role_taken), u8 seconds: of an alarm
 *                   HASS_SET      u32 number, u8 good, str what the unit said
 *                   HASS_GONE     str: the port is dead; the role ends
 *                   HASS_SHUT     str: why it could not be opened; the role ends
 *
 * One alarm and one setting at a time; the answer comes before the next is sent.
 */
#ifndef WD_ROLES_H
#define WD_ROLES_H

#define ROLE_LINK "link"
#define ROLE_HASS "hass"

enum role_msg {
	ROLE_LINK_UP = 0x0901,
	ROLE_LINK_DOWN = 0x0902,

	ROLE_HASS_ALARM = 0x0911,
	ROLE_HASS_MAC = 0x0912,
	ROLE_HASS_SETTING = 0x0913,
	ROLE_HASS_REPORT = 0x0921,
	ROLE_HASS_TAKEN = 0x0922,
	ROLE_HASS_SET = 0x0923,
	ROLE_HASS_GONE = 0x0924,
	ROLE_HASS_SHUT = 0x0925,
};
/* Told; fold and come again after `seconds`; no phone is provisioned; the unit is not there. */
enum role_taken { TAKEN_OK, TAKEN_BUSY, TAKEN_OFF, TAKEN_LOST, TAKEN_MAX };
#define ROLE_TEXT_MAX 512

#endif
