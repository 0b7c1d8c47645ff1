// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "event.h"

static const char *const outcome_names[OUTCOME_MAX] = {
	[OUTCOME_PENDING] = "pending", [OUTCOME_DENIED] = "denied",
	[OUTCOME_CLEAN] = "clean",     [OUTCOME_RESTORED] = "restored",
	[OUTCOME_REMOVED] = "removed", [OUTCOME_WAITING] = "waiting",
	[OUTCOME_FAILED] = "failed",   [OUTCOME_NOTED] = "noted",
};

const char *event_outcome_name(uint8_t outcome)
{
	return outcome < OUTCOME_MAX ? outcome_names[outcome] : "?";
}

void event_put(struct buf *b, const struct wd_event *e)
{
	buf_put_str(b, e->id);
	buf_put_i64(b, e->time);
	buf_put_str(b, e->site);
	buf_put_str(b, e->source);
	buf_put_str(b, e->op);
	buf_put_u8(b, e->denied);
	buf_put_str(b, e->path);
	buf_put_str(b, e->path2);
	buf_put_u32(b, e->pid);
	buf_put_u32(b, e->tgid);
	buf_put_u32(b, e->uid);
	buf_put_u32(b, e->euid);
	buf_put_u32(b, e->loginuid);
	buf_put_str(b, e->comm);
	buf_put_str(b, e->exe);
	buf_put_str(b, e->detail);
	buf_put_u32(b, e->repeat);
	buf_put_u8(b, e->outcome);
	buf_put(b, e->expected.b, HASH_LEN);
	buf_put(b, e->found.b, HASH_LEN);
	buf_put_str(b, e->evidence);
	buf_put_str(b, e->note);
	buf_put_i64(b, e->seen);
	buf_put_i64(b, e->done);
}

void event_get(struct rd *r, struct wd_event *e)
{
	rd_str(r, e->id, sizeof(e->id));
	e->time = rd_i64(r);
	rd_str(r, e->site, sizeof(e->site));
	rd_str(r, e->source, sizeof(e->source));
	rd_str(r, e->op, sizeof(e->op));
	e->denied = rd_u8(r);
	rd_str(r, e->path, sizeof(e->path));
	rd_str(r, e->path2, sizeof(e->path2));
	e->pid = rd_u32(r);
	e->tgid = rd_u32(r);
	e->uid = rd_u32(r);
	e->euid = rd_u32(r);
	e->loginuid = rd_u32(r);
	rd_str(r, e->comm, sizeof(e->comm));
	rd_str(r, e->exe, sizeof(e->exe));
	rd_str(r, e->detail, sizeof(e->detail));
	e->repeat = rd_u32(r);
	e->outcome = rd_u8(r);
	rd_copy(r, e->expected.b, HASH_LEN);
	rd_copy(r, e->found.b, HASH_LEN);
	rd_str(r, e->evidence, sizeof(e->evidence));
	rd_str(r, e->note, sizeof(e->note));
	e->seen = rd_i64(r);
	e->done = rd_i64(r);
	if (!e->id[0] || e->denied > 1 || e->outcome >= OUTCOME_MAX)
		r->failed = true;
}

const char *event_time(int64_t ns, char to[32])
{
	time_t s = ns / 1000000000;
	struct tm tm;
	char day[24];

	if (ns <= 0 || !gmtime_r(&s, &tm) || tm.tm_year > 8099) {
		snprintf(to, 32, "-");
		return to;
	}
	strftime(day, sizeof(day), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(to, 32, "%s.%06lldZ", day, (long long)(ns % 1000000000 / 1000));
	return to;
}

/* Length of the UTF-8 sequence at s (RFC 3629), 0 if it is none. */
static int utf8_len(const unsigned char *s)
{
	int n = s[0] < 0x80   ? 1
		: s[0] < 0xc2 ? 0
		: s[0] < 0xe0 ? 2
		: s[0] < 0xf0 ? 3
		: s[0] < 0xf5 ? 4
			      : 0;

	for (int i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

json_t *json_bytes(const char *s)
{
	json_t *j = json_string(s);
	char *out, *to;

	if (j)
		return j;
	out = to = malloc(4 * strlen(s) + 1);
	if (!out)
		return json_string("");
	while (*s) {
		int n = utf8_len((const unsigned char *)s);

		if (n) {
			memcpy(to, s, n);
			to += n;
			s += n;
		} else {
			to += snprintf(to, 5, "\\x%02x", (unsigned char)*s++);
		}
	}
	*to = 0;
	j = json_string(out);
	free(out);
	return j;
}

static void set_text(json_t *j, const char *key, const char *text)
{
	if (*text)
		json_object_set_new(j, key, json_bytes(text));
}

static void set_time(json_t *j, const char *key, int64_t ns)
{
	char text[32];

	if (ns)
		json_object_set_new(j, key, json_string(event_time(ns, text)));
}

static void set_hash(json_t *j, const char *key, const struct hash *h)
{
	char hex[HASH_HEX];

	if (!hash_is_zero(h))
		json_object_set_new(j, key, json_string(hash_hex(h, hex)));
}

static void set_id(json_t *j, const char *key, uint32_t id)
{
	json_object_set_new(j, key, id == UINT32_MAX ? json_null() : json_integer(id));
}

json_t *event_json(const struct wd_event *e)
{
	json_t *j = json_object();

	json_object_set_new(j, "id", json_bytes(e->id));
	set_time(j, "time", e->time);
	set_text(j, "site", e->site);
	set_text(j, "source", e->source);
	set_text(j, "op", e->op);
	json_object_set_new(j, "denied", json_boolean(e->denied));
	json_object_set_new(j, "outcome", json_string(event_outcome_name(e->outcome)));
	set_text(j, "path", e->path);
	set_text(j, "path2", e->path2);
	set_id(j, "pid", e->pid);
	set_id(j, "tgid", e->tgid);
	set_id(j, "uid", e->uid);
	set_id(j, "euid", e->euid);
	set_id(j, "loginuid", e->loginuid);
	set_text(j, "comm", e->comm);
	set_text(j, "exe", e->exe);
	set_text(j, "detail", e->detail);
	if (e->repeat > 1)
		json_object_set_new(j, "repeat", json_integer(e->repeat));
	set_hash(j, "expected", &e->expected);
	set_hash(j, "found", &e->found);
	set_text(j, "evidence", e->evidence);
	set_text(j, "note", e->note);
	set_time(j, "seen", e->seen);
	set_time(j, "done", e->done);
	return j;
}
