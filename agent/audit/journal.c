// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "fsx.h"
#include "hash.h"
#include "journal.h"
#include "meta.h"
#include "reach.h"

#define FORMAT "webdefender-audit-undo"
#define ACL_XATTR "system.posix_acl_access"

static const char *const kinds[] = {"edit", "mode", "move", "remove", "create"};

/* The last four digits are the fraction of the second: sorted by ID is sorted by time. */
const char *journal_new_id(struct pool *p)
{
	int64_t now = fsx_now_ns(), second = 1000000000;
	time_t whole = now / second;
	struct tm tm;
	char text[32];

	strftime(text, sizeof(text), "%Y%m%d-%H%M%S", gmtime_r(&whole, &tm));
	return pool_printf(p, "%s-%04x", text, (unsigned)(now % second * 0x10000 / second));
}

static const char *hex_hash(struct pool *p, const void *bytes, size_t n)
{
	struct hash h = hash_of(bytes, n);
	char hex[HASH_HEX];

	return pool_str(p, hash_hex(&h, hex));
}

/* ---- before: what is there now ---- */

/* A file with two names could be one the server's account put there to have it changed. */
static int check_object(int fd, const char *path, bool dir_ok, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "%s", path);
	if (S_ISDIR(st.st_mode) && dir_ok)
		return 0;
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s: not a regular file", path);
	if (st.st_nlink > 1)
		return err_set(err, "%s: has %lu names (hard links): look at it by hand", path,
			       (unsigned long)st.st_nlink);
	return 0;
}

static char *read_all(struct pool *p, int fd, size_t *n, struct err *err)
{
	struct stat st;
	char *text;
	ssize_t got;

	if (fstat(fd, &st) < 0 || st.st_size > XML_BYTES_MAX) {
		err_set(err, "too large to back up");
		return NULL;
	}
	text = pool_alloc(p, st.st_size + 1);
	got = fsx_read_full(fd, text, st.st_size);
	if (got < 0) {
		err_sys(err, "cannot read");
		return NULL;
	}
	*n = got;
	return text;
}

static int back_up(struct pool *p, const char *dir, size_t i, const struct change *c, int fd,
		   struct err *err)
{
	size_t n;
	char *text = read_all(p, fd, &n, err);

	if (!text)
		return -1;
	/* The preview was made from other bytes: somebody is editing. */
	if (c->edit && (n != c->edit->n || memcmp(text, c->edit->old, n) != 0))
		return err_set(err, "%s: changed since it was read", c->path);
	return fsx_replace(pool_printf(p, "%s/%zu", dir, i), text, n, 0600, err);
}

static json_t *record_existing(struct pool *p, const char *dir, size_t i, const struct change *c,
			       struct err *err)
{
	int fd = meta_open(c->path, err);
	json_t *meta = NULL;

	if (fd < 0)
		return NULL;
	if (check_object(fd, c->path, c->kind == CHANGE_MODE, err) == 0 &&
	    (c->kind == CHANGE_MODE || back_up(p, dir, i, c, fd, err) == 0))
		meta = meta_read(fd, err);
	close(fd);
	return meta;
}

/* The directories that must be made for it, outermost first. */
static json_t *record_dirs(struct pool *p, const char *path)
{
	json_t *dirs = json_array();
	char *at = pool_str(p, path), *slash;
	struct stat st;

	while ((slash = strrchr(at, '/')) && slash != at) {
		*slash = 0;
		if (lstat(at, &st) == 0)
			break;
		json_array_insert_new(dirs, 0, json_string(at));
	}
	return dirs;
}

static json_t *record(struct pool *p, const char *dir, const char *id, size_t i,
		      const struct change *c, struct err *err)
{
	json_t *entry = json_pack("{s:s, s:s}", "kind", kinds[c->kind], "path", c->path);
	const char *base = strrchr(c->path, '/') + 1, *to;
	struct edit *e = c->edit;
	json_t *meta;
	char *text;
	size_t n;

	if (!entry) {
		err_set(err, "%s: its name is not UTF-8: by hand", c->path);
		return NULL;
	}
	switch (c->kind) {
	case CHANGE_EDIT:
		text = edit_apply(p, e, &n, err);
		if (!text)
			goto bad;
		json_object_set_new(entry, "after", json_string(hex_hash(p, text, n)));
		/* fall through */
	case CHANGE_MODE:
	case CHANGE_REMOVE:
		meta = record_existing(p, dir, i, c, err);
		if (!meta)
			goto bad;
		json_object_set_new(entry, "before", meta);
		break;
	case CHANGE_CREATE:
		json_object_set_new(entry, "after", json_string(hex_hash(p, c->bytes, c->n)));
		json_object_set_new(entry, "dirs", record_dirs(p, c->path));
		break;
	case CHANGE_MOVE:
		to = pool_printf(p, "%s/%s/%s", c->to, id, base);
		json_object_set_new(entry, "to", json_string(to));
		json_object_set_new(entry, "dirs", record_dirs(p, to));
		break;
	}
	return entry;
bad:
	json_decref(entry);
	return NULL;
}

