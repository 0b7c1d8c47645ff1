/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hassmsg - what agent and publisher say about the hardware unit (HaSS) on the web server
 *
 *   agent                                        publisher
 *                                            <-  HASS_BOX {where secrets for it are sealed to}
 *     HASS_KEY {the vouch key, sealed}       ->       after provisioning, until acknowledged
 *                                            <-  HASS_KEY_ACK {32 bytes SHA-256 of it}
 *     HASS {how the unit is, its nonce}      ->       on every change, at least every 10 s
 *                                            <-  HASS_MAC {over that nonce: alive, or cut}
 *                                            <-  HASS_SMS {a text of the publisher's own}
 *     HASS_SMS_END {told to the phones, or   ->       one at a time
 *                   why not}
 *
 * The agent relays: it never holds the key that makes these MACs. A HASS message is the
 * word of a web server that may have been taken over; a MAC is judged by the unit itself.
 */
#ifndef WD_HASSMSG_H
#define WD_HASSMSG_H

#include "box.h"
#include "buf.h"
#include "sign.h"

#define HASSMSG_NONCE 8
#define HASSMSG_MAC 20
#define HASSMSG_KEY 20 /* the vouch key */
#define HASSMSG_SEALED (HASSMSG_KEY + BOX_OVERHEAD)
#define HASSMSG_BOX_DOMAIN "webdefender-hass-box-v1" /* release key over the box key */
#define HASSMSG_KEY_DOMAIN "webdefender-hass-key-v1" /* box; its name is the host's */
#define HASSMSG_VOUCH 'V'
#define HASSMSG_CUT 'C'
#define HASSMSG_BUCKETS 5
#define HASSMSG_COUNTERS 64
#define HASSMSG_NAME 24
#define HASSMSG_WHY 256

/* How the line to the unit is. */
enum hassmsg_line {
	HASSMSG_CLOSED, /* the port cannot be opened */
	HASSMSG_SILENT, /* nothing answers: unplugged, or without power */
	HASSMSG_BABBLE, /* bytes that make no sense: wrong speed, noise, another device */
	HASSMSG_WRONG,	/* a device that answers, but no unit this agent knows */
	HASSMSG_UP,
	HASSMSG_LINES
};
const char *hassmsg_line_name(uint8_t line);

/* msg_hass.flags */
#define HASSMSG_F_CUT (1u << 0)
#define HASSMSG_F_JUMPER (1u << 1)
#define HASSMSG_F_BEAT (1u << 2)
#define HASSMSG_F_VOUCHED (1u << 3)
#define HASSMSG_F_BEAT_LOST (1u << 4)
#define HASSMSG_F_REGISTERED (1u << 5)
#define HASSMSG_F_ALARM (1u << 6)
#define HASSMSG_F_SIM_PIN (1u << 7)
#define HASSMSG_F_PROVISIONED (1u << 8)

struct msg_hass {
	uint8_t line;	       /* enum hassmsg_line; unless UP what follows is the last known */
	char why[HASSMSG_WHY]; /* it is not UP: what is wrong, what to do */
	char version[16];      /* of the firmware; "" = never heard */
	uint16_t flags;	       /* HASSMSG_F_* */
	uint8_t signal;	       /* 0-31, 99 = unknown */
	uint8_t sim_used, phones, secrets, notes;
	uint8_t beat_left, missed;
	uint8_t tokens[HASSMSG_BUCKETS];
	uint32_t uptime, boots;
	uint16_t stack_free;
	char modem[16], reset[32];    /* in words */
	uint8_t nonce[HASSMSG_NONCE]; /* zeros: none */
	uint8_t told;		      /* letter of the last MAC handed in; 0: none */
	char told_result[16];	      /* what the unit said to it */
	uint16_t n_counters;
	struct hassmsg_counter {
		char name[HASSMSG_NAME];
		uint32_t value;
	} counters[HASSMSG_COUNTERS]; /* the unit's, then those of the agent's own receiver */
};

struct msg_hass_mac {
	uint8_t letter; /* HASSMSG_VOUCH or HASSMSG_CUT */
	uint8_t nonce[HASSMSG_NONCE];
	uint8_t mac[HASSMSG_MAC];
};

struct msg_hass_box {
	struct box_public key;
	uint8_t sig[SIGN_SIG_LEN]; /* release key, HASSMSG_BOX_DOMAIN */
};

#define HASSMSG_TEXT 37 /* an SMS has room for 36 characters of ours */
struct msg_hass_sms {
	uint32_t id; /* the same again is the same text again */
	uint8_t test;
	char text[HASSMSG_TEXT]; /* printable ASCII, not empty */
};

struct msg_hass_sms_end {
	uint32_t id;
	uint8_t told; /* the unit says that the SMS went out */
	char why[HASSMSG_WHY];
};

void msg_hass_put(struct buf *b, const struct msg_hass *m);
void msg_hass_get(struct rd *r, struct msg_hass *m);
void msg_hass_mac_put(struct buf *b, const struct msg_hass_mac *m);
void msg_hass_mac_get(struct rd *r, struct msg_hass_mac *m);
void msg_hass_box_put(struct buf *b, const struct msg_hass_box *m);
void msg_hass_box_get(struct rd *r, struct msg_hass_box *m);
void msg_hass_sms_put(struct buf *b, const struct msg_hass_sms *m);
void msg_hass_sms_get(struct rd *r, struct msg_hass_sms *m);
void msg_hass_sms_end_put(struct buf *b, const struct msg_hass_sms_end *m);
void msg_hass_sms_end_get(struct rd *r, struct msg_hass_sms_end *m);
/* New; everything in words, the nonce left out: it is nobody's business. */
struct json_t *hassmsg_json(const struct msg_hass *m);

#endif
