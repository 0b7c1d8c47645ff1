// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event.h"
#include "evidence.h"
#include "fsx.h"
#include "journal.h"
#include "layout.h"
#include "session.h"

#define PART ".part"

bool evidence_name_ok(const char *id)
{
	size_t n = strlen(id), part = strlen(PART);

	if (!isalnum((unsigned char)*id) || (n >= part && !strcmp(id + n - part, PART)))
		return false;
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && !strchr("-_.", *id))
			return false;
	return true;
}

struct known {
	uint64_t size;
	bool there, done;
	struct hash hash;
};

static int known_row(void *arg, struct store_row *r)
{
	struct known *k = arg;
	const void *hash;
	int n;

	k->there = true;
	k->size = store_int(r, 0);
	k->done = store_int(r, 1);
	hash = store_blob(r, 2, &n);
	if (n == HASH_LEN)
		memcpy(k->hash.b, hash, HASH_LEN);
	return 0;
}

static int total_row(void *arg, struct store_row *r)
{
	*(uint64_t *)arg = store_int(r, 0);
	return 0;
}

/* The host's directory, made when needed; -1 and err. */
static int open_dir(struct host *h, struct err *err)
{
	char root[LAYOUT_PATH_MAX], path[LAYOUT_PATH_MAX];
	int fd;

	layout_path(root, h->engine->state, LAYOUT_EVIDENCE);
	layout_path(path, root, h->name);
	if (fsx_mkdirs(path, 0700, err))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? err_sys(err, "%s", path) : fd;
}

static void part_name(const char *id, char to[EVENT_ID_MAX + 32])
{
	snprintf(to, EVENT_ID_MAX + 32, "%s%s", id, PART);
}

static int row_put(struct host *h, const struct msg_evidence *m, bool done, struct err *err)
{
	return db_write(h->engine->db, err, SQL_EVIDENCE_PUT, "ttibbii", h->name, m->id,
			(int64_t)m->size, m->hash.b, HASH_LEN, m->chain.b, HASH_LEN, (int64_t)done,
			fsx_now_ns());
}

/* May this host store so much more? Says once a connection when not. */
static bool room_for(struct host *h, const struct msg_evidence *m, struct err *err)
{
	uint64_t total = 0, most = h->engine->conf.evidence_max;

	if (db_read(h->engine->db, err, SQL_EVIDENCE_TOTAL, total_row, &total, "t", h->name) < 0)
		return false;
	if (m->size <= most && total <= most - m->size)
		return true;
	if (!h->evidence_full)
		journal(h->engine, LOG_L_WARN, "evidence-full", "", h->name,
			"evidence %s is not copied: the host has reached evidence-max (%llu MiB);"
			" it keeps it, and copies it when the limit is raised",
			m->id, (unsigned long long)(most >> 20));
	h->evidence_full = true;
	err_set(err, "evidence-max is reached");
	return false;
}

/* All bytes are there: are they the right ones? The number of bytes to count on. */
static int64_t complete(struct host *h, int dir, int fd, const char *part,
			const struct msg_evidence *m, struct err *err)
{
	struct hash found;
	uint64_t size;

	if (hash_fd(fd, &found, &size))
		return err_sys(err, "evidence %s of %s", m->id, h->name);
	if (size != m->size || !hash_eq(&found, &m->hash)) {
		unlinkat(dir, part, 0);
		journal(h->engine, LOG_L_WARN, "evidence", "", h->name,
			"%s arrived damaged and is fetched again", m->id);
		return 0;
	}
	if (fsync(fd) || renameat(dir, part, dir, m->id) || fsync(dir))
		return err_sys(err, "evidence %s of %s", m->id, h->name);
	if (row_put(h, m, true, err) < 0)
		return -1;
	journal(h->engine, LOG_L_INFO, "evidence", "", h->name, "%s kept, %llu bytes", m->id,
		(unsigned long long)m->size);
	return m->size;
}

/* Adds the piece if it is the next one. Bytes kept, or -1. */
static int64_t add_piece(struct host *h, int dir, const struct msg_evidence *m, struct err *err)
{
	char part[EVENT_ID_MAX + 32];
	int64_t have = -1;
	struct stat st;
	int fd;

	part_name(m->id, part);
	fd = openat(dir, part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || fstat(fd, &st)) {
		err_sys(err, "evidence %s of %s", m->id, h->name);
		goto out;
	}
	have = st.st_size;
	if (m->offset == (uint64_t)have && have + m->n <= m->size) {
		if (lseek(fd, have, SEEK_SET) < 0 || fsx_write_all(fd, m->piece, m->n)) {
			have = err_sys(err, "evidence %s of %s", m->id, h->name);
			goto out;
		}
		have += m->n;
	}
	if ((uint64_t)have >= m->size)
		have = complete(h, dir, fd, part, m, err);
out:
	if (fd >= 0)
		close(fd);
	return have;
}

