// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "batch.h"
#include "fsx.h"
#include "step.h"
#include "walk.h"

#define PATH_CAP (TREE_PATH_MAX + TREE_NAME_MAX + 2)
#define PARTS_MAX (TREE_PATH_MAX / 2)
#define FRAMES_MAX (TREE_DEPTH_MAX + 2)

/* One directory that the walk is in. */
struct frame {
	int fd;
	struct entry self;		 /* what it must be like; strings are not used */
	const struct branch *want, *old; /* what it must hold; what it held before, or NULL */
	char **names;			 /* to be looked at, sorted */
	size_t n, i;
	size_t path_len; /* of w->path up to here */
	bool whole;	 /* all names, and so on below */
	bool touched;	 /* names in it were changed by us */
	bool emptying;	 /* it goes, when its names are gone */
	struct incident *cause;
};

struct walk {
	struct treatment t;
	unsigned int flags;
	char *target; /* the path, cut into names */
	char *parts[PARTS_MAX];
	size_t n_parts;
	struct frame v[FRAMES_MAX];
	int depth;
	char path[PATH_CAP]; /* of what is being looked at */
	struct inspect look, first;
	enum { IDLE, LOOKING, LOOKING_AT_OLD } state;
	struct incident *cause;
};

static const struct entry *in(const struct branch *b, const char *name)
{
	return b ? tree_find(b->tree, name) : NULL;
}

/* ---- the names of a directory ---- */

struct names {
	char **v;
	size_t n, cap;
};

static int add_name(struct names *l, const char *name)
{
	char **more;

	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 64;
		more = reallocarray(l->v, l->cap, sizeof(*more));
		if (!more)
			return -1;
		l->v = more;
	}
	l->v[l->n] = strdup(name);
	return l->v[l->n++] ? 0 : -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void unify(struct names *l)
{
	size_t kept = 0;

	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), by_name);
	for (size_t i = 0; i < l->n; i++) {
		if (kept && !strcmp(l->v[kept - 1], l->v[i]))
			free(l->v[i]);
		else
			l->v[kept++] = l->v[i];
	}
	l->n = kept;
}

