// SPDX-License-Identifier: Apache-2.0
/* Is the unit well, and is the publisher there? */
#include "fsx.h"
#include "guard.h"
#include "hass_hub.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND 1000000000ll
#define PATIENCE (5 * SECOND) /* a plug that is moved is no news */
#define NOTES 6		      /* at once, then one a minute */
#define NOTE_EVERY (60 * SECOND)
#define NOISE_WINDOW (10 * SECOND)
#define NOISE_FRAMES 20

static void note(struct hass_hub *h, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct hass_hub *h, const char *fmt, ...)
{
	char text[EVENT_DETAIL_MAX];
	int64_t now = fsx_mono_ns();
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (now - h->notes_at >= NOTE_EVERY || !h->notes_at) {
		int64_t back = h->notes_at ? (now - h->notes_at) / NOTE_EVERY : NOTES;

		h->notes_left = h->notes_left + back > NOTES ? NOTES : h->notes_left + back;
		h->notes_at = now;
	}
	if (!h->notes_left) {
		h->notes_held++;
		return;
	}
	h->notes_left--;
	log_warn("hardware unit: %s", text);
	guard_note(h->g, "hass", "", 1 + h->notes_held, "hardware unit: %.200s", text);
	h->notes_held = 0;
}

/* All that arrived damaged, by the agent's own receiver. */
static uint32_t damaged(const struct msg_hass *m)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < m->n_counters; i++)
		if (!strncmp(m->counters[i].name, "agent_", 6))
			n += m->counters[i].value;
	return n;
}

static void judge_noise(struct hass_hub *h, int64_t now)
{
	uint32_t n = damaged(&h->m);

	if (n < h->damaged) /* the role was started anew */
		h->damaged = n;
	if (h->damaged_at && now - h->damaged_at < NOISE_WINDOW)
		return;
	if (h->damaged_at && n - h->damaged >= NOISE_FRAMES && h->m.line == HASSMSG_UP)
		note(h,
		     "%" PRIu32 " damaged or unasked frames on the line in %d s: a bad cable,"
		     " or somebody else speaks on it",
		     n - h->damaged, (int)(NOISE_WINDOW / SECOND));
	h->damaged = n;
	h->damaged_at = now;
}

static void judge_line(struct hass_hub *h, int64_t now)
{
	if (h->m.line == h->line) {
		h->line_since = now;
		return;
	}
	if (h->m.line == HASSMSG_UP) {
		if (h->boots || h->line != HASSMSG_SILENT)
			note(h, "it answers again (was %s)", hassmsg_line_name(h->line));
		else
			log_info("hardware unit: firmware %s answers", h->m.version);
	} else if (now - h->line_since < PATIENCE) {
		return;
	} else {
		note(h, "%s: %s", hassmsg_line_name(h->m.line), h->m.why);
	}
	h->line = h->m.line;
	h->line_since = now;
}

static void judge_boots(struct hass_hub *h)
{
	if (h->m.line != HASSMSG_UP || !h->m.boots)
		return;
	if (h->boots && h->boots != h->m.boots)
		note(h, "it has restarted (%s), start number %" PRIu32, h->m.reset, h->m.boots);
	h->boots = h->m.boots;
}

void hass_watch_report(struct hass_hub *h)
{
	int64_t now = fsx_mono_ns();

	judge_line(h, now);
	judge_boots(h);
	judge_noise(h, now);
}

/* Only where a publisher is configured; the uplink's own "silent" is another thing. */
static void judge_publisher(struct hass_hub *h, int64_t now)
{
	struct guard *g = h->g;
	bool online = uplink_state(g->uplink) == UPLINK_ONLINE;

	if (!g->uplink || online) {
		if (h->away_told)
			guard_note(g, "back", "", 1, "the publisher is there again");
		h->away_told = false;
		h->away_since = 0;
		return;
	}
	if (!h->away_since)
		h->away_since = now;
	if (h->away_told || now - h->away_since < g->conf->hass.away * SECOND)
		return;
	h->away_told = true;
	guard_note(g, "away", "", 1, "publisher not reached for %" PRIu32 " s: %.150s",
		   g->conf->hass.away, uplink_reason(g->uplink));
}

void hass_watch_tick(struct hass_hub *h, int64_t now)
{
	judge_line(h, now);
	judge_publisher(h, now);
}

void hass_hub_problem(const struct hass_hub *h, char *to, size_t cap)
{
	*to = '\0';
	if (!h)
		return;
	if (h->m.line != HASSMSG_UP)
		snprintf(to, cap, "%s: %s", hassmsg_line_name(h->m.line), h->m.why);
	else if (!(h->m.flags & HASSMSG_F_PROVISIONED))
		snprintf(to, cap, "not provisioned: wdctl hass provision");
	else if (h->m.flags & HASSMSG_F_CUT)
		snprintf(to, cap, "the network is cut");
	else if (h->m.flags & HASSMSG_F_JUMPER)
		snprintf(to, cap, "the provisioning jumper is closed: open it");
	else if (h->m.flags & HASSMSG_F_SIM_PIN)
		snprintf(to, cap, "the SIM refused its PIN: provision the right one");
	else if (!(h->m.flags & HASSMSG_F_REGISTERED))
		snprintf(to, cap, "the modem is in no mobile network (%s)", h->m.modem);
	else if (h->m.flags & HASSMSG_F_BEAT_LOST)
		snprintf(to, cap, "the publisher does not vouch for this host");
}
