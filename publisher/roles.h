/* SPDX-License-Identifier: Apache-2.0 */
/*
 * roles - what the engine says to the keys and link roles, and hears from them
 *
 * The engine (hub) watches, builds, keeps state and decides. The keys role holds the two
 * private keys and no network; the link role holds the network and no secrets but the
 * key of its own certificate. Frames are lib/chan's, over the role's socketpair.
 *
 *   engine                                        keys
 *     SIGN_RELEASE {u32 request, blob release} ->
 *                                              <-  SIGNED {u32 request, 64 bytes signature}
 *     ISSUE_CERT {u32 request, u32 days,       ->
 *                 str uri, str csr}            <-  ISSUED {u32 request, str pem}
 *     HASS_BOX {u32 request}                   ->
 *                                              <-  HASS_BOXED {u32 request, msg_hass_box}
 *     HASS_MAC {u32 request, str host,         ->
 *               u8 letter, nonce, blob key}    <-  HASS_MADE {u32 request, msg_hass_mac}
 *     SIGN_ORDER {u32 request, blob order}     ->  of an audit (lib/proto_audit.h)
 *                                              <-  SIGNED
 *     SEAL_KEY {u32 request}                   ->
 *                                              <-  SEAL_KEY_IS {u32 request, seal_key}
 *     SIGN_UNSEAL {u32 request, u32 seconds,   ->
 *                  boot, nonce, str host}      <-  UNSEAL_SIGNED {u32 request, blob signature}
 *                                              <-  REFUSED {u32 request, str why}  to any
 *
 *   The keys role judges for itself: it decodes the release, and refuses a serial that is
 *   not above the last it signed for that site, a lifetime beyond RELEASE_DAYS_MAX, a
 *   second encoding of the same thing, and any name that is not webdefender:host:NAME.
 *   An engine taken over can so publish, but never forge the past or another identity.
 *   The keys of hardware units come sealed (box.h) and are open only in here, for as long as
 *   one MAC takes: an engine taken over can vouch and cut, but not make MACs elsewhere.
 *
 *   engine                                        link
 *     DIALS {u16 n, n x (str host, str addr)}  ->  whom to connect to, replaces the list
 *                                              <-  OPENED {u32 conn, str host, 32 bytes
 *                                                          fingerprint, str address}
 *     ADMIT {u32 conn, u8 stage, u16 seconds}  ->  reading begins (enum link_stage); so much
 *                                                  silence ends the connection
 *     DROP {u32 conn, str reason}              ->  BYE {reason} and close
 *     SEND {u32 conn, u16 type, payload}       ->
 *                                              <-  GOT {u32 conn, u16 type, payload}
 *                                              <-  CLOSED {u32 conn, str reason}
 *                                              <-  MISSING {32 bytes hash}  a host asked for
 *                                                  an object that the depot lacks
 *                                              <-  NOTICE {u8 level, str text}  for the log
 *
 *   GET is answered by the link itself, out of the depot; every other message travels in
 *   GOT and SEND envelopes, and only if link_may_relay() knows it for that direction.
 *
 *   engine                                        auth (passwords; no network, no files)
 *     HASH {u32 request, str password}         ->
 *                                              <-  HASHED {u32 request, str phc}
 *     CHECK {u32 request, str password,        ->
 *            str phc}                          <-  CHECKED {u32 request, u8 right}
 *     TOTP {u32 request, str code,             ->  code right, in a step after `last`?
 *           i64 last, blob secret}             <-  STEP {u32 request, i64 step, -1 = wrong}
 *
 *   engine                                        reader (evidence; no network, no files)
 *     EXTRACT {u32 request, u8 last, bytes}    ->  a piece of an archive
 *                                              <-  TEXT {u32 request, u8 enum reader_result,
 *                                                        u64 size, blob beginning}
 *
 *   engine                                        console (HTTPS)
 *                                              <-  CALL {u32 call, u16 route, json}
 *                                              <-  GONE {u32 call}  the client left
 *     LINE {u32 call, u8 kind, json}           ->  enum ctl_kind; OK and FAIL end the call
 *     DATA {u32 call, bytes}                   ->  of a download, after its first LINE
 *                                              <-  MORE {u32 call}  the client has taken them
 *     FEED {str name, json}                    ->  something happened: to every open stream
 *
 *   CALL's json is {"args": {...}, "token", "csrf", "address", "agent"}. Who that token belongs
 *   to, and whether they may, the engine finds out by itself (desk.c): a console taken over
 *   can do what those who log in through it may do, while they are logged in, and no more.
 */
#ifndef WD_ROLES_H
#define WD_ROLES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto.h"

enum role_msg {
	KEYS_SIGN_RELEASE = 0x1001,
	KEYS_ISSUE_CERT = 0x1002,
	KEYS_HASS_BOX = 0x1041,
	KEYS_HASS_MAC = 0x1042,
	KEYS_HASS_BOXED = 0x1141,
	KEYS_HASS_MADE = 0x1142,
	KEYS_ISSUE_CONSOLE = 0x1003,
	KEYS_SIGN_ORDER = 0x1004,
	KEYS_SEAL_KEY = 0x1051,
	KEYS_SIGN_UNSEAL = 0x1052,
	KEYS_SEAL_KEY_IS = 0x1151,
	KEYS_UNSEAL_SIGNED = 0x1152,
	KEYS_SIGNED = 0x1101,
	KEYS_ISSUED = 0x1102,
	KEYS_REFUSED = 0x1103,

	LINK_DIALS = 0x2001,
	LINK_ADMIT = 0x2002,
	LINK_DROP = 0x2003,
	LINK_SEND = 0x2004,
	LINK_OPENED = 0x2101,
	LINK_GOT = 0x2102,
	LINK_CLOSED = 0x2103,
	LINK_MISSING = 0x2104,
	LINK_NOTICE = 0x2105,

	AUTH_HASH = 0x3001,
	AUTH_CHECK = 0x3002,
	AUTH_TOTP = 0x3003,
	AUTH_HASHED = 0x3101,
	AUTH_CHECKED = 0x3102,
	AUTH_STEP = 0x3103,

	READER_EXTRACT = 0x5001,
	READER_TEXT = 0x5101,

	CONSOLE_LINE = 0x4001,
	CONSOLE_DATA = 0x4002,
	CONSOLE_FEED = 0x4003,
	CONSOLE_CALL = 0x4101,
	CONSOLE_GONE = 0x4102,
	CONSOLE_MORE = 0x4103,
};

/* What a connection may do; also bits of the tables below. */
enum link_stage {
	STAGE_WAITING = 1, /* the engine has not decided: nothing is read */
	STAGE_HELLO = 2,   /* admitted with its own certificate: HELLO first */
	STAGE_OPEN = 4,	   /* after HELLO */
	STAGE_BUNDLE = 8,  /* admitted with an enrolment bundle: HELLO, CERT_REQUEST, BYE */
};

#define RELEASE_DAYS_MAX 400
#define CERT_DAYS_MAX 400
#define CONSOLE_CERT_DAYS 397 /* browsers refuse longer ones */
#define ENVELOPE_HEADER 6     /* u32 conn, u16 type */
#define HOST_NAME_MAX_WD 64
#define LINK_ADDRESS_MAX 280

/* May this type come from an agent in this stage? GET counts: it is for the link itself. */
bool link_may_receive(uint16_t type, enum link_stage stage);
/* May the engine send this type to an agent? */
bool link_may_send(uint16_t type, enum link_stage stage);

/* A host's name: 1..63 letters, digits, '-', '_', '.', beginning with a letter or digit. */
bool host_name_ok(const char *name);

#endif
