// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup.h"
#include "buf.h"
#include "fsx.h"
#include "layout.h"

#define MAGIC "WDBACKUP1\n"
#define MAGIC_LEN 10
#define SALT_LEN 16
#define TAG_LEN 16
#define SCRYPT_N 32768
#define SCRYPT_MEMORY (64 << 20)

static const struct {
	const char *path;
	bool key; /* left out without keys */
	bool needed;
} files[] = {
	{LAYOUT_DB, false, true},	   {LAYOUT_CA_CRT, false, true},
	{LAYOUT_RELEASE_PUB, false, true}, {LAYOUT_LINK_CA, false, true},
	{LAYOUT_LINK_CRT, false, true},	   {LAYOUT_CA_KEY, true, true},
	{LAYOUT_RELEASE_KEY, true, true},  {LAYOUT_LINK_KEY, true, true},
	{LAYOUT_SEAL_KEY, true, false},	   {LAYOUT_CONSOLE_CRT, false, false},
	{LAYOUT_CONSOLE_KEY, true, false},
};
#define N_FILES (sizeof(files) / sizeof(*files))

/* The encrypted stream, in either direction. */
struct stream {
	int fd;
	EVP_CIPHER_CTX *ctx;
	uint8_t key[32];
	uint64_t number;
	uint8_t plain[BACKUP_RECORD];
	size_t n, at;
	bool writing, last;
};

static void stream_free(struct stream *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	if (s->fd >= 0)
		close(s->fd);
	explicit_bzero(s, sizeof(*s));
	free(s);
}

static struct stream *stream_new(int fd, const char *pass, const uint8_t *salt, bool writing)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (s)
		s->ctx = EVP_CIPHER_CTX_new();
	if (!s || !s->ctx ||
	    EVP_PBE_scrypt(pass, strlen(pass), salt, SALT_LEN, SCRYPT_N, 8, 1, SCRYPT_MEMORY,
			   s->key, sizeof(s->key)) != 1) {
		free(s);
		close(fd);
		return NULL;
	}
	s->fd = fd;
	s->writing = writing;
	return s;
}

/* One record: nonce by number, the length authenticated. */
static bool begin_record(struct stream *s, const uint8_t head[4])
{
	uint8_t nonce[12] = {0};
	int n;

	for (int i = 0; i < 8; i++)
		nonce[11 - i] = s->number >> (8 * i);
	s->number++;
	return EVP_CipherInit_ex(s->ctx, EVP_aes_256_gcm(), NULL, s->key, nonce, s->writing) == 1 &&
	       EVP_CipherUpdate(s->ctx, NULL, &n, head, 4) == 1;
}

static void put_length(uint8_t head[4], size_t n)
{
	for (int i = 0; i < 4; i++)
		head[i] = n >> (8 * (3 - i));
}

static int put_record(struct stream *s, size_t len, struct err *err)
{
	uint8_t head[4], sealed[BACKUP_RECORD + TAG_LEN];
	int n = 0, more = 0;

	put_length(head, len);
	if (!begin_record(s, head) ||
	    (len && EVP_CipherUpdate(s->ctx, sealed, &n, s->plain, len) != 1) ||
	    EVP_CipherFinal_ex(s->ctx, sealed + n, &more) != 1 ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_GCM_GET_TAG, TAG_LEN, sealed + len) != 1)
		return err_set(err, "the backup cannot be encrypted");
	if (fsx_write_all(s->fd, head, 4) || fsx_write_all(s->fd, sealed, len + TAG_LEN))
		return err_sys(err, "the backup cannot be written");
	s->n = 0;
	return 0;
}

static int put(struct stream *s, const void *p, size_t n, struct err *err)
{
	while (n) {
		size_t take = BACKUP_RECORD - s->n < n ? BACKUP_RECORD - s->n : n;

		memcpy(s->plain + s->n, p, take);
		s->n += take;
		p = (const char *)p + take;
		n -= take;
		if (s->n == BACKUP_RECORD && put_record(s, s->n, err))
			return -1;
	}
	return 0;
}

static int get_record(struct stream *s, struct err *err)
{
	static const char damaged[] = "wrong passphrase, or the file is damaged or cut off";
	uint8_t head[4], sealed[BACKUP_RECORD + TAG_LEN];
	size_t len;
	int n = 0, more = 0;

	if (s->last || fsx_read_full(s->fd, head, 4) != 4)
		return err_set(err, "%s", damaged);
	len = (size_t)head[0] << 24 | head[1] << 16 | head[2] << 8 | head[3];
	if (len > BACKUP_RECORD ||
	    fsx_read_full(s->fd, sealed, len + TAG_LEN) != (ssize_t)(len + TAG_LEN) ||
	    !begin_record(s, head) ||
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_GCM_SET_TAG, TAG_LEN, sealed + len) != 1 ||
	    (len && EVP_CipherUpdate(s->ctx, s->plain, &n, sealed, len) != 1) ||
	    EVP_CipherFinal_ex(s->ctx, s->plain + n, &more) != 1)
		return err_set(err, "%s", damaged);
	s->n = len;
	s->at = 0;
	s->last = !len;
	return 0;
}

