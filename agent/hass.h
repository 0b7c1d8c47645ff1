/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass - the hardware unit's contract for the rest of the agent
 *
 * hass.c alone includes hass-fw/proto.h: what is asked and answered over the serial line is
 * built and read here, without any input or output. Every answer is taken as hostile: a
 * wrong length or value is -1, and nothing has changed.
 */
#ifndef WD_HASS_H
#define WD_HASS_H

#include "hass_frame.h"
#include "hassmsg.h"
#include "log.h"

#define HASS_REPEAT_MS 1500 /* without a reply the same frame is sent again */

/* A frame without its seq. */
void hass_ask_hello(struct hass_frame *f);
void hass_ask_status(struct hass_frame *f);
void hass_ask_counters(struct hass_frame *f, unsigned int first);
/* Text is cut and made printable. */
void hass_ask_alarm(struct hass_frame *f, uint32_t id, uint16_t count, bool test, const char *text);
void hass_ask_mac(struct hass_frame *f, const struct msg_hass_mac *m);

/* Is reply the answer to request (seq included)? */
bool hass_answers(const struct hass_frame *request, const struct hass_frame *reply);
/* "ok", "busy", "jumper", ...; -1: malformed. */
int hass_result(const struct hass_frame *reply);
const char *hass_result_name(int result);
const char *hass_result_help(int result); /* a sentence for people */
bool hass_is_ok(int result);
bool hass_is_busy(int result, const struct hass_frame *reply, unsigned int *seconds);
bool hass_is_off(int result); /* not provisioned for this */

/* Into m; -1: not what a unit answers. Hello: -2 for a unit of another protocol. */
int hass_read_hello(const struct hass_frame *reply, struct msg_hass *m);
int hass_read_status(const struct hass_frame *reply, struct msg_hass *m);
/* The next counter to ask for, 0 = that was all, -1. */
int hass_read_counters(const struct hass_frame *reply, struct msg_hass *m);

/* ---- provisioning: items in the unit's form ---- */
#define HASS_SETTING_DATA 20
#define HASS_PHONES_MAX 4
struct hass_setting {
	uint8_t item, index, len;
	uint8_t data[HASS_SETTING_DATA];
};
enum hass_which { HASS_KEY_CUT, HASS_KEY_RESTORE, HASS_KEY_VOUCH };
struct hass_rules {
	int beat, misses, cut_on_loss, hour_sms, day_sms, reserve, fold, grace;
};
void hass_setting_erase(struct hass_setting *i);
int hass_setting_phone(struct hass_setting *i, int index, const char *number, struct err *err);
void hass_setting_secret(struct hass_setting *i, enum hass_which which,
			 const uint8_t key[HASSMSG_KEY]);
int hass_setting_rules(struct hass_setting *i, const struct hass_rules *r, struct err *err);
int hass_setting_site(struct hass_setting *i, const char *name, struct err *err);
int hass_setting_pin(struct hass_setting *i, const char *pin, struct err *err);
/* An item out of another process: within bounds? */
bool hass_setting_ok(const struct hass_setting *i);
void hass_ask_provision(struct hass_frame *f, const struct hass_setting *i);

#endif
