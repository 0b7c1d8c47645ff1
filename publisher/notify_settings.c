// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "fsx.h"
#include "journal.h"
#include "notify_way.h"

/* As if it had been typed again together with what it belongs to. */
static void give_secret(json_t *conf, const char *part, const char *name, json_t *value)
{
	if (value)
		json_object_set(json_object_get(conf, part), name, value);
}

static int part_row(void *arg, struct store_row *r)
{
	struct notify *n = arg;
	json_t *conf = json_loads(store_text(r, 1), 0, NULL);
	json_t *secrets = json_loads(store_text(r, 2), 0, NULL), *fresh = NULL;
	struct err err = {"its JSON cannot be read"};

	/* Through the same check: a database of an older version, or another's hand. */
	if (conf && secrets) {
		give_secret(conf, "mail", "password", json_object_get(secrets, "mail.password"));
		give_secret(conf, "webhook", "key", json_object_get(secrets, "webhook.key"));
		fresh = notify_apply(n->doc, n->secrets, conf, &err);
	}
	if (fresh) {
		json_decref(n->doc);
		n->doc = fresh;
	} else {
		log_err("the notification settings cannot be used: %s", err.text);
	}
	json_decref(conf);
	json_decref(secrets);
	return 0;
}

int notify_load(struct notify *n, struct err *err)
{
	n->doc = notify_defaults();
	n->secrets = json_object();
	if (db_read(n->engine->db, err, SQL_NOTIFY_LIST, part_row, n, "") < 0)
		return -1;
	notify_read(&n->conf, n->doc);
	return 0;
}

int notify_set(struct engine *e, const json_t *change, struct err *err)
{
	struct notify *n = e->notify;
	json_t *secrets = json_deep_copy(n->secrets);
	json_t *fresh = notify_apply(n->doc, secrets, change, err);
	char *conf = NULL, *secret = NULL;
	int rc = -1;

	if (!fresh || db_flush(e->db, err))
		goto out;
	conf = json_dumps(fresh, JSON_COMPACT);
	secret = json_dumps(secrets, JSON_COMPACT);
	if (!conf || !secret) {
		err_set(err, "out of memory");
		goto out;
	}
	if (db_write(e->db, err, SQL_NOTIFY_PUT, "ttt", "all", conf, secret) < 0 ||
	    db_flush(e->db, err)) {
		db_undo(e->db);
		goto out;
	}
	json_decref(n->doc);
	json_decref(n->secrets);
	n->doc = json_incref(fresh);
	n->secrets = json_incref(secrets);
	notify_read(&n->conf, n->doc);
	for (int c = 0; c < CHANNELS; c++) /* what waits may get through now */
		db_write(e->db, NULL, SQL_DELIVERY_HURRY, "ti", channel_name(c), fsx_now_ns());
	journal(e, LOG_L_INFO, "notify-set", "", "", "notification settings were changed");
	notify_kick(n);
	rc = 0;
out:
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(conf);
	free(secret);
	json_decref(fresh);
	json_decref(secrets);
	return rc;
}

json_t *notify_show(struct engine *e)
{
	return notify_public(e->notify->doc, e->notify->secrets);
}