static int get(struct stream *s, void *p, size_t n, struct err *err)
{
	while (n) {
		size_t take = s->n - s->at < n ? s->n - s->at : n;

		memcpy(p, s->plain + s->at, take);
		s->at += take;
		p = (char *)p + take;
		n -= take;
		if (n && get_record(s, err))
			return -1;
	}
	return 0;
}

/* ---- writing ---- */

static int put_file(struct stream *s, const char *path, const char *from, struct err *err)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC);
	struct stat st;
	struct buf b;
	uint8_t piece[16384];
	int rc = -1;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st)) {
		err_sys(err, "%s", from);
		goto out;
	}
	buf_init(&b, 4096);
	buf_put_str(&b, path);
	buf_put_u32(&b, st.st_mode & 0777);
	buf_put_u64(&b, st.st_size);
	rc = put(s, b.data, b.len, err);
	buf_free(&b);
	for (off_t left = st.st_size; !rc && left; left -= n) {
		n = fsx_read_full(fd, piece,
				  left < (off_t)sizeof(piece) ? (size_t)left : sizeof(piece));
		rc = n > 0 ? put(s, piece, n, err)
			   : err_set(err, "%s: changed while it was read", from);
	}
	explicit_bzero(piece, sizeof(piece));
out:
	if (fd >= 0)
		close(fd);
	return rc;
}

/* SQLite's own online backup: consistent, while the daemon writes. */
static int copy_db(const char *from, const char *to, struct err *err)
{
	sqlite3 *a = NULL, *b = NULL;
	sqlite3_backup *work = NULL;
	int rc = sqlite3_open_v2(from, &a, SQLITE_OPEN_READONLY, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_open(to, &b);
	if (rc == SQLITE_OK) {
		sqlite3_busy_timeout(a, 5000);
		work = sqlite3_backup_init(b, "main", a, "main");
		rc = work ? sqlite3_backup_step(work, -1) : SQLITE_ERROR;
		sqlite3_backup_finish(work);
	}
	if (rc != SQLITE_DONE)
		err_set(err, "%s: cannot be copied: %s", from, sqlite3_errstr(rc));
	sqlite3_close(a);
	sqlite3_close(b);
	return rc == SQLITE_DONE ? 0 : -1;
}

static int write_all(struct stream *s, const char *state, const char *copy, bool keys,
		     struct err *err)
{
	static const uint8_t end[2] = {0, 0};
	char path[LAYOUT_PATH_MAX];

	for (size_t i = 0; i < N_FILES; i++) {
		layout_path(path, state, files[i].path);
		if ((files[i].key && !keys) || (!files[i].needed && access(path, F_OK)))
			continue;
		if (put_file(s, files[i].path, strcmp(files[i].path, LAYOUT_DB) ? path : copy, err))
			return -1;
	}
	if (put(s, end, 2, err) || (s->n && put_record(s, s->n, err)) || put_record(s, 0, err))
		return -1;
	return fsync(s->fd) ? err_sys(err, "the backup cannot be written") : 0;
}

int backup_write(const char *state, const char *file, const char *pass, bool keys, struct err *err)
{
	char db[LAYOUT_PATH_MAX], copy[LAYOUT_PATH_MAX], part[LAYOUT_PATH_MAX];
	uint8_t salt[SALT_LEN];
	struct stream *s = NULL;
	int fd = -1, rc = -1;

	if (strlen(pass) < BACKUP_PASS_LEAST)
		return err_set(err, "passphrase: give at least %d characters", BACKUP_PASS_LEAST);
	if (snprintf(part, sizeof(part), "%s.part", file) >= (int)sizeof(part) ||
	    snprintf(copy, sizeof(copy), "%s.db", part) >= (int)sizeof(copy))
		return err_set(err, "%s: path too long", file);
	umask(077);
	unlink(copy);
	fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_sys(err, "%s", part);
	if (copy_db(layout_path(db, state, LAYOUT_DB), copy, err) || fsx_random(salt, sizeof(salt)))
		goto out;
	if (fsx_write_all(fd, MAGIC, MAGIC_LEN) || fsx_write_all(fd, salt, SALT_LEN)) {
		err_sys(err, "%s", part);
		goto out;
	}
	s = stream_new(fd, pass, salt, true);
	fd = -1;
	if (!s)
		err_set(err, "out of memory");
	else if (!write_all(s, state, copy, keys, err))
		rc = rename(part, file) ? err_sys(err, "%s", file) : 0;
out:
	stream_free(s);
	if (fd >= 0)
		close(fd);
	unlink(copy);
	if (rc)
		unlink(part);
	return rc;
}

/* ---- reading ---- */

static int known(const char *path)
{
	for (size_t i = 0; i < N_FILES; i++)
		if (!strcmp(files[i].path, path))
			return i;
	return -1;
}

static int get_file(struct stream *s, const char *dir, const char *path, uint64_t size,
		    struct err *err)
{
	char to[LAYOUT_PATH_MAX], parent[LAYOUT_PATH_MAX];
	uint8_t piece[16384];
	int fd, rc = 0;

	layout_path(to, dir, path);
	snprintf(parent, sizeof(parent), "%s", to);
	*strrchr(parent, '/') = 0;
	if (fsx_mkdirs(parent, 0700, err))
		return -1;
	fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "%s", to);
	while (size && !rc) {
		size_t n = size < sizeof(piece) ? size : sizeof(piece);

		rc = get(s, piece, n, err);
		if (!rc && fsx_write_all(fd, piece, n))
			rc = err_sys(err, "%s", to);
		size -= n;
	}
	if (!rc && fsync(fd))
		rc = err_sys(err, "%s", to);
	explicit_bzero(piece, sizeof(piece));
	close(fd);
	return rc;
}