static int names_there(struct names *l, int dirfd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	errno = 0;
	while (!rc && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			rc = add_name(l, e->d_name);
	if (errno)
		rc = -1;
	closedir(d);
	return rc;
}

static bool same(const struct entry *a, const struct entry *b)
{
	return a && b && a->type == b->type && a->mode == b->mode && a->mtime == b->mtime &&
	       a->size == b->size && hash_eq(&a->hash, &b->hash) &&
	       (a->type != ENTRY_LINK || !strcmp(a->target, b->target));
}

static int names_of(struct names *l, const struct branch *b, const struct branch *unless_in)
{
	for (size_t i = 0; i < b->tree->n; i++) {
		const struct entry *e = &b->tree->v[i];

		if (!unless_in || !same(e, in(unless_in, e->name)))
			if (add_name(l, e->name))
				return -1;
	}
	return 0;
}

static int list(struct walk *w, struct frame *f)
{
	struct names l = {0};
	int rc = 0;

	if (!f->whole) {
		if ((size_t)w->depth <= w->n_parts && w->depth > 0)
			rc = add_name(&l, w->parts[w->depth - 1]);
	} else if ((w->flags & WALK_DIFF) && f->old && !f->emptying) {
		rc = names_of(&l, f->want, f->old) || names_of(&l, f->old, f->want);
	} else {
		rc = names_there(&l, f->fd) || names_of(&l, f->want, NULL);
	}
	unify(&l);
	f->names = l.v;
	f->n = l.n;
	return rc ? -1 : 0;
}

/* ---- going down and up ---- */

static const char *set_path(struct walk *w, const struct frame *f, const char *name)
{
	int room = PATH_CAP - (int)f->path_len;

	snprintf(w->path + f->path_len, room, "%s%s", f->path_len && *name ? "/" : "", name);
	return w->path;
}

static void trouble(struct walk *w, const struct hash *need, uint64_t size, struct incident *cause,
		    const char *why)
{
	treat_trouble(&w->t, w->path, need, size, cause, why);
}

static const struct branch *get_tree(struct walk *w, const struct hash *h, uint64_t size,
				     struct incident *cause)
{
	const struct walk_place *place = w->t.place;
	enum depot_result why = DEPOT_OK;
	const struct branch *b;

	if (w->flags & WALK_TREES)
		why = expect_intact(place->expect, h, size);
	b = why == DEPOT_OK ? expect_get(place->expect, h, size, &why) : NULL;
	if (b)
		return b;
	if (why == DEPOT_DAMAGED)
		depot_drop(place->vault, h);
	if (why == DEPOT_IO)
		trouble(w, NULL, 0, cause, "the vault cannot be read");
	else
		trouble(w, h, size, cause, "the vault lacks the directory's list, fetching it");
	return NULL;
}

static const struct branch *get_old(struct walk *w, const struct hash *h, uint64_t size)
{
	enum depot_result why;

	return expect_get(w->t.place->expect, h, size, &why);
}

/* Takes fd, want, old and cause. The path of the directory is in w->path. */
static int push(struct walk *w, int fd, const struct entry *self, const struct branch *want,
		const struct branch *old, struct incident *cause, bool whole, bool emptying)
{
	struct frame *f = &w->v[w->depth];

	memset(f, 0, sizeof(*f));
	f->fd = fd;
	f->self = *self;
	f->self.name = (char *)"";
	f->want = want;
	f->old = old;
	f->cause = cause;
	f->whole = whole;
	f->emptying = emptying;
	f->path_len = strlen(w->path);
	w->depth++;
	if (!list(w, f))
		return 0;
	trouble(w, NULL, 0, cause, strerror(errno));
	return -1;
}

static bool whole_at(const struct walk *w, bool inherited)
{
	return inherited || ((w->flags & WALK_BELOW) && (size_t)w->depth >= w->n_parts);
}

static void next_name(struct walk *w)
{
	if (w->depth)
		w->v[w->depth - 1].i++;
}

/* The directory stands (w->look.fd is it): enter it. Takes s->cause. */
static void enter(struct walk *w, struct spot *s, bool fresh)
{
	struct frame *f = &w->v[w->depth - 1];
	const struct entry *o = s->old && s->old->type == ENTRY_DIR ? s->old : NULL;
	const struct branch *want = NULL, *old = NULL;
	bool whole = whole_at(w, f->whole || fresh);

	if (w->depth == FRAMES_MAX)
		trouble(w, NULL, 0, s->cause, "directories are nested too deep");
	else
		want = get_tree(w, &s->want->hash, s->want->size, s->cause);
	if (!want) {
		incident_put(s->cause);
		inspect_end(&w->look);
		next_name(w);
		return;
	}
	if (o && !fresh)
		old = hash_eq(&o->hash, &s->want->hash) ? expect_hold(want)
							: get_old(w, &o->hash, o->size);
	push(w, w->look.fd, s->want, want, old, s->cause, whole, false);
	w->look.fd = -1;
}

static void enter_emptying(struct walk *w, struct spot *s)
{
	struct entry self = *s->old;

	if (w->depth == FRAMES_MAX) {
		trouble(w, NULL, 0, NULL, "directories are nested too deep");
		inspect_end(&w->look);
		next_name(w);
		return;
	}
	push(w, w->look.fd, &self, expect_nothing(w->t.place->expect),
	     get_old(w, &s->old->hash, s->old->size), incident_hold(w->cause), true, true);
	w->look.fd = -1;
}

static void drop_frame(struct frame *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->names[i]);
	free(f->names);
	expect_put(f->want);
	expect_put(f->old);
	incident_put(f->cause);
	close(f->fd);
}

static void leave_emptied(struct walk *w, struct frame *f)
{
	struct frame *up = f - 1;
	const char *name = up->names[up->i];
	struct err err = {""};

	if (repair_rmdir(up->fd, name, &err)) {
		trouble(w, NULL, 0, f->cause, err.text);
		up->i++;
		return;
	}
	step("rmdir");
	up->touched = true;
	w->t.counts.removed++;
	if (!in(up->want, name))
		up->i++; /* else it is looked at again: now it is missing */
}

