// SPDX-License-Identifier: Apache-2.0
#include "hass_hub.h"
#include "fsx.h"
#include "guard.h"
#include "roles.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000ll
#define GATHER (1 * SECOND) /* a storm's first second goes into its first SMS */
#define GAP (10 * SECOND)   /* the unit rations what it writes to EEPROM */
#define REPORT_CLOSED_S 10
#define REPORT_MAX 8192

/* ---- the role ---- */

int hass_hub_send(struct hass_hub *h, enum role_msg type, struct buf *b)
{
	struct chan *c = role_chan(h->role);
	int rc = c ? chan_send_buf(c, type, b) : -1;

	buf_free(b);
	return rc;
}

void hass_hub_report(struct hass_hub *h)
{
	uplink_hass(h->g->uplink, &h->m);
}

static void end_test(struct hass_hub *h, bool good, const char *why)
{
	struct ctl_conn *c = h->tester;

	h->tester = NULL;
	if (!c)
		return;
	ctl_on_gone(c, NULL, NULL);
	if (good)
		ctl_ok(c, NULL);
	else
		ctl_fail(c, "%s", why);
}

/* Nobody waits for a test SMS until a unit is there again some day. */
static void give_up_test(struct hass_hub *h, const char *why)
{
	if (!h->out_test || !h->out.count)
		return;
	h->out.count = 0;
	end_test(h, false, why);
}

static void closed(struct hass_hub *h, const char *why)
{
	bool news = h->m.line != HASSMSG_CLOSED || strcmp(h->m.why, why);

	h->m.line = HASSMSG_CLOSED;
	snprintf(h->m.why, sizeof(h->m.why), "%s", why);
	h->out_under_way = false;
	give_up_test(h, why);
	hass_setup_stop(h, why);
	hass_relay_stop(h, why);
	if (!news)
		return;
	hass_watch_report(h);
	hass_hub_report(h);
}

/* ---- alarms ---- */

static void send_alarm(struct hass_hub *h)
{
	struct buf b;

	buf_init(&b, 128);
	buf_put_u32(&b, h->out.id);
	buf_put_u16(&b, h->out.count);
	buf_put_u8(&b, h->out_test);
	buf_put_str(&b, h->out.text);
	h->out_under_way = !hass_hub_send(h, ROLE_HASS_ALARM, &b);
}

/* What was handed in without an answer goes again first, as it was: then it counts once. */
static void go_on(struct hass_hub *h, int64_t now)
{
	if (h->m.line != HASSMSG_UP || h->out_under_way)
		return;
	/* One after the other: whichever waits must not be starved by a storm of the other. */
	if ((!h->out.count && hass_relay_turn(h, now)) || now < h->out_after)
		return;
	h->relay.gave_way = false;
	if (!h->out.count) {
		h->out_test = false;
		hass_fold_take(&h->fold, &h->out);
	}
	if (h->out.count)
		send_alarm(h);
}

static void on_event(void *arg, const struct wd_event *e)
{
	struct hass_hub *h = arg;
	bool first = !h->fold.count;
	int64_t soon = fsx_mono_ns() + GATHER;

	if (hass_fold_add(&h->fold, e) && first && h->out_after < soon)
		h->out_after = soon;
}

static void on_taken(struct hass_hub *h, uint8_t result, unsigned int seconds)
{
	int64_t now = fsx_mono_ns();

	h->out_under_way = false;
	if (result == TAKEN_LOST) {
		give_up_test(h, "the unit does not answer");
		return; /* an alarm goes again when there is a unit */
	}
	if (result == TAKEN_BUSY) {
		h->out_after = now + seconds * SECOND;
		if (h->out_test) {
			end_test(h, false,
				 "the unit takes no more alarms for now: try again in a minute");
			h->out.count = 0;
		} else {
			hass_fold_back(&h->fold, &h->out);
			h->out.count = 0;
		}
		return;
	}
	if (h->out_test)
		end_test(h, result == TAKEN_OK,
			 "no phone is stored in the unit: wdctl hass provision");
	else if (result == TAKEN_OK)
		h->told += h->out.count;
	else
		h->dropped += h->out.count;
	if (result == TAKEN_OK && !h->out_test)
		log_info("event %s (of %u) is with the hardware unit", h->out.event, h->out.count);
	h->out.count = 0;
	h->out_after = now + GAP;
}