static int get_all(struct stream *s, const char *dir, bool seen[N_FILES], struct err *err)
{
	for (;;) {
		uint8_t head[BACKUP_PATH_MAX + 12];
		char path[BACKUP_PATH_MAX];
		struct rd r;
		uint64_t size;
		size_t n;
		int i;

		if (get(s, head, 2, err))
			return -1;
		n = head[0] << 8 | head[1];
		if (!n)
			break;
		if (n >= BACKUP_PATH_MAX || get(s, head + 2, n + 12, err))
			return *err->text ? -1 : err_set(err, "the backup holds a name too long");
		r = rd_over(head, n + 14);
		rd_str(&r, path, sizeof(path));
		rd_u32(&r); /* the mode: what is restored is root's alone */
		size = rd_u64(&r);
		i = rd_end(&r) ? known(path) : -1;
		if (i < 0 || seen[i])
			return err_set(err,
				       "the backup holds \"%.60s\", which does not belong there"
				       " (made by a newer version?)",
				       rd_end(&r) ? path : "");
		seen[i] = true;
		if (get_file(s, dir, path, size, err))
			return -1;
	}
	/* What follows the end must be the last record, and nothing behind it. */
	if (s->at != s->n || get_record(s, err) || !s->last || read(s->fd, s->plain, 1) != 0)
		return err_set(err, "the backup does not end where it should");
	return 0;
}

static int check_db(const char *dir, struct err *err)
{
	char path[LAYOUT_PATH_MAX];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	bool good;

	layout_path(path, dir, LAYOUT_DB);
	good = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	       sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &st, NULL) == SQLITE_OK &&
	       sqlite3_step(st) == SQLITE_ROW &&
	       !strcmp((const char *)sqlite3_column_text(st, 0), "ok");
	sqlite3_finalize(st);
	sqlite3_close(db);
	return good ? 0 : err_set(err, "the database in the backup is damaged");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

int backup_read(const char *file, const char *pass, const char *dir, bool *keys, struct err *err)
{
	uint8_t head[MAGIC_LEN + SALT_LEN];
	bool seen[N_FILES] = {false};
	int fd = open(file, O_RDONLY | O_CLOEXEC), rc;
	struct stream *s;

	*err = (struct err){""};
	if (fd < 0)
		return err_sys(err, "%s", file);
	if (fsx_read_full(fd, head, sizeof(head)) != sizeof(head) ||
	    memcmp(head, MAGIC, MAGIC_LEN)) {
		close(fd);
		return err_set(err, "%s: not a backup made by wdpub backup", file);
	}
	umask(077);
	if (mkdir(dir, 0700)) {
		close(fd);
		return err_sys(err, "%s", dir);
	}
	s = stream_new(fd, pass, head + MAGIC_LEN, false);
	rc = s ? get_all(s, dir, seen, err) : err_set(err, "out of memory");
	*keys = true;
	for (size_t i = 0; i < N_FILES && !rc; i++) {
		if (!seen[i] && files[i].needed && !files[i].key)
			rc = err_set(err, "%s: %s is missing in it", file, files[i].path);
		*keys = *keys && (seen[i] || !files[i].needed);
	}
	if (!rc)
		rc = check_db(dir, err);
	stream_free(s);
	if (rc)
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return rc;
}
