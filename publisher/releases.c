// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "ctl.h"
#include "event.h"
#include "releases.h"

struct found {
	struct release *release;
	struct signed_release *packed; /* may be NULL */
	bool bad;
};

static bool unpack(struct store_row *r, struct signed_release *s, struct release *out)
{
	const void *data;
	struct rd rd;
	int n;

	data = store_blob(r, 0, &n);
	rd = rd_over(data, n);
	signed_release_get(&rd, s);
	return rd_end(&rd) && !release_decode(s->bytes, s->len, out, NULL);
}

static int found_row(void *arg, struct store_row *r)
{
	struct found *f = arg;
	struct signed_release packed;

	f->bad = !unpack(r, &packed, f->release);
	if (f->packed)
		*f->packed = packed;
	return 0;
}

static int damaged(const char *site, struct err *err)
{
	return err_set(err,
		       "a release of %s in the database is damaged; put back the backup of the"
		       " publisher's state directory",
		       site);
}

int release_load_current(struct site *s, struct err *err)
{
	struct found f = {&s->current, &s->current_signed, false};
	int n = db_read(s->engine->db, err, SQL_RELEASE_LAST, found_row, &f, "t", s->name);

	if (n < 0)
		return -1;
	if (f.bad)
		return damaged(s->name, err);
	s->has_current = n > 0;
	return 0;
}

int release_find(struct engine *e, const char *site, uint64_t serial, struct release *out,
		 struct err *err)
{
	struct found f = {out, NULL, false};
	int n = db_read(e->db, err, SQL_RELEASE_FIND, found_row, &f, "ti", site, (int64_t)serial);

	if (n < 0)
		return -1;
	if (f.bad)
		return damaged(site, err);
	return n ? 0 : 1;
}

/* Encoding and signature, checked against our own public key before anybody sees them. */
static int pack(struct site *s, const struct release *r, const uint8_t sig[SIGN_SIG_LEN],
		struct signed_release *out, struct err *err)
{
	struct release check;
	struct buf b;
	int result;

	buf_init(&b, RELEASE_BYTES_MAX);
	result = release_encode(r, &b, err);
	if (!result) {
		memcpy(out->bytes, b.data, b.len);
		out->len = b.len;
		memcpy(out->sig, sig, SIGN_SIG_LEN);
		result = release_open(out, &s->engine->release_pub, &check, err);
	}
	buf_free(&b);
	return result;
}

int release_keep(struct site *s, const struct release *r, const uint8_t sig[SIGN_SIG_LEN],
		 struct err *err)
{
	struct db *db = s->engine->db;
	struct signed_release packed;
	struct buf b;
	int result = -1;

	buf_init(&b, RELEASE_BYTES_MAX + 256);
	if (pack(s, r, sig, &packed, err))
		goto out;
	signed_release_put(&b, &packed);
	if (!buf_ok(&b)) {
		err_set(err, "out of memory");
		goto out;
	}
	if (db_write(db, err, SQL_RELEASE_ADD, "tibb", s->name, (int64_t)r->serial, r->root.b,
		     HASH_LEN, b.data, (int)b.len) < 0 ||
	    db_flush(db, err)) {
		db_undo(db);
		goto out;
	}
	s->current = *r;
	s->current_signed = packed;
	s->has_current = true;
	result = 0;
out:
	buf_free(&b);
	return result;
}

int release_prune(struct site *s)
{
	struct engine *e = s->engine;
	int64_t last = (int64_t)s->current.serial - e->conf.keep_releases;
	struct err err;

	if (last <= 0)
		return 0;
	if (db_write(e->db, &err, SQL_RELEASE_PRUNE, "ti", s->name, last) < 0) {
		log_warn("site %s: old releases cannot be dropped: %s", s->name, err.text);
		return 0;
	}
	return store_changes(db_store(e->db));
}

static int list_row(void *arg, struct store_row *row)
{
	struct signed_release packed;
	char issued[32], expires[32], root[HASH_HEX];
	struct release r;

	if (!unpack(row, &packed, &r))
		return 0;
	ctl_row(arg, json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s, s:o}", "site", r.site, "serial",
			       (json_int_t)r.serial, "files", (json_int_t)r.files, "bytes",
			       (json_int_t)r.bytes, "issued",
			       event_time(r.issued * 1000000000ll, issued), "expires",
			       event_time(r.expires * 1000000000ll, expires), "root",
			       hash_hex(&r.root, root), "note", json_bytes(r.note)));
	return 0;
}

int release_list(struct engine *e, const char *site, struct ctl_conn *c, struct err *err)
{
	return db_read(e->db, err, SQL_RELEASE_LIST, list_row, c, "t", site) < 0 ? -1 : 0;
}