/* ---- messages of the role ---- */

static bool report_came(struct hass_hub *h, struct rd *r)
{
	static struct msg_hass m; /* large */

	msg_hass_get(r, &m);
	if (!rd_end(r))
		return false;
	h->m = m;
	hass_watch_report(h);
	hass_hub_report(h);
	hass_relay_report(h);
	go_on(h, fsx_mono_ns());
	return true;
}

static bool taken_came(struct hass_hub *h, struct rd *r)
{
	uint32_t id = rd_u32(r);
	uint8_t result = rd_u8(r), seconds = rd_u8(r);

	if (!rd_end(r) || result >= TAKEN_MAX)
		return false;
	if (hass_relay_taken(h, id, result, seconds))
		return true;
	if (h->out_under_way && id == h->out.id)
		on_taken(h, result, seconds);
	return true;
}

static bool set_came(struct hass_hub *h, struct rd *r)
{
	char said[ROLE_TEXT_MAX];
	uint32_t number = rd_u32(r);
	bool good = rd_u8(r);

	rd_str(r, said, sizeof(said));
	if (!rd_end(r))
		return false;
	hass_setup_answer(h, number, good, said);
	return true;
}

static bool gone_came(struct hass_hub *h, struct rd *r)
{
	char why[HASSMSG_WHY - 40], text[HASSMSG_WHY];

	rd_str(r, why, sizeof(why));
	if (!rd_end(r))
		return false;
	snprintf(text, sizeof(text), "the port went away (%s)", why);
	closed(h, text);
	return true;
}

static bool shut_came(struct hass_hub *h, struct rd *r)
{
	char why[HASSMSG_WHY - 40];

	rd_str(r, why, sizeof(why));
	if (!rd_end(r))
		return false;
	role_known(h->role);
	closed(h, why);
	return true;
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct hass_hub *h = arg;
	struct rd r = rd_over(p, n);
	bool good = false;

	if (type == ROLE_HASS_REPORT)
		good = report_came(h, &r);
	else if (type == ROLE_HASS_TAKEN)
		good = taken_came(h, &r);
	else if (type == ROLE_HASS_SET)
		good = set_came(h, &r);
	else if (type == ROLE_HASS_GONE)
		good = gone_came(h, &r);
	else if (type == ROLE_HASS_SHUT)
		good = shut_came(h, &r);
	if (good)
		return;
	log_err("role hass: message 0x%04x makes no sense; it is ended", type);
	role_restart(h->role);
}

static void on_up(void *arg, struct chan *c)
{
	(void)arg;
	(void)c;
}

static void on_down(void *arg, const char *why)
{
	struct hass_hub *h = arg;
	char text[HASSMSG_WHY];

	if (h->m.line == HASSMSG_CLOSED)
		return;
	snprintf(text, sizeof(text), "the role that talks to it ended: %.150s", why);
	closed(h, text);
}

static const struct role_ops role_ops = {on_up, on_message, on_down, NULL};

/* ---- from the publisher ---- */

void hass_hub_mac(struct hass_hub *h, const struct msg_hass_mac *m)
{
	struct buf b;

	if (!h)
		return;
	if (m->letter == HASSMSG_CUT)
		log_warn("the publisher cuts this host from the network");
	buf_init(&b, 64);
	msg_hass_mac_put(&b, m);
	hass_hub_send(h, ROLE_HASS_MAC, &b);
}

/* ---- */

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval second = {1, 0};
	struct hass_hub *h = arg;
	int64_t now = fsx_mono_ns();

	(void)fd;
	(void)what;
	go_on(h, now);
	hass_watch_tick(h, now);
	if (h->m.line == HASSMSG_CLOSED && now / SECOND % REPORT_CLOSED_S == 0)
		hass_hub_report(h);
	evtimer_add(h->tick, &second);
}

