/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass_line - the dialogue with the unit: one request at a time, repeated, judged, by time
 *
 * No input or output of its own: bytes come in by hass_line_bytes(), go out by ops->write, and
 * time comes in by hass_line_tick(); so a test can play unit and clock.
 *
 * Not UP: HELLO, after 0.3 s and then ever later up to 10 s. UP: STATUS every second, all
 * counters every 10 s, in between what is waiting: settings, MACs, an alarm. Five repetitions
 * without a reply: not UP any more, and `why` tells silence, babble and a wrong device apart.
 */
#ifndef WD_HASS_LINE_H
#define WD_HASS_LINE_H

#include "hass.h"
#include "roles.h"

#define HASS_TRIES 5

struct hass_line_ops {
	void (*write)(void *arg, const void *p, size_t n);
	void (*report)(void *arg, const struct msg_hass *m);
	void (*taken)(void *arg, uint32_t id, enum role_taken result, unsigned int seconds);
	void (*set)(void *arg, uint32_t number, bool good, const char *said);
};

struct hass_line {
	const struct hass_line_ops *ops;
	void *arg;
	struct msg_hass m; /* as last reported, or about to be */
	struct hass_receiver receiver;
	struct hass_frame request; /* under way if tries > 0 */
	int asked;		   /* enum of hass_line.c */
	int tries;
	int64_t due;  /* ms: repeat, or begin the next */
	int hello_ms; /* the pause before the next HELLO */
	uint8_t seq;
	uint32_t bytes, damaged; /* of the receiver, when the unit was last well */
	bool wrong;		 /* something answered HELLO, and it is no unit we know */
	int64_t status_at, counters_at, reported_at;
	unsigned int counter; /* the next page; 0: not under way */
	bool have_alarm, have_mac, have_setting, due_report;
	uint32_t alarm_id, setting_number;
	struct hass_frame alarm, mac, setting;
	struct msg_hass_mac mac_of;
	uint32_t late, late_before; /* good frames that nobody had asked for, as an echo makes */
};

void hass_line_init(struct hass_line *l, const struct hass_line_ops *ops, void *arg, int64_t now);
void hass_line_bytes(struct hass_line *l, const uint8_t *p, size_t n, int64_t now);
/* Call at least every 50 ms; now: milliseconds of any clock that only goes forward. */
void hass_line_tick(struct hass_line *l, int64_t now);

void hass_line_alarm(struct hass_line *l, uint32_t id, uint16_t count, bool test, const char *text);
void hass_line_mac(struct hass_line *l, const struct msg_hass_mac *m);
void hass_line_setting(struct hass_line *l, uint32_t number, const struct hass_setting *s);

#endif
