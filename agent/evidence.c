// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "bundle.h"
#include "evidence.h"
#include "fsx.h"
#include "state.h"

#define UNSYNCED_MAX 64 /* items whose flush is put off for the sake of the next repair */

struct evidence {
	char dir[STATE_PATH_MAX];
	int dirfd, chainfd;
	struct hash link; /* the last one */
	uint64_t max, used;
	bool failing;
	int unsynced[UNSYNCED_MAX], n_unsynced;
	char (*copied)[CHAIN_NAME_MAX]; /* a ring: the publisher has these, oldest first */
	size_t n_copied, cap_copied;
	void (*taken)(void *arg, const struct chain_item *item);
	void *arg;
};

static void last_link(void *arg, const struct chain_item *item)
{
	*(struct hash *)arg = item->link;
}

/* A power cut may leave half a line; what it was about is not there either. */
static int mend_tail(struct evidence *ev, struct err *err)
{
	char c;
	off_t size = lseek(ev->chainfd, 0, SEEK_END), end = size;

	while (end > 0 && pread(ev->chainfd, &c, 1, end - 1) == 1 && c != '\n')
		end--;
	if (end == size)
		return 0;
	log_warn("evidence: the chain ended in half a line, cut off");
	return ftruncate(ev->chainfd, end) ? err_sys(err, "cannot mend %s/chain", ev->dir) : 0;
}

static void add_up(struct evidence *ev)
{
	DIR *d = fdopendir(dup(ev->dirfd));
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		if (!strncmp(e->d_name, "new-", 4))
			unlinkat(ev->dirfd, e->d_name, 0); /* an agent was killed while taking it */
		else if (!fstatat(ev->dirfd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
			 S_ISREG(st.st_mode))
			ev->used += st.st_size;
	}
	if (d)
		closedir(d);
}