struct hass_hub *hass_hub_new(struct guard *g, struct err *err)
{
	struct hass_hub *h = calloc(1, sizeof(*h));
	char speed[16];
	const char *argv[] = {"--state", g->state, "--port", g->conf->hass.port,
			      "--speed", speed,	   NULL};

	if (!h) {
		err_set(err, "out of memory");
		return NULL;
	}
	h->g = g;
	snprintf(speed, sizeof(speed), "%d", (int)g->conf->hass.speed);
	h->m.line = h->line = HASSMSG_SILENT;
	h->line_since = fsx_mono_ns();
	h->tick = evtimer_new(g->base, on_tick, h);
	h->listener = spool_listen(g->spool, on_event, h);
	hass_setup_load(h);
	if (h->tick && h->listener)
		h->role = role_start(g->base, ROLE_HASS, (char *const *)argv, &role_ops, h);
	if (h->role) {
		on_tick(-1, 0, h);
		return h;
	}
	hass_hub_free(h);
	err_set(err, "out of memory");
	return NULL;
}

void hass_hub_free(struct hass_hub *h)
{
	if (!h)
		return;
	role_stop(h->role);
	if (h->listener)
		spool_unlisten(h->g->spool, h->listener);
	if (h->tick)
		event_free(h->tick);
	explicit_bzero(&h->setup, sizeof(h->setup));
	free(h);
}

/* ---- wdctl ---- */

static json_t *alarms_json(const struct hass_hub *h)
{
	return json_pack("{s:I, s:I, s:I}", "waiting",
			 (json_int_t)(h->fold.count + (h->out_test ? 0 : h->out.count)), "told",
			 (json_int_t)h->told, "dropped", (json_int_t)h->dropped);
}

void hass_hub_status(struct hass_hub *h, struct ctl_conn *conn, json_t *request)
{
	char problem[HASSMSG_WHY], hex[2 * BOX_KEY_LEN + 1] = "";
	json_t *j;

	(void)request;
	if (!h) {
		ctl_fail(conn,
			 "no hardware unit is configured: hass { port = ... } in agent.conf(5)");
		return;
	}
	hass_hub_problem(h, problem, sizeof(problem));
	for (int i = 0; i < BOX_KEY_LEN && h->have_box; i++)
		snprintf(hex + 2 * i, 3, "%02x", h->box.key.b[i]);
	j = hassmsg_json(&h->m);
	json_object_set_new(j, "port", json_string(h->g->conf->hass.port));
	json_object_set_new(j, "problem", json_string(problem));
	json_object_set_new(j, "alarms", alarms_json(h));
	json_object_set_new(j, "host", json_string(h->g->id.host));
	json_object_set_new(j, "publisher_box", json_string(hex));
	json_object_set_new(j, "publisher_has_key", json_boolean(h->key_acked));
	ctl_ok(conn, j);
}

static void tester_gone(void *arg, struct ctl_conn *c)
{
	struct hass_hub *h = arg;

	(void)c;
	h->tester = NULL;
}

void hass_hub_test(struct hass_hub *h, struct ctl_conn *conn, json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "text"));

	if (!h || h->m.line != HASSMSG_UP) {
		ctl_fail(conn, "%s", h ? h->m.why : "no hardware unit is configured");
		return;
	}
	if (h->tester || h->out.count || h->relay.state != RELAY_NONE) {
		ctl_fail(conn,
			 "an alarm is on its way to the unit just now: try again in a moment");
		return;
	}
	snprintf(h->out.text, sizeof(h->out.text), "%s", text ? text : "test from wdctl");
	fsx_random(&h->out.id, sizeof(h->out.id));
	h->out.count = 1;
	h->out_test = true;
	h->tester = conn;
	ctl_on_gone(conn, tester_gone, h);
	send_alarm(h);
}
