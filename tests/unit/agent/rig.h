/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rig - a guard without module and publisher, over a real directory and a real vault
 *
 *   DIR/model/    what the site should be; rig_publish() makes objects and a signed release of it
 *   DIR/www/      the protected directory
 *   DIR/outside/  what must never change
 *   DIR/state/    the agent's
 *
 * What a tree is like is found out by plain system calls, not by the code under test.
 */
#ifndef WD_RIG_H
#define WD_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>
#include "fsx.h"
#include "guard.h"

struct rig {
	char dir[64];
	struct sign_secret secret;
	struct sign_public public;
	struct conf conf;
	struct filters filters; /* of the releases to come */
	struct event_base *base;
	struct guard *g;
	char *outside; /* as it was */
};

/* A shell command in DIR; its success is asserted. */
static inline void rig_sh(const struct rig *r, const char *fmt, ...)
{
	char command[8192];
	va_list ap;
	int n = snprintf(command, sizeof(command), "cd %s && ", r->dir);

	va_start(ap, fmt);
	vsnprintf(command + n, sizeof(command) - n, fmt, ap);
	va_end(ap);
	if (system(command))
		fail_msg("this failed: %s", command);
}

static inline void rig_look_at(FILE *out, int dirfd, const char *name, const char *path)
{
	char target[4096] = "", xattrs[4096], hex[HASH_HEX] = "", full[8192];
	struct dirent **list = NULL;
	struct hash h;
	uint64_t size;
	struct stat st;
	int fd, n = 0;

	assert_int_equal(fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW), 0);
	if (S_ISLNK(st.st_mode))
		assert_true(readlinkat(dirfd, name, target, sizeof(target) - 1) > 0);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
	if (S_ISREG(st.st_mode)) {
		assert_int_equal(hash_fd(fd, &h, &size), 0);
		hash_hex(&h, hex);
	}
	fprintf(out, "%s %06o %u:%u %lld.%09ld %lu %s%s%s\n", path, st.st_mode, st.st_uid,
		st.st_gid, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
		S_ISDIR(st.st_mode) ? 0 : (unsigned long)st.st_nlink, hex, target,
		fd >= 0 && flistxattr(fd, xattrs, sizeof(xattrs)) > 0 ? " xattrs" : "");
	if (S_ISDIR(st.st_mode))
		n = scandirat(fd, ".", &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		if (strcmp(list[i]->d_name, ".") && strcmp(list[i]->d_name, "..")) {
			snprintf(full, sizeof(full), "%s/%s", path, list[i]->d_name);
			rig_look_at(out, fd, list[i]->d_name, full);
		}
		free(list[i]);
	}
	free(list);
	if (fd >= 0)
		close(fd);
}

/* All that can be told of a tree, as text; caller frees. */
static inline char *rig_look(const struct rig *r, const char *tree)
{
	char *text, path[256];
	size_t n;
	FILE *out = open_memstream(&text, &n);

	snprintf(path, sizeof(path), "%s/%s", r->dir, tree);
	rig_look_at(out, AT_FDCWD, path, ".");
	fclose(out);
	return text;
}

static inline void rig_same(const struct rig *r, const char *a, const char *b, const char *when)
{
	char *x = rig_look(r, a), *y = rig_look(r, b);

	if (strcmp(x, y))
		fail_msg("%s: %s is\n%s\nnot\n%s", when, a, x, y);
	free(x);
	free(y);
}

/* ---- publishing ---- */

static inline int64_t rig_mtime(const struct stat *st)
{
	return st->st_mtim.tv_sec * 1000000000ll + st->st_mtim.tv_nsec;
}

static inline void rig_objects(struct depot *d, const char *dir, struct hash *h, uint64_t *size,
			       uint64_t *files, uint64_t *bytes)
{
	struct tree *t = tree_new();
	DIR *list = opendir(dir);
	struct err err = {""};
	struct dirent *de;
	struct buf b;

	assert_non_null(list);
	while ((de = readdir(list))) {
		char path[4096], target[4096];
		struct entry e = {.name = de->d_name};
		struct stat st;

		if (!strcmp(de->d_name, ".") || !strcmp(de->d_name, ".."))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		assert_int_equal(lstat(path, &st), 0);
		e.mode = S_ISLNK(st.st_mode) ? 0777 : st.st_mode & 07777;
		e.mtime = rig_mtime(&st);
		if (S_ISDIR(st.st_mode)) {
			e.type = ENTRY_DIR;
			rig_objects(d, path, &e.hash, &e.size, files, bytes);
		} else if (S_ISLNK(st.st_mode)) {
			ssize_t n = readlink(path, target, sizeof(target) - 1);

			target[n] = '\0';
			e.type = ENTRY_LINK;
			e.target = target;
			e.size = n;
		} else {
			int fd = open(path, O_RDONLY);

			e.type = ENTRY_FILE;
			assert_int_equal(depot_put_fd(d, fd, &e.hash, &e.size, &err), 0);
			close(fd);
			(*files)++;
			*bytes += e.size;
		}
		assert_int_equal(tree_add(t, &e), 0);
	}
	closedir(list);
	buf_init(&b, TREE_BYTES_MAX);
	assert_int_equal(tree_encode(t, &b, &err), 0);
	assert_int_equal(depot_put(d, b.data, b.len, h, &err), 0);
	*size = b.len;
	buf_free(&b);
	tree_free(t);
}

