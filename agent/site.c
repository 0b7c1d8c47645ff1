// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "fsx.h"
#include "site.h"
#include "state.h"

#define FILE_MAX (RELEASE_BYTES_MAX + 128)

static const char *site_path(char to[STATE_PATH_MAX], const struct site *s, const char *name)
{
	return state_path(to, s->state, "sites/%s%s%s", s->conf->name, *name ? "/" : "", name);
}

/* 1: read; 0: no such file; -1: it is there and no good. */
static int read_release(const struct site *s, const char *name, const struct sign_public *key,
			struct release *out, struct err *err)
{
	char path[STATE_PATH_MAX];
	struct signed_release sr;
	struct err why = {""};
	struct rd r;
	size_t n;
	char *p;

	if (access(site_path(path, s, name), F_OK))
		return errno == ENOENT ? 0 : err_sys(err, "cannot read %s", path);
	p = fsx_slurp(path, FILE_MAX, &n, err);
	if (!p)
		return -1;
	r = rd_over(p, n);
	signed_release_get(&r, &sr);
	if (!rd_end(&r) || release_open(&sr, key, out, &why))
		n = 0;
	free(p);
	if (!n)
		return err_set(
			err,
			"%s is not a release signed by this agent's publisher%s%s: remove it and "
			"the publisher will send it again",
			path, why.text[0] ? ": " : "", why.text);
	if (strcmp(out->site, s->conf->name))
		return err_set(err, "%s is a release of another site (%s)", path, out->site);
	return 1;
}

static int read_highest(struct site *s, struct err *err)
{
	char path[STATE_PATH_MAX], *p, *end;
	size_t n;

	s->highest = 0;
	if (access(site_path(path, s, "highest"), F_OK) && errno == ENOENT)
		return 0;
	p = fsx_slurp(path, 64, &n, err);
	if (!p)
		return -1;
	s->highest = strtoull(p, &end, 10);
	n = end != p && *end == '\n';
	free(p);
	return n ? 0 : err_set(err, "%s does not hold a serial number", path);
}

int site_open(struct site *s, const struct conf_site *conf, const char *state,
	      const struct sign_public *key, struct err *err)
{
	char path[STATE_PATH_MAX];
	struct release next;
	int have, pending;

	memset(s, 0, sizeof(*s));
	s->conf = conf;
	s->state = state;
	s->owner = (struct owner){conf->uid, conf->gid};
	s->mode = conf->mode;
	if (fsx_mkdirs(site_path(path, s, ""), 0700, err) || read_highest(s, err))
		return -1;
	have = read_release(s, "current", key, &s->want, err);
	pending = read_release(s, "next", key, &next, err);
	if (have < 0 || pending < 0)
		return -1;
	if (have)
		s->applied = s->want.serial;
	if (pending) {
		s->old = s->want;
		s->want = next;
		s->filters_changed = true;
		s->phase = SITE_APPLYING;
	}
	if (s->highest < s->want.serial)
		s->highest = s->want.serial;
	return 0;
}

bool site_expired(const struct site *s, int64_t now)
{
	return s->want.serial && s->want.expires < now;
}

int site_offer(struct site *s, const struct signed_release *offer, const struct sign_public *key,
	       int64_t now, bool *known, struct err *err)
{
	struct release r;

	*known = false;
	if (release_open(offer, key, &r, err))
		return -1;
	if (strcmp(r.site, s->conf->name))
		return err_set(err, "the release is for site %s, not %s", r.site, s->conf->name);
	if (r.serial == s->want.serial ||
	    (s->phase == SITE_FETCHING && r.serial == s->coming.serial)) {
		*known = true;
		return 0;
	}
	/* Equal to highest and not applied: an earlier run was stopped between the two. */
	if (r.serial < s->highest || r.serial < s->want.serial)
		return err_set(err,
			       "release %" PRIu64 " of %s is older than %" PRIu64
			       ", which this host has seen",
			       r.serial, r.site, s->highest);
	if (r.expires < now)
		return err_set(err, "release %" PRIu64 " of %s has expired: publish it anew",
			       r.serial, r.site);
	s->coming = r;
	s->coming_signed = *offer;
	return 0;
}

static int write_highest(struct site *s, uint64_t serial, struct err *err)
{
	char path[STATE_PATH_MAX], text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", serial);

	if (serial <= s->highest && s->highest)
		return 0;
	if (fsx_replace(site_path(path, s, "highest"), text, n, 0600, err))
		return -1;
	s->highest = serial;
	return 0;
}

int site_begin(struct site *s, struct err *err)
{
	char path[STATE_PATH_MAX];
	struct buf b;
	int rc;

	buf_init(&b, FILE_MAX);
	signed_release_put(&b, &s->coming_signed);
	rc = write_highest(s, s->coming.serial, err);
	if (!rc)
		rc = fsx_replace(site_path(path, s, "next"), b.data, b.len, 0600, err);
	buf_free(&b);
	if (rc)
		return -1;
	s->filters_changed = !filters_same(&s->want.filters, &s->coming.filters);
	s->old = s->want;
	s->want = s->coming;
	s->coming.serial = 0;
	s->phase = SITE_APPLYING;
	return 0;
}

int site_finish(struct site *s, struct err *err)
{
	char next[STATE_PATH_MAX], current[STATE_PATH_MAX], dir[STATE_PATH_MAX];
	int fd;

	if (rename(site_path(next, s, "next"), site_path(current, s, "current")))
		return err_sys(err, "cannot rename %s", next);
	fd = open(site_path(dir, s, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	s->applied = s->want.serial;
	s->old.serial = 0;
	s->phase = SITE_IDLE;
	return 0;
}
