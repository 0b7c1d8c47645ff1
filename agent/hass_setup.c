// SPDX-License-Identifier: Apache-2.0
/*
 * Settings pass through; the publisher's key for this unit is sealed by wdctl before it comes
 * here, and is kept and sent sealed: only the publisher's keys role can open it.
 */
#include "fsx.h"
#include "guard.h"
#include "hass_hub.h"
#include "roles.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define KEY_FILE "hass.key"

/* ---- the sealed key ---- */

static void offer_key(struct hass_hub *h)
{
	if (h->key_there && h->have_box)
		uplink_hass_key(h->g->uplink, h->sealed, sizeof(h->sealed));
}

void hass_setup_load(struct hass_hub *h)
{
	char path[STATE_PATH_MAX];
	size_t n;
	char *p = fsx_slurp(state_path(path, h->g->state, KEY_FILE), HASSMSG_SEALED, &n, NULL);

	if (p && n == HASSMSG_SEALED) {
		memcpy(h->sealed, p, n);
		h->key_there = true;
	}
	free(p);
}

static int keep_key(struct hass_hub *h, struct err *err)
{
	char path[STATE_PATH_MAX];

	if (!h->setup.has_sealed)
		return 0;
	if (fsx_replace(state_path(path, h->g->state, KEY_FILE), h->setup.sealed, sizeof(h->sealed),
			0600, err))
		return -1;
	memcpy(h->sealed, h->setup.sealed, sizeof(h->sealed));
	h->key_there = true;
	h->key_acked = false;
	offer_key(h);
	return 0;
}

/* Said by the publisher, signed by the key this host trusts since it was enrolled. */
void hass_hub_box(struct hass_hub *h, const struct msg_hass_box *m)
{
	struct err err = {""};

	if (!h)
		return;
	if (sign_check(&h->g->id.release_key, HASSMSG_BOX_DOMAIN, m->key.b, sizeof(m->key.b),
		       m->sig, &err)) {
		log_err("the publisher's key for sealing is not signed by its release key: refused");
		return;
	}
	h->box = *m;
	h->have_box = true;
	offer_key(h);
}

void hass_hub_online(struct hass_hub *h, bool yes)
{
	if (h && yes)
		hass_hub_report(h);
}

void hass_hub_key_acked(struct hass_hub *h, const struct hash *of)
{
	struct hash mine;

	if (!h || !h->key_there)
		return;
	mine = hash_of(h->sealed, sizeof(h->sealed));
	h->key_acked = hash_eq(&mine, of);
}

/* ---- settings, one after the other ---- */

static void forget(struct hass_hub *h)
{
	if (h->setup.conn)
		ctl_on_gone(h->setup.conn, NULL, NULL);
	explicit_bzero(&h->setup, sizeof(h->setup));
}

static void send_next(struct hass_hub *h)
{
	const struct hass_setting *s = &h->setup.list[h->setup.at];
	struct buf b;

	buf_init(&b, 64);
	buf_put_u32(&b, h->setup.at);
	buf_put_u8(&b, s->item);
	buf_put_u8(&b, s->index);
	buf_put_blob(&b, s->data, s->len);
	if (hass_hub_send(h, ROLE_HASS_SETTING, &b))
		hass_setup_stop(h, "the role that talks to the unit is being started again");
}

void hass_setup_stop(struct hass_hub *h, const char *why)
{
	if (!h->setup.n)
		return;
	if (h->setup.conn)
		ctl_fail(h->setup.conn, "setting %u of %u: %s%s", h->setup.at + 1, h->setup.n, why,
			 h->setup.at ? "; those before are stored: provision again" : "");
	h->setup.conn = NULL;
	forget(h);
}

void hass_setup_answer(struct hass_hub *h, uint32_t number, bool good, const char *said)
{
	struct err err = {""};

	if (!h->setup.n || number != h->setup.at)
		return;
	if (!good) {
		hass_setup_stop(h, said);
		return;
	}
	if (h->setup.conn)
		ctl_progress(h->setup.conn, json_pack("{s:i, s:i}", "done", (int)h->setup.at + 1,
						      "of", (int)h->setup.n));
	if (++h->setup.at < h->setup.n) {
		send_next(h);
		return;
	}
	if (keep_key(h, &err)) {
		h->setup.at--;
		hass_setup_stop(h, err.text);
		return;
	}
	guard_note(h->g, "hass", "", 1, "hardware unit: provisioned with %u settings", h->setup.n);
	if (h->setup.conn) {
		ctl_on_gone(h->setup.conn, NULL, NULL);
		ctl_ok(h->setup.conn, NULL);
		h->setup.conn = NULL;
	}
	forget(h);
}

static int unhex(const char *hex, uint8_t *to, size_t cap)
{
	size_t n = hex ? strlen(hex) : 1;

	if (n % 2 || n / 2 > cap || strspn(hex, "0123456789abcdef") != n)
		return -1;
	for (size_t i = 0; i < n / 2; i++) {
		char pair[3] = {hex[2 * i], hex[2 * i + 1]};

		to[i] = strtoul(pair, NULL, 16);
	}
	return n / 2;
}

static int read_setting(struct hass_setting *s, json_t *j)
{
	json_int_t item, index;
	const char *hex;
	int n;

	if (json_unpack(j, "{s:I, s:I, s:s}", "item", &item, "index", &index, "data", &hex) ||
	    item < 0 || item > 255 || index < 0 || index > 255)
		return -1;
	n = unhex(hex, s->data, sizeof(s->data));
	if (n < 0)
		return -1;
	s->item = item;
	s->index = index;
	s->len = n;
	return hass_setting_ok(s) ? 0 : -1;
}

static int read_request(struct hass_setup *s, json_t *request)
{
	json_t *list = json_object_get(request, "settings"), *j;
	const char *sealed = json_string_value(json_object_get(request, "sealed"));
	size_t i;

	if (!json_array_size(list) || json_array_size(list) > HASS_SETTINGS_MAX)
		return -1;
	json_array_foreach (list, i, j)
		if (read_setting(&s->list[i], j))
			return -1;
	s->n = json_array_size(list);
	s->has_sealed = sealed;
	return sealed && unhex(sealed, s->sealed, sizeof(s->sealed)) != HASSMSG_SEALED ? -1 : 0;
}

/* The unit goes on to take what was begun: half a provisioning is worse than one unseen. */
static void setup_gone(void *arg, struct ctl_conn *c)
{
	struct hass_hub *h = arg;

	(void)c;
	h->setup.conn = NULL;
}

void hass_hub_provision(struct hass_hub *h, struct ctl_conn *conn, json_t *request)
{
	if (!h || h->m.line != HASSMSG_UP) {
		ctl_fail(conn, "%s", h ? h->m.why : "no hardware unit is configured");
		return;
	}
	if (h->setup.n) {
		ctl_fail(conn, "the unit is being provisioned already");
		return;
	}
	if (!(h->m.flags & HASSMSG_F_JUMPER)) {
		ctl_fail(conn,
			 "the provisioning jumper on the board is open: close it, then try again");
		return;
	}
	if (read_request(&h->setup, request)) {
		explicit_bzero(&h->setup, sizeof(h->setup));
		ctl_fail(conn, "malformed request");
		return;
	}
	h->setup.conn = conn;
	ctl_on_gone(conn, setup_gone, h);
	send_next(h);
}