/* Puts the objects of a directory into the vault and signs a release of it. */
static inline void rig_sign(const struct rig *r, const char *model, uint64_t serial,
			    int64_t expires, struct signed_release *out)
{
	struct release rel = {.site = "www",
			      .serial = serial, /* long ago, so that it may have expired */
			      .issued = time(NULL) - 86400,
			      .expires = expires,
			      .filters = r->filters};
	struct err err = {""};
	char path[512];
	struct depot *d;
	struct stat st;
	struct buf b;

	snprintf(path, sizeof(path), "%s/state/vault", r->dir);
	d = r->g ? r->g->vault : depot_open(path, false, &err);
	assert_non_null(d);
	snprintf(path, sizeof(path), "%s/%s", r->dir, model);
	assert_int_equal(stat(path, &st), 0);
	rel.root_mode = st.st_mode & 07777;
	rel.root_mtime = rig_mtime(&st);
	rig_objects(d, path, &rel.root, &rel.root_size, &rel.files, &rel.bytes);
	assert_int_equal(depot_sync(d, &err), 0);
	if (!r->g)
		depot_close(d);
	buf_init(&b, RELEASE_BYTES_MAX);
	assert_int_equal(release_encode(&rel, &b, &err), 0);
	memcpy(out->bytes, b.data, b.len);
	out->len = b.len;
	buf_free(&b);
	assert_int_equal(
		sign_make(&r->secret, RELEASE_DOMAIN, out->bytes, out->len, out->sig, &err), 0);
}

/* ---- the guard ---- */

static inline void rig_open(struct rig *r)
{
	static const struct guard_options alone = {false, false};
	struct err err = {""};
	char state[128];

	snprintf(state, sizeof(state), "%s/state", r->dir);
	r->base = event_base_new();
	r->g = guard_open(r->base, &r->conf, state, &alone, &err);
	if (!r->g)
		fail_msg("%s", err.text);
}

static inline void rig_close(struct rig *r)
{
	guard_close(r->g);
	r->g = NULL;
	event_base_free(r->base);
}

/* Everything looked at once; what is to be looked at again later is not waited for. */
static inline void rig_until_done(struct rig *r)
{
	for (int i = 0; i < 100000 && !sched_idle(r->g->sched); i++)
		event_base_loop(r->base, EVLOOP_ONCE);
	assert_true(sched_idle(r->g->sched));
	spool_flush(r->g->spool);
}

static inline void rig_until_idle(struct rig *r)
{
	for (int i = 0; i < 100000 && !guard_idle(r->g); i++)
		event_base_loop(r->base, EVLOOP_ONCE);
	assert_true(guard_idle(r->g));
	spool_flush(r->g->spool);
}

static inline void rig_apply(struct rig *r, const char *model, uint64_t serial)
{
	struct signed_release s;

	rig_sign(r, model, serial, time(NULL) + 1000, &s);
	apply_offer(r->g->sites[0].apply, &s);
	rig_until_idle(r);
}

static inline void rig_verify(struct rig *r)
{
	verify_request(r->g->sites[0].verify);
	rig_until_idle(r);
}

/* The shell command makes the model; the guard is not open yet. */
static inline void rig_new(struct rig *r, const char *model)
{
	char path[256], hex[HASH_HEX];
	struct err err = {""};
	struct hash key;

	memset(r, 0, sizeof(*r));
	signal(SIGIO, SIG_IGN);
	umask(022);
	snprintf(r->dir, sizeof(r->dir), "/tmp/wd-rig-XXXXXX");
	assert_non_null(mkdtemp(r->dir));
	assert_int_equal(chmod(r->dir, 0755), 0);
	log_open("test", NULL, getenv("RIG_LOG") ? LOG_L_DEBUG : LOG_L_ERR);
	assert_int_equal(sign_keypair(&r->secret, &r->public, &err), 0);
	rig_sh(r, "mkdir -p model www outside && echo outside >outside/file && cd model && { %s; }",
	       model);
	snprintf(path, sizeof(path), "%s/state", r->dir);
	assert_int_equal(state_make(path, &err), 0);
	memcpy(key.b, r->public.b, sizeof(key.b));
	rig_sh(r,
	       "echo test >state/trust/host && echo %s >state/trust/release.pub && touch state/trust/agent.pem",
	       hash_hex(&key, hex));
	r->conf.n_sites = 1;
	r->conf.evidence_max = 64 << 20;
	r->conf.verify_every = 3600;
	snprintf(r->conf.sites[0].name, sizeof(r->conf.sites[0].name), "www");
	snprintf(r->conf.sites[0].dir, sizeof(r->conf.sites[0].dir), "%s/www", r->dir);
	r->conf.sites[0].mode = MODE_ENFORCE;
	r->conf.sites[0].uid = getuid();
	r->conf.sites[0].gid = getgid();
}

static inline void rig_free(struct rig *r)
{
	if (r->g)
		rig_close(r);
	free(r->outside);
	rig_sh(r, "chattr -R -i -a www 2>/dev/null; cd / && rm -rf %s", r->dir);
}

/* ---- events ---- */

struct rig_count {
	const char *op;
	uint8_t outcome;
	int n;
};

static inline void rig_count_one(void *arg, const struct wd_event *e)
{
	struct rig_count *c = arg;

	if ((!c->op || !strcmp(e->op, c->op)) &&
	    (c->outcome == OUTCOME_MAX || e->outcome == c->outcome))
		c->n++;
}

/* Events with this op (NULL: any) and outcome (OUTCOME_MAX: any). */
static inline int rig_events(struct rig *r, const char *op, uint8_t outcome)
{
	struct rig_count c = {op, outcome, 0};

	spool_last(r->g->spool, 100000, rig_count_one, &c);
	return c.n;
}

#endif
