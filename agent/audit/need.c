// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <grp.h>
#include <string.h>
#include "need.h"

#define EXAMPLES 3

static bool group_fits(const struct audit *a, const struct need *n, const struct access *x)
{
	const struct group *adm;

	if (!n->was_group || !(x->mode & 070))
		return true;
	if (a->t->was.known && x->st.st_gid == a->t->was.gid)
		return true;
	if (x->st.st_gid == 0 && x->st.st_uid == 0 && !n->log_group)
		return true; /* root's own group: nobody who could not anyway */
	adm = n->log_group ? getgrnam("adm") : NULL;
	return adm && x->st.st_gid == adm->gr_gid;
}

static bool was_writes(const struct account *was, const struct access *x)
{
	return (x->st.st_uid == was->uid && (x->mode & 0200)) ||
	       (x->st.st_gid == was->gid && (x->mode & 0020)) || (x->mode & 0002);
}

static bool bits_fit(const struct need *n, const struct access *x)
{
	mode_t limit = n->limit;

	/* On a directory setgid and sticky narrow or only sort; they let nobody in. */
	if (!n->guide && S_ISDIR(x->st.st_mode))
		limit |= S_ISGID | S_ISVTX;
	return access_within(x, limit);
}

enum met need_met(const struct audit *a, const struct need *n, const struct access *x)
{
	const struct account *was = &a->t->was;
	bool roots = x->st.st_uid == 0;

	if (!bits_fit(n, x))
		return NOT_MET;
	if (n->guide)
		return !was->known ? MET_UNKNOWN : x->st.st_uid == was->uid ? MET : NOT_MET;
	if (!was->known)
		return roots && !n->was_group ? MET : MET_UNKNOWN;
	if (n->not_was)
		return was->uid && was_writes(was, x) ? NOT_MET : MET;
	return (roots || x->st.st_uid == was->uid) && group_fits(a, n, x) ? MET : NOT_MET;
}

/* What the JVM needs to read must not lose its group on the way to a narrower mode. */
char need_plan(struct audit *a, const struct need *n, const struct access *x, const char *path)
{
	const struct account *was = &a->t->was;
	bool strange = x->st.st_uid != 0 && x->st.st_uid != was->uid;
	uid_t uid = KEEP_UID;
	gid_t gid = KEEP_GID;
	mode_t limit = n->limit | (S_ISDIR(x->st.st_mode) ? S_ISGID | S_ISVTX : 0);
	mode_t mode = x->st.st_mode & 07777 & limit;
	char class = 'A';

	if (!was->known || n->guide || x->st.st_nlink > (S_ISDIR(x->st.st_mode) ? ~0u : 1))
		return 0;
	if (strange || n->not_was) {
		uid = 0;
		class = 'C';
	}
	if (n->was_group && !group_fits(a, n, x))
		gid = was->gid;
	/* Others could read it and its group was not the server's: the server read it as "other".
	 */
	if (n->was_group && (x->mode & 07) && x->st.st_uid != was->uid) {
		gid = was->gid;
		mode |= (x->mode & 07 & 05) << 3 & limit;
	}
	if (n->secret && x->st.st_uid == was->uid)
		mode &= 0600;
	if (n->secret && uid == 0) {
		gid = was->gid;
		mode = 0640;
	}
	if (a->set->fix)
		plan_mode(a, path, uid, gid, mode, class);
	return class;
}

static const char *wanted(struct audit *a, const struct need *n)
{
	if (n->guide)
		return pool_printf(a->pool, lang_tr(a->set->lang, "wanted: owner %s, at most %04o"),
				   a->t->was.known ? a->t->was.name : "WAS", n->limit);
	if (n->not_was)
		return pool_str(a->pool,
				lang_tr(a->set->lang, "wanted: not writable by the server"));
	return pool_printf(a->pool, lang_tr(a->set->lang, "wanted: owner root or %s, at most %04o"),
			   a->t->was.known ? a->t->was.name : "WAS", n->limit);
}

bool need_judge(struct audit *a, const struct need *n, const char *path)
{
	struct access x;
	struct finding *f;
	char class;

	if (access_read(path, &a->t->was, &x) < 0) {
		if (errno == ENOENT)
			return false;
		found(a, V_ERROR, path, 0, "cannot be read: %s", strerror(errno));
		return true;
	}
	switch (need_met(a, n, &x)) {
	case MET:
		found(a, V_GOOD, path, 0, "%s", access_text(a->pool, &x));
		break;
	case MET_UNKNOWN:
		found(a, V_MANUAL, path, 0, "%s; the server's account is not known (--user)",
		      access_text(a->pool, &x));
		break;
	case NOT_MET:
		f = found(a, V_VULNERABLE, path, 0, "%s; %s", access_text(a->pool, &x),
			  wanted(a, n));
		class = need_plan(a, n, &x, path);
		if (class)
			plan_for(f, class);
	}
	return true;
}

void sweep_start(struct sweep *s, struct audit *a, const char *root, const char *what)
{
	*s = (struct sweep){.a = a, .root = root, .what = what, .examples = "", .failures = ""};
}

static void take(struct sweep *s, const struct need *n, const struct access *x, const char *path)
{
	enum met met = need_met(s->a, n, x);
	char class;

	s->seen++;
	s->unknown += met == MET_UNKNOWN;
	if (met != NOT_MET)
		return;
	if (s->bad++ < EXAMPLES)
		s->examples = pool_printf(s->a->pool, "%s%s%s %s (%s)", s->examples,
					  *s->examples ? ", " : "", path,
					  access_text(s->a->pool, x), wanted(s->a, n));
	class = need_plan(s->a, n, x, path);
	if (!s->class || class == 'C')
		s->class = class;
}

void sweep_take(struct sweep *s, const struct need *n, const struct walk *w)
{
	struct access x;

	if (access_read_at(w->dirfd, w->name, &s->a->t->was, n->limit, &x) == 0)
		take(s, n, &x, w->path);
}

void sweep_top(struct sweep *s, const struct need *n, const char *path)
{
	struct access x;

	if (access_read(path, &s->a->t->was, &x) == 0)
		take(s, n, &x, path);
	else if (errno != ENOENT)
		sweep_failed(s, path, strerror(errno));
}

void sweep_failed(void *sweep, const char *path, const char *why)
{
	struct sweep *s = sweep;

	if (s->failed++ < EXAMPLES)
		s->failures = pool_printf(s->a->pool, "%s%s%s: %s", s->failures,
					  *s->failures ? ", " : "", path, why);
}

void sweep_end(struct sweep *s)
{
	const char *what = lang_tr(s->a->set->lang, s->what);

	if (s->bad) {
		struct finding *f = found(s->a, V_VULNERABLE, s->root, 0, "%zu of %zu %s: %s",
					  s->bad, s->seen, what, s->examples);

		f->count = s->bad;
		if (s->class)
			plan_for(f, s->class);
	}
	if (s->failed)
		found(s->a, V_ERROR, s->root, 0, "%zu %s cannot be read: %s", s->failed, what,
		      s->failures);
	else if (s->unknown)
		found(s->a, V_MANUAL, s->root, 0,
		      "%zu %s: the server's account is not known (--user)", s->unknown, what);
	else if (!s->bad)
		found(s->a, V_GOOD, s->root, 0, "all %zu %s", s->seen, what);
}