/* ---- doing ---- */

static int do_edit(struct pool *p, const struct change *c, const json_t *entry, struct err *err)
{
	size_t n;
	char *text = edit_apply(p, c->edit, &n, err);
	struct xml *x;
	json_t *meta;
	int r;

	if (!text)
		return -1;
	x = xml_from(p, c->path, text, n);
	if (x->state != XML_FINE)
		return err_set(err, "%s would not be well formed any more: %s", c->path, x->why);
	meta = json_deep_copy(json_object_get(entry, "before"));
	/* The server looks at the time to see that there is something new. */
	json_object_set_new(meta, "mtime", json_integer(fsx_now_ns()));
	r = meta_replace(c->path, text, n, meta, err);
	json_decref(meta);
	return r;
}

/*
 * Opened a second time: where the server's account may write, another file can have come in
 * the place of the one that was recorded.
 */
static int check_same(int fd, const char *path, const json_t *before, struct err *err)
{
	static const char *const names[] = {"uid", "gid", "mode"};
	json_t *now = meta_read(fd, err);
	int r = now ? check_object(fd, path, true, err) : -1;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(*names); i++)
		if (!json_equal(json_object_get(now, names[i]), json_object_get(before, names[i])))
			r = err_set(err, "%s: replaced since it was read", path);
	json_decref(now);
	return r;
}

static int do_mode(const struct change *c, const json_t *entry, struct err *err)
{
	int fd = meta_open(c->path, err), r = 0;

	if (fd < 0)
		return -1;
	if (check_same(fd, c->path, json_object_get(entry, "before"), err) < 0) {
		close(fd);
		return -1;
	}
	/* An ACL that let strangers in would cut the new mode short or outlive it. */
	if (json_object_get(json_object_get(json_object_get(entry, "before"), "xattrs"), ACL_XATTR))
		fremovexattr(fd, ACL_XATTR);
	if (fchown(fd, c->uid, c->gid) < 0 || fchmod(fd, c->mode) < 0)
		r = err_sys(err, "cannot set owner and mode of %s", c->path);
	close(fd);
	return r;
}

static int make_dirs(const json_t *entry, const struct change *c, mode_t mode, struct err *err)
{
	const json_t *dir;
	size_t i;

	json_array_foreach (json_object_get(entry, "dirs"), i, dir) {
		const char *path = json_string_value(dir), *name;
		int parent = meta_open_dir(path, &name, err), r;

		if (parent < 0)
			return -1;
		r = mkdirat(parent, name, mode);
		if (r == 0 && c->kind == CHANGE_CREATE)
			r = fchownat(parent, name, c->uid, c->gid, AT_SYMLINK_NOFOLLOW);
		close(parent);
		if (r < 0 && errno != EEXIST)
			return err_sys(err, "cannot make %s", path);
	}
	return 0;
}

static int do_create(const struct change *c, const json_t *entry, struct err *err)
{
	json_t *meta;
	int r;

	if (make_dirs(entry, c, 0750, err) < 0)
		return -1;
	meta = json_pack("{s:I, s:I, s:I, s:I, s:{}}", "uid", (json_int_t)c->uid, "gid",
			 (json_int_t)c->gid, "mode", (json_int_t)c->mode, "mtime",
			 (json_int_t)fsx_now_ns(), "xattrs");
	r = meta_replace(c->path, c->bytes, c->n, meta, err);
	json_decref(meta);
	return r;
}

static int rename_whole(const char *from, const char *to, struct err *err)
{
	const char *from_name, *to_name;
	int from_dir = meta_open_dir(from, &from_name, err), to_dir, r = -1;

	if (from_dir < 0)
		return -1;
	to_dir = meta_open_dir(to, &to_name, err);
	if (to_dir >= 0) {
		r = renameat2(from_dir, from_name, to_dir, to_name, RENAME_NOREPLACE);
		if (r < 0)
			err_sys(err, "cannot move %s to %s", from, to);
		fsync(from_dir);
		fsync(to_dir);
		close(to_dir);
	}
	close(from_dir);
	return r;
}

