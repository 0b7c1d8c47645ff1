// SPDX-License-Identifier: Apache-2.0
/* control_texts - what a file was, and what became of it, for the browser to compare */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "event_query.h"
#include "evidence.h"
#include "layout.h"
#include "reader.h"

#define ORIGINAL_MAX (8u << 20)

struct texts {
	struct ctl_conn *conn; /* NULL: the client left */
	json_t *answer;
};

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	((struct texts *)arg)->conn = NULL;
}

/* A string, or null and why. A character that was cut in two at the end goes. */
static void put_text(json_t *answer, const char *name, const char *size_name, const void *p,
		     size_t n, uint64_t size)
{
	size_t use = n < READER_TEXT_MAX ? n : READER_TEXT_MAX;
	json_t *text = memchr(p, 0, use) ? NULL : json_stringn(p, use);

	for (int cut = 1; !text && cut < 4 && use < size && (size_t)cut < use; cut++)
		text = memchr(p, 0, use) ? NULL : json_stringn(p, use - cut);
	json_object_set_new(answer, size_name, json_integer(size));
	if (use < size)
		json_object_set_new(answer, "truncated", json_true());
	if (text)
		json_object_set_new(answer, name, text);
	else
		json_object_set_new(answer, "why", json_string("it is binary, not text"));
}

static void put_original(struct engine *e, json_t *answer, const char *hex)
{
	char path[LAYOUT_PATH_MAX];
	struct depot *depot;
	struct hash h;
	struct buf b;

	if (!*hex || hash_parse(hex, &h)) {
		json_object_set_new(answer, "why",
				    json_string("there was no such file in the"
						" release"));
		return;
	}
	depot = depot_open(layout_path(path, e->state, LAYOUT_OBJECTS), true, NULL);
	buf_init(&b, ORIGINAL_MAX + 1);
	if (depot && depot_read(depot, &h, ORIGINAL_MAX, &b, NULL) == DEPOT_OK)
		put_text(answer, "original", "original_size", b.data ? (char *)b.data : "", b.len,
			 b.len);
	else
		json_object_set_new(answer, "why",
				    json_string("the original is too large to be shown, or its"
						" release was dropped"));
	buf_free(&b);
	depot_close(depot);
}

static void on_read(void *arg, const char *why, const void *text, size_t n, uint64_t size)
{
	struct texts *t = arg;

	if (why)
		json_object_set_new(t->answer, "why", json_string(why));
	else
		put_text(t->answer, "tampered", "tampered_size", text, n, size);
	if (t->conn)
		ctl_ok(t->conn, t->answer);
	else
		json_decref(t->answer);
	free(t);
}

static int take_row(void *arg, struct store_row *r)
{
	*(json_t **)arg = event_query_json(r);
	return 0;
}

static const char *text_of(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

static void tampered(struct engine *e, struct texts *t, const char *host, const char *evidence)
{
	char path[LAYOUT_PATH_MAX];

	if (!*evidence)
		on_read(t, "nothing was written, so nothing was kept", NULL, 0, 0);
	else if (evidence_path(e, host, evidence, path, sizeof(path), NULL))
		on_read(t, "the evidence has not arrived yet", NULL, 0, 0);
	else
		readers_ask(e->readers, path, on_read, t);
}

void control_event_texts(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *host, *id;
	json_t *event = NULL;
	struct texts *t;

	if (control_args(c, request, "s:s, s:s", "host", &host, "id", &id))
		return;
	if (db_read(e->db, NULL, SQL_EVENT_GET, take_row, &event, "tt", host, id) < 0 || !event) {
		ctl_refuse(c, json_pack("{s:s}", "reason", "not-found"),
			   "there is no event %s of %s; old ones are dropped after a while", id,
			   host);
		return;
	}
	t = calloc(1, sizeof(*t));
	if (!t) {
		json_decref(event);
		ctl_fail(c, "out of memory");
		return;
	}
	t->conn = c;
	t->answer = json_pack("{s:n, s:n, s:i, s:i, s:s, s:b}", "original", "tampered",
			      "original_size", 0, "tampered_size", 0, "why", "", "truncated", 0);
	ctl_on_gone(c, on_gone, t);
	put_original(e, t->answer, text_of(event, "expected"));
	tampered(e, t, host, text_of(event, "evidence"));
	json_decref(event);
}
