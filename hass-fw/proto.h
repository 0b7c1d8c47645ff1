/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proto.h - what the hardware unit (HaSS) and the web server say over the serial line
 *
 * This header is the contract and the manual; doc/PROTOCOL.serial tells the same
 * with examples. The line is 38400 8N1 without flow control. The web server may
 * belong to an attacker: nothing here can restore the network, change a phone or
 * a secret (without the jumper), or fake the publisher's life sign.
 *
 * Frame
 *   0x00  COBS( type  seq  payload[0..HASS_PAYLOAD_MAX]  crc_lo crc_hi )  0x00
 *   CRC-16/X-25 over type, seq and payload (reflected 0x1021, start and final xor
 *   0xFFFF). Integers are little-endian. The leading zero ends whatever noise came
 *   before; an empty frame is nothing. A receiver resynchronises at every zero.
 *
 * Dialogue
 *   The unit speaks only when spoken to. One request at a time; the reply carries
 *   the request's type with HASS_REPLY set and the same seq, which acknowledges it.
 *   No reply within HASS_REPLY_MS: send the same frame again. Every request may be
 *   repeated safely. A reply with an older seq is late: drop it.
 *
 *   server                                        HaSS
 *     HELLO {}                                 ->
 *                                              <- {status, hass_hello}
 *     STATUS {}                                ->      about once a second
 *                                              <- {status, hass_status}
 *     COUNTERS {first u8}                      ->
 *                                              <- {status, first u8, u16[]}  (HASS_COUNTERS_PAGE)
 *     ALARM {hass_alarm}                       ->
 *                                              <- {OK}: stored, survives power loss, an SMS
 *                                                 will tell; or {BUSY, retry seconds u8}: fold
 *                                                 on your side, add up count, ask again
 *     VOUCH {mac[20]}                          ->
 *                                              <- {OK | MAC | OFF}
 *     CUT {mac[20]}                            ->
 *                                              <- {OK | MAC | OFF}: the network is cut
 *     PROVISION {item u8, index u8, data}      ->
 *                                              <- {OK | JUMPER | VALUE}: stored
 *
 *   mac = HMAC-SHA-1(vouch key, HASS_DOMAIN letter nonce[8]), the letter being 'V' or 'C',
 *   the nonce that of the latest STATUS. Only the publisher holds the key; the
 *   server relays. A nonce lives for one beat interval and serves one CUT. SHA-1,
 *   because HOTP needs it on the unit anyway (1.3 KB less than SHA-256 beside it) and
 *   HMAC does not lean on collision resistance.
 *
 *   The publisher should vouch once for each new nonce, and only while the reports
 *   of the server are healthy. hass_policy.misses intervals without: SMS, and a cut
 *   if the policy says so. While the network is cut no interval is counted.
 */
#ifndef HASS_PROTO_H
#define HASS_PROTO_H

#include <stdint.h>

#define HASS_PROTO_VERSION 1
#define HASS_BAUD 38400
#define HASS_REPLY_MS 1500 /* an ALARM or PROVISION waits for the EEPROM */

#define HASS_FRAME_MAX 48 /* type, seq, payload, CRC; before COBS */
#define HASS_FRAME_MIN 4
#define HASS_PAYLOAD_MAX (HASS_FRAME_MAX - HASS_FRAME_MIN)
#define HASS_WIRE_MAX (HASS_FRAME_MAX + 3) /* with COBS and both delimiters */

#define HASS_REPLY 0x80
enum hass_type {
	HASS_HELLO = 1,
	HASS_STATUS,
	HASS_COUNTERS,
	HASS_ALARM,
	HASS_VOUCH,
	HASS_CUT,
	HASS_PROVISION,
};

/* First byte of every reply. */
enum hass_result {
	HASS_OK,
	HASS_BUSY,   /* not now; the next byte says after how many seconds to ask again */
	HASS_TYPE,   /* no such request */
	HASS_LENGTH, /* the payload is too short or too long for this request */
	HASS_VALUE,  /* a field is out of range */
	HASS_JUMPER, /* refused: the provisioning jumper is open */
	HASS_MAC,    /* refused: not the publisher's MAC over the current nonce */
	HASS_OFF,    /* not provisioned for this (vouch key, phones), or no nonce stands yet */
};

#define HASS_MAC_SIZE 20
#define HASS_NONCE_SIZE 8
#define HASS_DOMAIN "wdhass1" /* 7 bytes, then the letter, then the nonce */

#define HASS_MAGIC "WDHASS"
struct hass_hello {
	char magic[6]; /* HASS_MAGIC without its end */
	uint8_t proto; /* HASS_PROTO_VERSION */
	uint8_t major; /* firmware */
	uint8_t minor;
} __attribute__((packed));