static int open_chain(struct evidence *ev, struct err *err)
{
	struct err broken = {""};

	ev->dirfd = open(ev->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ev->dirfd < 0)
		return err_sys(err, "cannot open %s", ev->dir);
	ev->chainfd = openat(ev->dirfd, "chain", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (ev->chainfd < 0)
		return err_sys(err, "cannot open %s/chain", ev->dir);
	if (mend_tail(ev, err))
		return -1;
	/* Somebody rewrote it: say so and go on from there, the publisher has the true one. */
	if (chain_read(ev->dir, last_link, &ev->link, &broken))
		log_err("evidence: %s; compare with the publisher's copy", broken.text);
	return 0;
}

struct evidence *evidence_open(const char *dir, uint64_t max, struct err *err)
{
	struct evidence *ev = calloc(1, sizeof(*ev));

	if (!ev) {
		err_set(err, "out of memory");
		return NULL;
	}
	snprintf(ev->dir, sizeof(ev->dir), "%s", dir);
	ev->max = max;
	ev->dirfd = ev->chainfd = -1;
	if (open_chain(ev, err)) {
		evidence_close(ev);
		return NULL;
	}
	add_up(ev);
	return ev;
}

void evidence_close(struct evidence *ev)
{
	if (!ev)
		return;
	evidence_sync(ev);
	if (ev->chainfd >= 0)
		close(ev->chainfd);
	if (ev->dirfd >= 0)
		close(ev->dirfd);
	free(ev->copied);
	free(ev);
}

void evidence_sync(struct evidence *ev)
{
	if (!ev->n_unsynced)
		return;
	while (ev->n_unsynced) {
		int fd = ev->unsynced[--ev->n_unsynced];

		fdatasync(fd);
		close(fd);
	}
	fdatasync(ev->chainfd);
	fsync(ev->dirfd);
}

uint64_t evidence_bytes(const struct evidence *ev)
{
	return ev->used;
}

bool evidence_failing(const struct evidence *ev)
{
	return ev->failing;
}

void evidence_listen(struct evidence *ev, void (*taken)(void *arg, const struct chain_item *item),
		     void *arg)
{
	ev->taken = taken;
	ev->arg = arg;
}

void evidence_copied(struct evidence *ev, const char *name)
{
	char(*more)[CHAIN_NAME_MAX];

	if (ev->n_copied == ev->cap_copied) {
		more = reallocarray(ev->copied, ev->cap_copied + 1024, sizeof(*more));
		if (!more)
			return; /* it stays, that is all */
		ev->copied = more;
		ev->cap_copied += 1024;
	}
	snprintf(ev->copied[ev->n_copied++], CHAIN_NAME_MAX, "%s", name);
}

static int note_moved(struct evidence *ev, const char *name)
{
	int fd = openat(ev->dirfd, "moved", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	char line[CHAIN_NAME_MAX + 1];
	int n = snprintf(line, sizeof(line), "%s\n", name), rc = -1;

	if (fd >= 0) {
		rc = fsx_write_all(fd, line, n);
		close(fd);
	}
	return rc;
}

/* Deletes the oldest items that the publisher has until `room` bytes fit below the bound. */
static void make_room(struct evidence *ev, uint64_t room)
{
	struct stat st;
	size_t i = 0;

	while (i < ev->n_copied && ev->used + room > ev->max) {
		const char *name = ev->copied[i++];

		if (fstatat(ev->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) || note_moved(ev, name))
			continue;
		if (!unlinkat(ev->dirfd, name, 0))
			ev->used -=
				(uint64_t)st.st_size < ev->used ? (uint64_t)st.st_size : ev->used;
	}
	if (!i)
		return;
	memmove(ev->copied, ev->copied + i, (ev->n_copied - i) * sizeof(*ev->copied));
	ev->n_copied -= i;
}

static void name_item(const struct evidence_subject *s, char name[CHAIN_NAME_MAX])
{
	char more[8] = "";

	if (s->number > 1)
		snprintf(more, sizeof(more), ".%u", s->number % 100000u);
	snprintf(name, CHAIN_NAME_MAX, "%.47s%s.tar.zst", s->event->id, more);
}

static json_t *meta_json(const struct evidence_subject *s, const struct hash *found,
			 const struct stat *st)
{
	char hex[HASH_HEX];
	json_t *j = event_json(s->event), *expected = json_object(), *is = json_object();

	json_object_set_new(j, "why", json_string(s->why));
	json_object_set_new(j, "entry", json_bytes(s->path));
	json_object_set_new(is, "mode", json_sprintf("%06o", st->st_mode));
	json_object_set_new(is, "owner", json_sprintf("%u:%u", st->st_uid, st->st_gid));
	json_object_set_new(is, "size", json_integer(st->st_size));
	json_object_set_new(is, "inode", json_sprintf("%llu", (unsigned long long)st->st_ino));
	json_object_set_new(is, "names", json_integer(st->st_nlink));
	if (!hash_is_zero(found))
		json_object_set_new(is, "sha256", json_string(hash_hex(found, hex)));
	json_object_set_new(j, "found-entry", is);
	if (s->expected) {
		json_object_set_new(expected, "type", json_sprintf("%c", s->expected->type));
		json_object_set_new(expected, "mode", json_sprintf("%04o", s->expected->mode));
		json_object_set_new(expected, "size", json_integer(s->expected->size));
		if (s->expected->type == ENTRY_FILE)
			json_object_set_new(expected, "sha256",
					    json_string(hash_hex(&s->expected->hash, hex)));
		if (s->expected->target)
			json_object_set_new(expected, "target", json_bytes(s->expected->target));
	}
	json_object_set_new(j, "expected-entry", expected);
	return j;
}

static int write_item(struct evidence *ev, const struct evidence_subject *s, int fd,
		      struct hash *found, struct err *err)
{
	uint64_t size;
	struct stat st;
	json_t *meta;
	char *text;
	int rc;

	memset(found, 0, sizeof(*found));
	if (fstat(s->fd, &st))
		return err_sys(err, "cannot look at %.200s", s->path);
	if (S_ISREG(st.st_mode) && hash_fd(s->fd, found, &size))
		return err_sys(err, "cannot read %.200s", s->path);
	meta = meta_json(s, found, &st);
	text = meta ? json_dumps(meta, JSON_INDENT(2)) : NULL;
	json_decref(meta);
	if (!text)
		return err_set(err, "out of memory");
	rc = bundle_take(fd, text, s->dirfd, s->name, s->fd, s->path, ev->max - ev->used, err);
	free(text);
	return rc;
}

static int append(struct evidence *ev, const char *name, const struct hash *file, struct err *err)
{
	char line[CHAIN_NAME_MAX + 2 * HASH_HEX + 4];
	struct chain_item item;
	off_t end = lseek(ev->chainfd, 0, SEEK_END);
	int n;

	snprintf(item.name, sizeof(item.name), "%s", name);
	item.file = *file;
	item.link = chain_link(&ev->link, file, name);
	n = chain_print(&item, line);
	if (fsx_write_all(ev->chainfd, line, n)) {
		err_sys(err, "cannot write %s/chain", ev->dir);
		if (ftruncate(ev->chainfd, end)) /* half a line must not stand before the next */
			log_err("evidence: cannot cut the chain back: %s", strerror(errno));
		return -1;
	}
	ev->link = item.link;
	if (ev->taken)
		ev->taken(ev->arg, &item);
	return 0;
}

static int finish(struct evidence *ev, int fd, const char *temp, const char *name, struct err *err)
{
	struct hash file;
	uint64_t size;

	if (hash_fd(fd, &file, &size))
		return err_sys(err, "cannot read back %s", name);
	if (renameat(ev->dirfd, temp, ev->dirfd, name))
		return err_sys(err, "cannot name %s", name);
	ev->used += size;
	if (append(ev, name, &file, err)) {
		unlinkat(ev->dirfd, name, 0);
		ev->used -= size;
		return -1;
	}
	return 0;
}

int evidence_take(struct evidence *ev, const struct evidence_subject *s, char name[CHAIN_NAME_MAX],
		  struct hash *found, struct err *err)
{
	char temp[CHAIN_NAME_MAX + 4];
	struct stat st;
	int fd, rc;

	name_item(s, name);
	snprintf(temp, sizeof(temp), "new-%s", name);
	if (fstat(s->fd, &st) == 0)
		make_room(ev, S_ISREG(st.st_mode) ? st.st_size : 65536);
	ev->failing = true;
	if (ev->used >= ev->max)
		return err_set(err, "the evidence directory has reached its max-size");
	fd = openat(ev->dirfd, temp, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(err, "cannot write %s/%s", ev->dir, temp);
	rc = write_item(ev, s, fd, found, err);
	if (!rc)
		rc = finish(ev, fd, temp, name, err);
	if (rc) {
		unlinkat(ev->dirfd, temp, 0);
		close(fd);
		return -1;
	}
	if (ev->n_unsynced == UNSYNCED_MAX)
		evidence_sync(ev);
	ev->unsynced[ev->n_unsynced++] = fd;
	ev->failing = false;
	return 0;
}