/* Bytes kept of it by now, or -1 and err. */
static int64_t take(struct host *h, const struct msg_evidence *m, struct err *err)
{
	struct known k = {.there = false};
	int64_t have;
	int dir;

	if (db_read(h->engine->db, err, SQL_EVIDENCE_FIND, known_row, &k, "tt", h->name, m->id) < 0)
		return -1;
	if (k.done && (k.size != m->size || !hash_eq(&k.hash, &m->hash))) {
		/* Somebody wants to change history: keep ours, and let the host move on. */
		journal(h->engine, LOG_L_WARN, "evidence", "", h->name,
			"%s came again with other content, which is refused", m->id);
		return m->size;
	}
	if (k.done)
		return m->size;
	if (m->size > h->engine->conf.evidence_max) { /* never: nothing kept, go on with others */
		room_for(h, m, err);
		return 0;
	}
	if (!k.there && (!room_for(h, m, err) || row_put(h, m, false, err) < 0))
		return -1;
	if (k.there && k.size != m->size && !room_for(h, m, err))
		return -1;
	dir = open_dir(h, err);
	if (dir < 0)
		return -1;
	have = add_piece(h, dir, m, err);
	close(dir);
	return have;
}

int evidence_received(struct host *h, uint32_t conn, struct rd *r)
{
	struct msg_evidence_ack ack = {.have = 0};
	struct msg_evidence m;
	struct err err;
	int64_t have;
	struct buf b;

	msg_evidence_get(r, &m);
	if (!rd_end(r) || !evidence_name_ok(m.id) || m.size > INT64_MAX || m.n > PROTO_PIECE_MAX)
		return -1;
	have = take(h, &m, &err);
	if (have < 0) { /* unanswered: the host tries again after a reconnect */
		log_err("evidence %s of %s: %s", m.id, h->name, err.text);
		return 0;
	}
	memcpy(ack.id, m.id, sizeof(ack.id));
	ack.have = have;
	buf_init(&b, 1024);
	msg_evidence_ack_put(&b, &ack);
	session_ack(h->engine, conn, MSG_EVIDENCE_ACK, &b);
	buf_free(&b);
	return 0;
}

struct listing {
	struct ctl_conn *conn;
	char last_host[HOST_NAME_MAX_WD];
	struct hash last_chain;
};

/* Does this entry follow the one before in the host's chain? hash(previous, hash, id) */
static bool chained(const struct listing *l, const char *host, const char *id,
		    const struct hash *hash, const struct hash *chain)
{
	struct hash zero = {{0}}, want;
	const struct hash *prev = strcmp(l->last_host, host) ? &zero : &l->last_chain;
	struct hasher *s = hasher_new();

	if (!s)
		return false;
	hasher_add(s, prev->b, HASH_LEN);
	hasher_add(s, hash->b, HASH_LEN);
	hasher_add(s, id, strlen(id));
	want = hasher_end(s);
	return hash_eq(&want, chain);
}

static int list_row(void *arg, struct store_row *r)
{
	struct listing *l = arg;
	const char *host = store_text(r, 0), *id = store_text(r, 1);
	struct hash hash = {{0}}, chain = {{0}};
	char when[32], hex[HASH_HEX];
	const void *p;
	int n;

	p = store_blob(r, 5, &n);
	if (n == HASH_LEN)
		memcpy(hash.b, p, HASH_LEN);
	p = store_blob(r, 6, &n);
	if (n == HASH_LEN)
		memcpy(chain.b, p, HASH_LEN);
	ctl_row(l->conn,
		json_pack("{s:s, s:s, s:I, s:b, s:b, s:s, s:s}", "host", host, "id", id, "size",
			  (json_int_t)store_int(r, 2), "complete", (int)store_int(r, 3), "chained",
			  chained(l, host, id, &hash, &chain), "received",
			  event_time(store_int(r, 4), when), "hash", hash_hex(&hash, hex)));
	snprintf(l->last_host, sizeof(l->last_host), "%s", host);
	l->last_chain = chain;
	return 0;
}

int evidence_list(struct engine *e, struct ctl_conn *c, const char *host, struct err *err)
{
	struct listing l = {.conn = c};

	return db_read(e->db, err, SQL_EVIDENCE_LIST, list_row, &l, "t", host) < 0 ? -1 : 0;
}

int evidence_path(struct engine *e, const char *host, const char *id, char *to, size_t cap,
		  struct err *err)
{
	struct known k = {.there = false};

	if (!host_name_ok(host) || !evidence_name_ok(id))
		return err_set(err,
			       "\"%s/%s\" is not the name of evidence: HOST/ID, as `wdpub"
			       " evidence list` shows",
			       host, id);
	if (db_read(e->db, err, SQL_EVIDENCE_FIND, known_row, &k, "tt", host, id) < 0)
		return -1;
	if (!k.done)
		return err_set(err, "evidence %s of %s %s (wdpub evidence list)", id, host,
			       k.there ? "has not arrived completely" : "does not exist");
	snprintf(to, cap, "%s/%s/%s/%s", e->state, LAYOUT_EVIDENCE, host, id);
	return 0;
}