/* hass_status.flags */
#define HASS_F_CUT (1u << 0)	     /* the network is cut */
#define HASS_F_JUMPER (1u << 1)	     /* closed: provisioning is possible */
#define HASS_F_BEAT (1u << 2)	     /* beats are expected */
#define HASS_F_VOUCHED (1u << 3)     /* this nonce has been vouched for */
#define HASS_F_BEAT_LOST (1u << 4)   /* too many misses; told by SMS */
#define HASS_F_REGISTERED (1u << 5)  /* the modem is in a network */
#define HASS_F_ALARM (1u << 6)	     /* an alarm waits for its SMS */
#define HASS_F_SIM_PIN (1u << 7)     /* the SIM refused the PIN: not tried again */
#define HASS_F_PROVISIONED (1u << 8) /* a configuration is stored */

enum hass_modem {
	HASS_MODEM_DOWN,   /* being reset or powered */
	HASS_MODEM_SILENT, /* asked, no answer yet */
	HASS_MODEM_SETUP,
	HASS_MODEM_SEARCH, /* no network */
	HASS_MODEM_READY,
};

/* hass_status.reset: what started the firmware, as in MCUCSR */
#define HASS_RESET_POWER (1u << 0)
#define HASS_RESET_PIN (1u << 1)
#define HASS_RESET_BROWNOUT (1u << 2)
#define HASS_RESET_WATCHDOG (1u << 3)

#define HASS_BUCKETS 5
struct hass_status {
	uint16_t flags;
	uint8_t modem;	/* enum hass_modem */
	uint8_t signal; /* 0-31, 99 = unknown, as +CSQ says */
	uint8_t sim_used;
	uint8_t phones;	 /* bit for each one stored */
	uint8_t secrets; /* bit for each enum hass_secret stored */
	uint8_t reset;
	uint32_t uptime; /* seconds */
	uint32_t boots;
	uint8_t beat_left; /* seconds until this interval ends */
	uint8_t missed;
	uint8_t nonce[HASS_NONCE_SIZE];
	uint8_t notes;		      /* enum hass_note still to be told, a bit each */
	uint8_t tokens[HASS_BUCKETS]; /* enum hass_bucket */
	uint16_t stack_free;	      /* bytes of stack never touched so far */
} __attribute__((packed));

/* Each holds tokens that come back one by one; power loss gives none back. */
enum hass_bucket {
	HASS_B_CUT,	/* wrong CUT codes: HASS_TRIES, one in HASS_TRY_SECONDS */
	HASS_B_RESTORE, /* wrong RESTORE codes: likewise */
	HASS_B_HOUR,	/* SMS, by policy */
	HASS_B_DAY,
	HASS_B_STORE, /* alarms written to EEPROM: HASS_STORES, one in HASS_STORE_SECONDS */
};
#define HASS_TRIES 12
#define HASS_TRY_SECONDS 360
#define HASS_STORES 20
#define HASS_STORE_SECONDS 300

enum hass_note {
	HASS_N_CUT_SMS,
	HASS_N_CUT_PUBLISHER,
	HASS_N_CUT_BEAT,
	HASS_N_RESTORED,
	HASS_N_BEAT_LOST,
	HASS_N_BEAT_BACK,
	HASS_N_GUESSING, /* a bucket of tries ran empty */
	HASS_NOTES,
};

#define HASS_TEXT_MAX 36
enum hass_kind {
	HASS_KIND_ALARM,
	HASS_KIND_TEST,
	HASS_KINDS,
};
struct hass_alarm {
	uint32_t id;	/* the server's; the same id again is the same alarm again */
	uint16_t count; /* how many events this stands for, at least 1 */
	uint8_t kind;	/* enum hass_kind */
	uint8_t zero;
	char text[HASS_TEXT_MAX]; /* printable ASCII; may be shorter, at least 1 */
} __attribute__((packed));

/*
 * PROVISION items: the data has exactly the size below; zeros remove the item. ERASE first,
 * then the rest in any order; each takes effect when acknowledged.
 */
enum hass_item {
	HASS_I_ERASE,  /* 0 bytes: forgets configuration and code counters; a cut stays */
	HASS_I_PHONE,  /* index 0-3 */
	HASS_I_SECRET, /* index enum hass_secret; its code counter starts at 0 */
	HASS_I_POLICY, /* struct hass_policy; VALUE if a limit is out of range */
	HASS_I_SITE,   /* printable ASCII, filled up with zeros: begins every SMS */
	HASS_I_PIN,    /* of the SIM: 4-8 digits as semi-octets, filled up with 0xF */
	HASS_ITEMS,
};
#define HASS_PHONES 4
/* Up to 15 digits as semi-octets, low nibble first, filled up with 0xF; the last is the type. */
#define HASS_PHONE_SIZE 8
#define HASS_PHONE_DIGITS (2 * HASS_PHONE_SIZE - 1)
#define HASS_PHONE_INTERNATIONAL 1
#define HASS_PHONE_NATIONAL 2
#define HASS_SECRET_SIZE 20
#define HASS_SITE_SIZE 8
#define HASS_PIN_SIZE 4
enum hass_secret {
	HASS_S_CUT,	/* HOTP, RFC 4226, SHA-1, 8 digits */
	HASS_S_RESTORE, /* likewise; HOTP does not bind the command, so each has its own */
	HASS_S_VOUCH,
	HASS_SECRETS,
};
#define HASS_LOOK_AHEAD 10

