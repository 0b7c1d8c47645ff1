// SPDX-License-Identifier: Apache-2.0
/*
 * A text of the publisher's own on its way to the phones:
 *
 *   WAITING  until the unit has sent what it holds: a second alarm would replace the first's text
 *   HANDED   the unit is asked to take it
 *   TAKEN    the unit has it in its memory, and is sending
 *
 * "Told" is the unit's word that every phone was tried and one at least was reached, not ours that
 * it was handed over. Meanwhile our own alarms are folded; afterwards theirs is the first turn.
 */
#include "fsx.h"
#include "guard.h"
#include "hass_hub.h"
#include <stdio.h>
#include <string.h>

#define SECOND 1000000000ll
#define PATIENCE (150 * SECOND) /* the publisher's is longer */
#define FRESH (2 * SECOND)	/* a report so long after taking knows of it */

static void end(struct hass_hub *h, bool told, const char *why)
{
	struct msg_hass_sms_end m = {.id = h->relay.sms.id, .told = told};

	snprintf(m.why, sizeof(m.why), "%s", why);
	log_info("SMS \"%s\" of the publisher: %s", h->relay.sms.text,
		 told ? "told by the hardware unit" : why);
	h->relay.state = RELAY_NONE;
	h->relay.gave_way = true;
	if (told) {
		h->relay.have_told = true;
		h->relay.told = m.id;
	}
	uplink_hass_sms_end(h->g->uplink, &m);
}

void hass_relay_begin(struct hass_hub *h, const struct msg_hass_sms *m)
{
	struct hass_relay *r = &h->relay;

	if (r->state != RELAY_NONE && r->sms.id == m->id)
		return; /* asked again: it is under way */
	/* A publisher that was started anew no longer waits for the one before. */
	*r = (struct hass_relay){.state = RELAY_WAITING,
				 .sms = *m,
				 .begun = fsx_mono_ns(),
				 .gave_way = r->gave_way,
				 .have_told = r->have_told,
				 .told = r->told};
	if (r->have_told && r->told == m->id)
		end(h, true, "");
	else if (h->m.line != HASSMSG_UP)
		end(h, false, h->m.why);
	else if (!(h->m.flags & HASSMSG_F_PROVISIONED) || !h->m.phones)
		end(h, false, "no phone is stored in the unit: wdctl hass provision");
}

static void hand_over(struct hass_hub *h)
{
	struct buf b;

	buf_init(&b, 128);
	buf_put_u32(&b, h->relay.sms.id);
	buf_put_u16(&b, 1);
	buf_put_u8(&b, h->relay.sms.test);
	buf_put_str(&b, h->relay.sms.text);
	if (!hass_hub_send(h, ROLE_HASS_ALARM, &b))
		h->relay.state = RELAY_HANDED;
}

static bool late(struct hass_hub *h, int64_t now)
{
	char why[HASSMSG_WHY];

	if (now - h->relay.begun < PATIENCE)
		return false;
	if (h->relay.state == RELAY_TAKEN)
		snprintf(why, sizeof(why),
			 "the unit holds it, but could not send it yet (modem: %s)", h->m.modem);
	else
		snprintf(why, sizeof(why), "the unit is busy with other alarms (modem: %s)",
			 h->m.modem);
	end(h, false, why);
	return true;
}

bool hass_relay_turn(struct hass_hub *h, int64_t now)
{
	struct hass_relay *r = &h->relay;

	if (r->state == RELAY_NONE || late(h, now))
		return false;
	if (r->state == RELAY_WAITING && r->gave_way && h->fold.count)
		return false;
	if (r->state == RELAY_WAITING && now >= r->after && !(h->m.flags & HASSMSG_F_ALARM))
		hand_over(h);
	return true;
}

bool hass_relay_taken(struct hass_hub *h, uint32_t id, uint8_t result, unsigned int seconds)
{
	struct hass_relay *r = &h->relay;

	if (r->state != RELAY_HANDED || id != r->sms.id)
		return false;
	r->state = RELAY_WAITING;
	if (result == TAKEN_OK) {
		r->state = RELAY_TAKEN;
		r->taken = fsx_mono_ns();
	} else if (result == TAKEN_BUSY) {
		r->after = fsx_mono_ns() + seconds * SECOND;
	} else if (result == TAKEN_OFF) {
		end(h, false, "no phone is stored in the unit: wdctl hass provision");
	}
	return true; /* LOST: the report that says so follows */
}

void hass_relay_report(struct hass_hub *h)
{
	struct hass_relay *r = &h->relay;

	if (h->m.line != HASSMSG_UP)
		hass_relay_stop(h, h->m.why);
	else if (r->state == RELAY_TAKEN && fsx_mono_ns() - r->taken >= FRESH &&
		 !(h->m.flags & HASSMSG_F_ALARM))
		end(h, true, "");
}

void hass_relay_stop(struct hass_hub *h, const char *why)
{
	if (h->relay.state != RELAY_NONE)
		end(h, false, why);
}