static int unlink_path(const char *path, int flags, struct err *err)
{
	const char *name;
	int dir = meta_open_dir(path, &name, err), r;

	if (dir < 0)
		return -1;
	r = unlinkat(dir, name, flags);
	if (r < 0 && errno != ENOENT)
		err_sys(err, "cannot remove %s", path);
	else
		r = 0;
	fsync(dir);
	close(dir);
	return r;
}

static int make_change(struct pool *p, const struct change *c, const json_t *entry, struct err *err)
{
	switch (c->kind) {
	case CHANGE_EDIT:
		return do_edit(p, c, entry, err);
	case CHANGE_MODE:
		return do_mode(c, entry, err);
	case CHANGE_CREATE:
		return do_create(c, entry, err);
	case CHANGE_REMOVE:
		return unlink_path(c->path, 0, err);
	case CHANGE_MOVE:
		if (make_dirs(entry, c, 0700, err) < 0)
			return -1;
		return rename_whole(c->path, json_string_value(json_object_get(entry, "to")), err);
	}
	return -1;
}

static int write_manifest(struct pool *p, const char *dir, json_t *entries, const char *undone,
			  struct err *err)
{
	json_t *all = json_pack("{s:i, s:O, s:s}", FORMAT, 1, "entries", entries, "undone", undone);
	char *text = json_dumps(all, JSON_INDENT(1));
	int r = text ? fsx_replace(pool_printf(p, "%s/manifest.json", dir), text, strlen(text),
				   0600, err)
		     : err_set(err, "no memory");

	free(text);
	json_decref(all);
	return r;
}

int journal_apply(struct pool *p, const char *state, const char *id, const char *code,
		  const struct list *changes, struct err *err)
{
	const char *dir = pool_printf(p, "%s/undo/%s/%s", state, id, code);
	json_t *entries = json_array();
	struct err why;
	int r = fsx_mkdirs(dir, 0700, err);

	for (size_t i = 0; r == 0 && i < changes->n; i++) {
		json_t *entry = record(p, dir, id, i, changes->v[i], err);

		r = entry ? json_array_append_new(entries, entry) : -1;
	}
	if (r == 0)
		r = write_manifest(p, dir, entries, "", err);
	for (size_t i = 0; r == 0 && i < changes->n; i++)
		if (make_change(p, changes->v[i], json_array_get(entries, i), err) < 0) {
			journal_undo(p, state, id, code, true, NULL, &why);
			r = -1;
		}
	json_decref(entries);
	return r;
}

/* ---- undoing ---- */

/* 1: as we left it (or as it was before); 0: somebody changed it since. */
static int untouched(struct pool *p, const json_t *entry, const char *path, const char *old,
		     size_t old_n)
{
	const char *after = json_string_value(json_object_get(entry, "after")), *now_hash;
	int fd = meta_open(path, NULL);
	char *now;
	size_t n;

	if (fd < 0)
		return 1;
	now = read_all(p, fd, &n, NULL);
	close(fd);
	if (!now)
		return 0;
	now_hash = hex_hash(p, now, n);
	return strcmp(now_hash, after) == 0 || (old && n == old_n && memcmp(now, old, n) == 0);
}

static void remove_dirs(const json_t *entry)
{
	const json_t *dirs = json_object_get(entry, "dirs");

	for (size_t i = json_array_size(dirs); i--;)
		unlink_path(json_string_value(json_array_get(dirs, i)), AT_REMOVEDIR, NULL);
}

static int undo_mode(const char *path, const json_t *entry, struct err *err)
{
	int fd = meta_open(path, err), r;

	if (fd < 0)
		return -1;
	r = check_object(fd, path, true, err);
	if (r == 0)
		r = meta_apply(fd, json_object_get(entry, "before"), err);
	close(fd);
	return r;
}

static int undo_bytes(struct pool *p, const char *dir, size_t i, const char *path,
		      const json_t *entry, bool force, struct err *err)
{
	size_t n;
	char *old = fsx_slurp(pool_printf(p, "%s/%zu", dir, i), XML_BYTES_MAX, &n, err);
	int r;

	if (!old)
		return -1;
	if (!force && json_object_get(entry, "after") ? !untouched(p, entry, path, old, n)
						      : !force && reach(path, F_OK) == 0)
		r = err_set(err, "%s was changed since: --force takes it back all the same", path);
	else
		r = meta_replace(path, old, n, json_object_get(entry, "before"), err);
	free(old);
	return r;
}

