// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event.h"
#include "event_text.h"
#include "hosts.h"

static void key_of(const struct event_stored *s, const char *id,
		   char key[HOST_NAME_MAX_WD + EVENT_ID_MAX + 2])
{
	snprintf(key, HOST_NAME_MAX_WD + EVENT_ID_MAX + 2, "%s/%s", s->host, id);
}

/* What we know of it beside what is stored. */
static json_t *ours(const struct event_stored *s, const char *id)
{
	char when[32], key[HOST_NAME_MAX_WD + EVENT_ID_MAX + 2];
	json_t *j = json_object(), *ack = json_null();

	key_of(s, id, key);
	if (s->acked) {
		ack = json_pack("{s:o, s:s}", "by", json_bytes(s->by), "time",
				event_time(s->acked, when));
		json_object_set_new(ack, "note", json_bytes(s->note));
	}
	json_object_set_new(j, "key", json_bytes(key));
	json_object_set_new(j, "n", json_integer(s->n));
	json_object_set_new(j, "host", json_bytes(s->host));
	json_object_set_new(j, "received", json_string(event_time(s->received, when)));
	json_object_set_new(j, "ack", ack);
	return j;
}

/* Stands in JSON as it is. */
static bool is_plain(const char *s)
{
	while (*s >= ' ' && *s <= '~' && *s != '"' && *s != '\\')
		s++;
	return !*s;
}

/* ours() as text; by hand where there is nothing to escape, a page of events is all of these. */
static char *ours_text(const struct event_stored *s)
{
	char when[32], key[HOST_NAME_MAX_WD + EVENT_ID_MAX + 2], *text = NULL;
	json_t *j;

	if (s->acked || !is_plain(s->host) || !is_plain(s->id)) {
		j = ours(s, s->id);
		text = json_dumps(j, JSON_COMPACT);
		json_decref(j);
		return text;
	}
	key_of(s, s->id, key);
	if (asprintf(&text,
		     "{\"key\":\"%s\",\"n\":%" PRId64
		     ",\"host\":\"%s\",\"received\":\"%s\",\"ack\":null}",
		     key, s->n, s->host, event_time(s->received, when)) < 0)
		return NULL;
	return text;
}

json_t *event_text_json(const struct event_stored *s)
{
	json_t *j = json_loads(s->data, 0, NULL), *more;

	if (!json_is_object(j)) {
		json_decref(j);
		return NULL;
	}
	more = ours(s, json_string_value(json_object_get(j, "id")) ?: "");
	json_object_update(j, more);
	json_decref(more);
	return j;
}

char *event_text_dump(const struct event_stored *s)
{
	char *tail = ours_text(s), *text = NULL;
	size_t n = strlen(s->data);
	bool empty = n >= 2 && s->data[1 + strspn(s->data + 1, " \t")] == '}';

	/* As json_dumps() made it: no blanks outside, no line ends within. */
	if (tail && s->valid && n >= 2 && *s->data == '{' && s->data[n - 1] == '}' &&
	    !strpbrk(s->data, "\r\n") &&
	    asprintf(&text, "%.*s%s%s", (int)n - 1, s->data, empty ? "" : ",", tail + 1) < 0)
		text = NULL;
	free(tail);
	return text;
}

void event_text_cell(struct buf *b, const char *text)
{
	buf_put_u8(b, '"');
	if (*text && strchr("=+-@\t\r", *text))
		buf_put_u8(b, '\'');
	for (; *text; text++) {
		if (*text == '"')
			buf_put_u8(b, '"');
		buf_put_u8(b, *text);
	}
	buf_put_u8(b, '"');
}

void event_text_line(struct buf *b, const char *const names[], const json_t *j)
{
	for (size_t i = 0; names[i]; i++) {
		const json_t *v = j ? json_object_get(j, names[i]) : NULL;
		char number[24];

		if (i)
			buf_put_u8(b, ',');
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
		event_text_cell(b, !j			? names[i]
				   : json_is_integer(v) ? number
				   : json_is_string(v)	? json_string_value(v)
							: "");
	}
	buf_put(b, "\r\n", 2);
}