#define HASS_P_CUT_ON_LOSS 1
struct hass_policy {
	uint8_t beat;	  /* seconds of a beat interval, 5-255; 0 = no beats expected */
	uint8_t misses;	  /* intervals until the beat counts as lost, at least 1 */
	uint8_t flags;	  /* HASS_P_* */
	uint8_t hour_sms; /* at least 1 */
	uint8_t day_sms;  /* at least 2 */
	uint8_t reserve;  /* of day_sms, only for the unit's own notes; below day_sms */
	uint8_t fold;	  /* seconds between two alarm SMS */
	uint8_t grace;	  /* times 10 s after start or restore before beats count */
} __attribute__((packed));

/*
 * Counters, modulo 65536, from 0 at every start. COUNTERS returns
 * HASS_COUNTERS_PAGE of them from `first` on, fewer at the end.
 */
#define HASS_COUNTERS_PAGE 20
#define HASS_COUNTERS_LIST(X)                                                                      \
	X(HOST_OVERRUN, "host_overrun")	  /* bytes the USART lost: an interrupt came late */       \
	X(HOST_FULL, "host_full")	  /* bytes dropped, the buffer was full */                 \
	X(FRAME_CRC, "frame_crc")	  /* frames with a wrong checksum */                       \
	X(FRAME_LONG, "frame_long")	  /* longer than HASS_FRAME_MAX */                         \
	X(FRAME_SHORT, "frame_short")	  /* shorter than HASS_FRAME_MIN, not empty */             \
	X(FRAME_COBS, "frame_cobs")	  /* ended inside a COBS block */                          \
	X(REQ_TYPE, "req_type")		  /* unknown requests */                                   \
	X(REQ_LENGTH, "req_length")	  /* known, wrong length */                                \
	X(REQ_VALUE, "req_value")	  /* a field out of range */                               \
	X(REQ_JUMPER, "req_jumper")	  /* provisioning refused */                               \
	X(REQ_MAC, "req_mac")		  /* wrong MAC */                                          \
	X(ALARM_STORED, "alarm_stored")	  /* alarms acknowledged */                                \
	X(ALARM_BUSY, "alarm_busy")	  /* alarms sent back to fold */                           \
	X(BEAT_MISSED, "beat_missed")	  /* intervals without a vouched beat */                   \
	X(MODEM_OVERRUN, "modem_overrun") /* as above, the modem's port */                         \
	X(MODEM_FULL, "modem_full")	  /* */                                                    \
	X(AT_LONG, "at_long")		  /* lines cut to the buffer */                            \
	X(AT_UNKNOWN, "at_unknown")	  /* lines ignored */                                      \
	X(AT_ERROR, "at_error")		  /* ERROR, +CME ERROR, +CMS ERROR */                      \
	X(AT_TIMEOUT, "at_timeout")	  /* commands never answered */                            \
	X(MODEM_BANNER, "modem_banner")	  /* the modem restarted by itself */                      \
	X(MODEM_RESET, "modem_reset")	  /* reset line pulled */                                  \
	X(MODEM_POWER, "modem_power")	  /* power key pressed */                                  \
	X(SIM_FULL, "sim_full")		  /* storage full reports */                               \
	X(PDU_BAD, "pdu_bad")		  /* messages that are no valid SMS-DELIVER */             \
	X(SMS_IN, "sms_in")		  /* messages read */                                      \
	X(SMS_STRANGER, "sms_stranger")	  /* from numbers not listed: no answer */                 \
	X(SMS_FOREIGN, "sms_foreign")	  /* not plain 7-bit text, or in parts */                  \
	X(SMS_SYNTAX, "sms_syntax")	  /* from a listed number, no command */                   \
	X(CODE_WRONG, "code_wrong")	  /* wrong or used codes */                                \
	X(CODE_LIMITED, "code_limited")	  /* codes not looked at: no token left */                 \
	X(SMS_SENT, "sms_sent")		  /* accepted by the network */                            \
	X(SMS_FAILED, "sms_failed")	  /* attempts that failed */                               \
	X(SMS_GIVEN_UP, "sms_given_up")	  /* messages dropped after all attempts */                \
	X(SMS_LIMITED, "sms_limited")	  /* messages held back or dropped by the limits */        \
	X(NV_BAD, "nv_bad")		  /* records with a wrong checksum found at start */       \
	X(NV_WORN, "nv_worn")		  /* records that did not read back as written */

enum hass_counter {
#define HASS_X(name, text) HASS_C_##name,
	HASS_COUNTERS_LIST(HASS_X)
#undef HASS_X
		HASS_C__MAX,
};

_Static_assert(sizeof(struct hass_status) < HASS_PAYLOAD_MAX, "the status fits a reply");
_Static_assert(sizeof(struct hass_alarm) == HASS_PAYLOAD_MAX, "an alarm fills a frame");
_Static_assert(2 + 2 * HASS_COUNTERS_PAGE <= HASS_PAYLOAD_MAX, "a page of counters fits");
_Static_assert(2 + HASS_SECRET_SIZE <= HASS_PAYLOAD_MAX, "a secret fits a request");

#endif /* HASS_PROTO_H */
