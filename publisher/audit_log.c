// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_log.h"
#include "event.h"
#include "fsx.h"

#define DOMAIN "webdefender audit 1"
#define PIECE 2000 /* rows looked at before others get their turn */

void audit_chain(const struct hash *before, const struct audit_entry *a, struct hash *out)
{
	const char *const parts[] = {a->user, a->role, a->address, a->act, a->about, a->result};
	struct hasher *h = hasher_new();
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_put_str(&b, DOMAIN);
	buf_put(&b, before->b, HASH_LEN);
	buf_put_i64(&b, a->n);
	buf_put_i64(&b, a->time);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
		buf_put_blob(&b, parts[i], strlen(parts[i]));
	if (!h || !buf_ok(&b))
		log_fatal("out of memory");
	hasher_add(h, b.data, b.len);
	*out = hasher_end(h);
	buf_free(&b);
}

struct last {
	int64_t n;
	struct hash chain;
};

static void take_hash(struct store_row *r, int column, struct hash *to)
{
	int n;
	const void *p = store_blob(r, column, &n);

	*to = (struct hash){{0}};
	if (n == HASH_LEN)
		memcpy(to->b, p, n);
}

static int last_row(void *arg, struct store_row *r)
{
	struct last *l = arg;

	l->n = store_int(r, 0);
	take_hash(r, 1, &l->chain);
	return 0;
}

int audit_add(struct engine *e, const struct audit_entry *given, struct err *err)
{
	struct audit_entry a = *given;
	struct last last = {0};
	struct hash chain;
	char hex[HASH_HEX];

	if (db_read(e->db, err, SQL_AUDIT_LAST, last_row, &last, "") < 0)
		return -1;
	a.n = last.n + 1;
	a.time = fsx_now_ns();
	audit_chain(&last.chain, &a, &chain);
	if (db_write(e->db, err, SQL_AUDIT_ADD, "iittttttb", a.n, a.time, a.user, a.role, a.address,
		     a.act, a.about, a.result, chain.b, HASH_LEN) < 0 ||
	    db_flush(e->db, err))
		return -1;
	log_info("audit %" PRId64 " %.16s: %s (%s) from %s: %s %s: %s", a.n, hash_hex(&chain, hex),
		 a.user, a.role, a.address, a.act, a.about, a.result);
	return 0;
}

/* "password", "smtp_password" and the like; a code that is six digits, but not "WT-01". */
static bool secret(const char *key, const char *value)
{
	static const char *const words[] = {"password", "secret", "token", "csrf", "key"};
	size_t n = strlen(key);

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		size_t m = strlen(words[i]);

		if (n >= m && !strcmp(key + n - m, words[i]))
			return true;
	}
	if (!strcmp(key, "code"))
		return strspn(value, "0123456789 ") == strlen(value);
	return !strcmp(key, "old") || !strcmp(key, "new");
}

static void blot(json_t *j)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach (j, key, value) {
		if (json_is_string(value) && secret(key, json_string_value(value)))
			json_object_set_new(j, key, json_string("***"));
		else
			blot(value);
	}
	json_array_foreach (j, i, value)
		blot(value);
}

char *audit_about(const json_t *args)
{
	json_t *copy = json_deep_copy(args);
	char *text;

	json_object_del(copy, "cmd");
	blot(copy);
	text = json_dumps(copy, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	json_decref(copy);
	if (text && strlen(text) > AUDIT_ABOUT_MAX) /* ASCII: any place is good to cut at */
		snprintf(text + AUDIT_ABOUT_MAX - 4, 4, "...");
	return text ? text : strdup("{}");
}

static struct audit_entry entry_of(struct store_row *r)
{
	return (struct audit_entry){.n = store_int(r, 0),
				    .time = store_int(r, 1),
				    .user = store_text(r, 2),
				    .role = store_text(r, 3),
				    .address = store_text(r, 4),
				    .act = store_text(r, 5),
				    .about = store_text(r, 6),
				    .result = store_text(r, 7)};
}

struct listing {
	struct ctl_conn *conn;
	int64_t last;
	int rows;
};

static int list_row(void *arg, struct store_row *r)
{
	struct audit_entry a = entry_of(r);
	struct listing *l = arg;
	const char *result;
	char when[32], hex[HASH_HEX];
	struct hash chain;

	take_hash(r, 8, &chain);
	/* "ok", "begun", or "refused: why" */
	result = !strncmp(a.result, "refused", 7) ? "refused" : a.result;
	l->last = a.n;
	l->rows++;
	ctl_row(l->conn, json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:o, s:s}", "n",
				   (json_int_t)a.n, "time", event_time(a.time, when), "user",
				   a.user, "role", a.role, "address", a.address, "act", a.act,
				   "object", json_bytes(a.about), "result", result, "detail",
				   json_bytes(a.result), "hash", hash_hex(&chain, hex)));
	return 0;
}