/* Times last: every change below would move them again. */
static bool pop(struct walk *w)
{
	struct frame *f = &w->v[w->depth - 1];
	bool applying = w->t.site->phase == SITE_APPLYING;

	w->path[f->path_len] = '\0';
	if (f->emptying)
		leave_emptied(w, f);
	else if (!(w->flags & WALK_ADD) && (!applying || (w->flags & WALK_DIFF)))
		treat_directory(&w->t, w->path, f->fd, &f->self, f->touched,
				f->cause ? f->cause : w->cause);
	if (!f->emptying && w->depth > 1)
		(f - 1)->i++;
	drop_frame(f);
	w->depth--;
	return w->depth > 0;
}

/* ---- one name ---- */

static bool compare_with_old(const struct walk *w, const struct entry *want,
			     const struct entry *old)
{
	enum finding f = w->look.finding;

	if (!old || same(want, old) || (w->look.fd >= 0 && S_ISDIR(w->look.st.st_mode)))
		return false;
	return f == FINDING_CONTENT || f == FINDING_META || f == FINDING_TYPE ||
	       f == FINDING_FOREIGN;
}

static void treat_name(struct walk *w, struct frame *f, bool quiet)
{
	const char *name = f->names[f->i];
	struct spot s = {.dirfd = f->fd,
			 .name = name,
			 .path = w->path,
			 .want = in(f->want, name),
			 .old = in(f->old, name),
			 .look = &w->look,
			 .quiet = quiet,
			 .cause = f->cause ? f->cause : w->cause};

	/* Where an apply has yet to come, what is new in the release is missing rightly. */
	if (w->look.finding == FINDING_MISSING &&
	    (w->t.applying || (w->t.site->phase == SITE_APPLYING && !s.old)))
		s.quiet = true;
	w->t.keep_foreign = (w->flags & WALK_ADD) && !f->emptying;
	w->state = IDLE;
	switch (treat(&w->t, &s)) {
	case TREATED_ENTER:
		enter(w, &s, false);
		break;
	case TREATED_FRESH:
		if (w->t.place->excepted_made &&
		    filters_match(&w->t.site->want.filters, w->path) == FILTER_DIR)
			w->t.place->excepted_made(w->t.place->arg, w->t.site);
		enter(w, &s, true);
		break;
	case TREATED_EMPTYING:
		enter_emptying(w, &s);
		break;
	default:
		inspect_end(&w->look);
		f->i++;
	}
	f->touched |= s.touched;
}

/*
 * What the site's filters except is neither compared, nor made right, nor removed; only that a
 * link or device stands there, or nothing, is still a finding. A directory that the publisher
 * no longer has goes with all that is in it.
 */
static bool excepted(const struct walk *w, const struct frame *f)
{
	const struct inspect *l = &w->look;
	bool dir = l->fd >= 0 && S_ISDIR(l->st.st_mode);
	bool file = l->fd >= 0 && S_ISREG(l->st.st_mode);

	if (f->emptying || !w->t.site->want.filters.n || l->finding == FINDING_MOUNT)
		return false;
	switch (filters_match(&w->t.site->want.filters, w->path)) {
	case FILTER_DIR:
		return dir;
	case FILTER_ABOVE:
		return dir && !l->want;
	case FILTER_FILE:
		return file || l->finding == FINDING_MISSING;
	case FILTER_BELOW:
		return true;
	default:
		return false;
	}
}

static void looked(struct walk *w)
{
	struct frame *f = &w->v[w->depth - 1];
	const char *name = f->names[f->i];
	const struct entry *old = in(f->old, name);
	bool quiet;

	if (w->state == LOOKING && excepted(w, f)) {
		inspect_end(&w->look);
		w->state = IDLE;
		f->i++;
		return;
	}
	if (w->state == LOOKING && compare_with_old(w, in(f->want, name), old)) {
		w->first = w->look;
		w->state = LOOKING_AT_OLD;
		inspect_begin(&w->look, f->fd, name, old, &w->t.site->owner, 0);
		return;
	}
	if (w->state == LOOKING) {
		treat_name(w, f, false);
		return;
	}
	quiet = w->look.finding == FINDING_RIGHT;
	inspect_end(&w->look);
	w->look = w->first;
	treat_name(w, f, quiet);
}

