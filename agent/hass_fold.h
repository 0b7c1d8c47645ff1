/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hass_fold - events on their way to an SMS: the latest one's text, and how many
 *
 * An SMS has room for 36 characters of ours. The event's id comes first and whole, so that
 * one id leads from the kernel's log to the phone; then what became of it, then the end of
 * its path. An event is counted once, and once more if it cannot be put right.
 */
#ifndef WD_HASS_FOLD_H
#define WD_HASS_FOLD_H

#include "event.h"

#define HASS_FOLD_TEXT 37
#define HASS_FOLD_SEEN 256 /* ids that are remembered: an event changes soon or not at all */

struct hass_fold {
	uint64_t count; /* 0: nothing waits */
	char id[EVENT_ID_MAX];
	char text[HASS_FOLD_TEXT];
	uint64_t seen[HASS_FOLD_SEEN];
	unsigned int next;
};

/* Does this event concern a person with a phone? */
bool hass_fold_alarming(const struct wd_event *e);
/* True if it was added. */
bool hass_fold_add(struct hass_fold *f, const struct wd_event *e);
/* What is to be sent: count as far as it goes, the rest stays. The same again has the same id. */
struct hass_alarm_out {
	uint32_t id;
	uint16_t count; /* 0: none */
	char text[HASS_FOLD_TEXT];
	char event[EVENT_ID_MAX];
};
void hass_fold_take(struct hass_fold *f, struct hass_alarm_out *out);
void hass_fold_back(struct hass_fold *f, const struct hass_alarm_out *out);

#endif