int64_t audit_list(struct engine *e, struct ctl_conn *c, int64_t before, const char *user,
		   const char *find, int limit, struct err *err)
{
	struct listing l = {.conn = c};

	if (db_read(e->db, err, SQL_AUDIT_LIST, list_row, &l, "itti", before ? before : INT64_MAX,
		    user, find, (int64_t)limit) < 0)
		return -1;
	return l.rows < limit ? 0 : l.last;
}

/* ---- is it as it was written? ---- */

struct verify {
	struct engine *engine;
	struct ctl_conn *conn; /* NULL: the client left */
	struct last last;
	char head[HASH_HEX]; /* to be met on the way; "" = none given, or met */
	bool wants_head;
	char broken[128];
	struct event *more;
};

static int verify_row(void *arg, struct store_row *r)
{
	struct verify *v = arg;
	struct audit_entry a = entry_of(r);
	struct hash want, found;
	char hex[HASH_HEX];

	take_hash(r, 8, &found);
	audit_chain(&v->last.chain, &a, &want);
	if (a.n != v->last.n + 1)
		snprintf(v->broken, sizeof(v->broken),
			 "entry %" PRId64 " is missing: after %" PRId64 " comes %" PRId64,
			 v->last.n + 1, v->last.n, a.n);
	else if (!hash_eq(&want, &found))
		snprintf(v->broken, sizeof(v->broken),
			 "entry %" PRId64 " or the one before it was changed", a.n);
	v->last.n = a.n;
	v->last.chain = found;
	if (v->wants_head && !strncmp(hash_hex(&found, hex), v->head, strlen(v->head)))
		v->wants_head = false;
	return *v->broken != 0;
}

static void verify_end(struct verify *v, const char *error)
{
	char hex[HASH_HEX];

	if (!v->conn)
		; /* nobody waits */
	else if (error)
		ctl_fail(v->conn, "%s", error);
	else if (*v->broken)
		ctl_refuse(v->conn,
			   json_pack("{s:b, s:I, s:I}", "intact", 0, "broken_at",
				     (json_int_t)v->last.n, "entries", (json_int_t)v->last.n),
			   "the audit log is not as it was written: %s; compare with the system's"
			   " log (journalctl -u wdpublisherd) and the last backup",
			   v->broken);
	else if (v->wants_head)
		ctl_refuse(v->conn, json_pack("{s:b}", "intact", 0),
			   "the audit log is consistent in itself, but has no entry %s: its end was"
			   " cut off, or all of it was replaced",
			   v->head);
	else
		ctl_ok(v->conn,
		       json_pack("{s:b, s:n, s:I, s:s}", "intact", 1, "broken_at", "entries",
				 (json_int_t)v->last.n, "head", hash_hex(&v->last.chain, hex)));
	event_free(v->more);
	free(v);
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	struct verify *v = arg;
	struct timeval now = {0, 0};
	struct err err;
	int n;

	(void)fd;
	(void)what;
	n = v->conn ? db_read(v->engine->db, &err, SQL_AUDIT_FROM, verify_row, v, "ii", v->last.n,
			      (int64_t)PIECE)
		    : 0;
	if (n == PIECE && !*v->broken)
		evtimer_add(v->more, &now);
	else
		verify_end(v, n < 0 ? err.text : NULL);
}

static void on_gone(void *arg, struct ctl_conn *c)
{
	struct verify *v = arg;

	(void)c;
	v->conn = NULL;
}

void audit_verify(struct engine *e, struct ctl_conn *c, const char *head)
{
	struct verify *v;
	struct timeval now = {0, 0};

	if (strlen(head) >= HASH_HEX || strspn(head, "0123456789abcdef") != strlen(head)) {
		ctl_fail(c, "head: give the value that was noted, up to 64 hex digits");
		return;
	}
	v = calloc(1, sizeof(*v));
	if (!v || !(v->more = evtimer_new(e->base, on_more, v))) {
		free(v);
		ctl_fail(c, "out of memory");
		return;
	}
	v->engine = e;
	v->conn = c;
	v->wants_head = *head != 0;
	snprintf(v->head, sizeof(v->head), "%s", head);
	ctl_on_gone(c, on_gone, v);
	evtimer_add(v->more, &now);
}