static void look(struct walk *w, struct frame *f)
{
	const char *name = f->names[f->i];
	unsigned int flags = w->flags & WALK_QUICK ? INSPECT_QUICK : 0;

	set_path(w, f, name);
	if ((w->flags & WALK_SYNC) && (size_t)w->depth >= w->n_parts)
		flags |= INSPECT_SYNC;
	inspect_begin(&w->look, f->fd, name, in(f->want, name), &w->t.site->owner, flags);
	w->state = LOOKING;
}

static void finish(struct walk *w)
{
	struct err err = {""};

	if (w->t.batch && batch_flush(w->t.batch, &err))
		trouble(w, NULL, 0, NULL, err.text);
}

bool walk_step(struct walk *w)
{
	struct frame *f;

	if (!w->depth)
		return false;
	f = &w->v[w->depth - 1];
	if (w->state != IDLE) {
		if (!inspect_step(&w->look))
			looked(w);
		return true;
	}
	if (f->i < f->n) {
		look(w, f);
		return true;
	}
	if (pop(w))
		return true;
	finish(w);
	return false;
}

/* ---- beginning and end ---- */

static int open_root(struct walk *w, bool *fresh)
{
	const char *dir = w->t.site->conf->dir;
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(dir, flags);

	if (fd < 0 && errno == ENOENT) {
		*fresh = true;
		if (!fsx_mkdirs(dir, 0755, NULL))
			fd = open(dir, flags);
	}
	return fd;
}

static void start(struct walk *w)
{
	const struct release *r = &w->t.site->want, *o = &w->t.site->old;
	struct entry self = {.mode = r->root_mode, .mtime = r->root_mtime, .type = ENTRY_DIR};
	const struct branch *want, *old = NULL;
	bool fresh = false;
	int fd = open_root(w, &fresh);

	if (fd < 0) {
		trouble(w, NULL, 0, w->cause,
			errno == ENOTDIR || errno == ELOOP
				? "the site's directory is something else"
				: strerror(errno));
		return;
	}
	want = get_tree(w, &r->root, r->root_size, w->cause);
	if (!want) {
		close(fd);
		return;
	}
	if (o->serial && !fresh)
		old = get_old(w, &o->root, o->root_size);
	w->t.counts.dirs++;
	push(w, fd, &self, want, old, incident_hold(w->cause),
	     fresh || (!w->n_parts && (w->flags & WALK_BELOW)), false);
}

static int cut(struct walk *w, const char *path)
{
	char *save, *part;

	w->target = strdup(path);
	if (!w->target)
		return -1;
	for (part = strtok_r(w->target, "/", &save); part; part = strtok_r(NULL, "/", &save)) {
		if (w->n_parts == PARTS_MAX || !strcmp(part, ".") || !strcmp(part, ".."))
			return -1;
		w->parts[w->n_parts++] = part;
	}
	return 0;
}

struct walk *walk_new(const struct walk_place *place, struct site *site, const char *path,
		      unsigned int flags, const char *source, struct incident *cause)
{
	struct walk *w = calloc(1, sizeof(*w));

	if (!w || cut(w, path)) {
		walk_free(w);
		return NULL;
	}
	w->t.place = place;
	w->t.site = site;
	w->t.source = source;
	w->t.applying = flags & WALK_DIFF;
	w->t.detach = flags & WALK_DETACH;
	w->flags = flags;
	w->look.fd = w->first.fd = -1;
	w->cause = incident_hold(cause);
	if (flags & WALK_ADD)
		w->t.batch = batch_new();
	start(w);
	return w;
}

const struct walk_counts *walk_counts(const struct walk *w)
{
	return &w->t.counts;
}

void walk_free(struct walk *w)
{
	if (!w)
		return;
	batch_free(w->t.batch);
	if (w->state == LOOKING_AT_OLD)
		inspect_end(&w->first);
	if (w->state != IDLE)
		inspect_end(&w->look);
	while (w->depth)
		drop_frame(&w->v[--w->depth]);
	incident_put(w->cause);
	free(w->target);
	free(w);
}
