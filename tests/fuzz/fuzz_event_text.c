// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz_event_text - a stored event, whatever it is, becomes data: JSON of one line for the
 * console and its streams, a line of CSV that no spreadsheet takes for formulas
 *
 * Input: host, who acknowledged and their note, each to a NUL; the rest is what is stored.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "event_text.h"

static const char *const names[] = {"received", "host", "id", "path", "comm", "uid", NULL};

static char *take(const uint8_t **p, size_t *n)
{
	size_t len = strnlen((const char *)*p, *n);
	char *s = malloc(len + 1);

	memcpy(s, *p, len);
	s[len] = 0;
	*p += len + (len < *n);
	*n -= len + (len < *n);
	return s;
}

/* Cells in quotes with commas between, each quote within doubled, and none a formula. */
static void check_line(const struct buf *b)
{
	const char *p = (const char *)b->data, *end = p + b->len;
	unsigned cells = 0;

	assert(b->len >= 2 && !memcmp(end - 2, "\r\n", 2));
	end -= 2;
	while (p < end) {
		assert(*p++ == '"');
		assert(p < end && !strchr("=+-@\t\r", *p));
		while (p < end && (*p != '"' || (p + 1 < end && p[1] == '"')))
			p += *p == '"' ? 2 : 1;
		assert(p < end && *p++ == '"');
		assert(p == end || *p++ == ',');
		cells++;
	}
	assert(cells == sizeof(names) / sizeof(*names) - 1);
}

static void check(const json_t *j, const struct event_stored *s)
{
	static const char *const ours[] = {"key", "host", "received"};
	char *text = json_dumps(j, JSON_COMPACT);
	struct buf line;

	assert(text && !strpbrk(text, "\r\n")); /* a stream's "data:" is one line */
	free(text);
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		assert(json_is_string(json_object_get(j, ours[i])));
	assert(json_integer_value(json_object_get(j, "n")) == s->n);
	assert(json_is_null(json_object_get(j, "ack")) == !s->acked);
	buf_init(&line, 1 << 20);
	event_text_line(&line, names, j);
	assert(buf_ok(&line));
	check_line(&line);
	buf_free(&line);
}

/* Put together as text it is the same, or refused. */
static void check_text(json_t *j, struct event_stored *s)
{
	json_t *again;
	char *text;

	s->id = json_string_value(json_object_get(j, "id")) ?: "";
	s->valid = true; /* it was just read */
	text = event_text_dump(s);
	if (!text)
		return;
	again = json_loads(text, 0, NULL);
	assert(again && json_equal(j, again) && !strpbrk(text, "\r\n"));
	json_decref(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *host = take(&p, &n), *by = take(&p, &n), *note = take(&p, &n), *data = take(&p, &n);
	struct event_stored s = {.n = 7,
				 .received = (int64_t)n * 1000003,
				 .acked = *by,
				 .host = host,
				 .data = data,
				 .by = by,
				 .note = note};
	json_t *j = event_text_json(&s);

	if (j) {
		check(j, &s);
		check_text(j, &s);
	}
	json_decref(j);
	free(host);
	free(by);
	free(note);
	free(data);
	return 0;
}