static int undo_entry(struct pool *p, const char *dir, size_t i, const json_t *entry, bool force,
		      struct err *err)
{
	const char *kind = json_string_value(json_object_get(entry, "kind"));
	const char *path = json_string_value(json_object_get(entry, "path"));
	const char *to = json_string_value(json_object_get(entry, "to"));
	struct stat st;
	int r;

	if (!kind || !path)
		return err_set(err, "%s: the record is damaged", dir);
	if (strcmp(kind, "mode") == 0)
		return undo_mode(path, entry, err);
	if (strcmp(kind, "edit") == 0 || strcmp(kind, "remove") == 0)
		return undo_bytes(p, dir, i, path, entry, force, err);
	if (strcmp(kind, "move") == 0) {
		r = to && lstat(to, &st) == 0 ? rename_whole(to, path, err) : 0;
	} else {
		if (!force && !untouched(p, entry, path, NULL, 0))
			return err_set(err, "%s was changed since: --force removes it all the same",
				       path);
		r = unlink_path(path, 0, err);
	}
	if (r == 0)
		remove_dirs(entry);
	return r;
}

static json_t *read_manifest(struct pool *p, const char *dir, struct err *err)
{
	const char *path = pool_printf(p, "%s/manifest.json", dir);
	char *text = fsx_slurp(path, 1u << 30, NULL, err);
	json_error_t why;
	json_t *all;

	if (!text)
		return NULL;
	all = json_loads(text, 0, &why);
	free(text);
	if (json_integer_value(json_object_get(all, FORMAT)) == 1)
		return all;
	json_decref(all);
	err_set(err, "%s: not a record of changes", path);
	return NULL;
}

static int undo_batch(struct pool *p, const char *dir, bool force, FILE *to, struct err *err)
{
	json_t *all = read_manifest(p, dir, err), *entries;
	int r = 0;

	if (!all)
		return -1;
	entries = json_object_get(all, "entries");
	if (*json_string_value(json_object_get(all, "undone"))) {
		json_decref(all);
		return 0;
	}
	for (size_t i = json_array_size(entries); r == 0 && i--;) {
		const json_t *entry = json_array_get(entries, i);

		r = undo_entry(p, dir, i, entry, force, err);
		if (r == 0 && to)
			fprintf(to, "restored: %s\n",
				json_string_value(json_object_get(entry, "path")));
	}
	if (r == 0)
		r = write_manifest(p, dir, entries, "yes", err);
	json_decref(all);
	return r;
}

static bool is_id(const char *s)
{
	return *s && strspn(s, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-") ==
			     strlen(s);
}

int journal_undo(struct pool *p, const char *state, const char *id, const char *code, bool force,
		 FILE *to, struct err *err)
{
	const char *run = pool_printf(p, "%s/undo/%s", state, id);
	struct dirent **names;
	int n, r = 0;

	if (!is_id(id) || (code && !is_id(code)))
		return err_set(err, "\"%s\" is no ID: see wdctl audit list", id);
	if (code)
		return undo_batch(p, pool_printf(p, "%s/%s", run, code), force, to, err);
	n = scandir(run, &names, NULL, alphasort);
	if (n < 0)
		return err_sys(err, "no changes are recorded under %s", id);
	for (int i = n; i--; free(names[i]))
		if (r == 0 && names[i]->d_name[0] != '.')
			r = undo_batch(p, pool_printf(p, "%s/%s", run, names[i]->d_name), force, to,
				       err);
	free(names);
	return r;
}

static void list_run(struct pool *p, const char *state, const char *id, FILE *to)
{
	const char *run = pool_printf(p, "%s/undo/%s", state, id);
	struct dirent **names;
	int n = scandir(run, &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		json_t *all =
			names[i]->d_name[0] == '.'
				? NULL
				: read_manifest(p, pool_printf(p, "%s/%s", run, names[i]->d_name),
						NULL);

		if (all)
			fprintf(to, "%s/%s  %zu changes%s\n", id, names[i]->d_name,
				json_array_size(json_object_get(all, "entries")),
				*json_string_value(json_object_get(all, "undone")) ? ", undone"
										   : "");
		json_decref(all);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
}

int journal_list(const char *state, FILE *to, struct err *err)
{
	struct pool *p = pool_new();
	struct dirent **names;
	int n = scandir(pool_printf(p, "%s/undo", state), &names, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		if (names[i]->d_name[0] != '.')
			list_run(p, state, names[i]->d_name, to);
		free(names[i]);
	}
	if (n >= 0)
		free(names);
	else if (errno != ENOENT)
		err_sys(err, "%s/undo", state);
	pool_free(p);
	return n >= 0 || errno == ENOENT ? 0 : -1;
}
