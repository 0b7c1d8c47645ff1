// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <fnmatch.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "checks.h"
#include "fix.h"
#include "fsx.h"
#include "slurp.h"
#include "journal.h"

struct fixing {
	const struct settings *set;
	const struct site_dirs *dirs;
	const struct check *check;
	const char *id;
	bool preview;
	FILE *to;
	struct fix_count *count;
	/* The newest log and where it ended before the change. */
	const char *log;
	off_t log_end;
};

static struct audit *look(struct fixing *f, struct pool *p)
{
	struct audit *a = pool_alloc(p, sizeof(*a));

	a->pool = p;
	a->set = f->set;
	a->t = tomcat_load(p, f->dirs, f->set->was);
	audit_run(a, f->check);
	return a;
}

/* How bad it is: what is left to put right. */
static size_t score(const struct audit *a)
{
	size_t bad = 0;

	for (size_t i = 0; i < a->now->findings.n; i++) {
		const struct finding *x = a->now->findings.v[i];

		if (x->verdict == V_VULNERABLE)
			bad += x->count * 2;
		else if (x->verdict == V_ERROR)
			bad++;
	}
	return bad;
}

/* ---- showing ---- */

static void show_mode(FILE *to, const struct change *c)
{
	const struct passwd *pw = c->uid == KEEP_UID ? NULL : getpwuid(c->uid);
	const struct group *gr = c->gid == KEEP_GID ? NULL : getgrgid(c->gid);

	fprintf(to, "    chmod %04o", c->mode);
	if (c->uid != KEEP_UID || c->gid != KEEP_GID)
		fprintf(to, ", chown %s:%s", pw ? pw->pw_name : "", gr ? gr->gr_name : "");
	fprintf(to, " %s\n", c->path);
}

static void show(struct fixing *f, struct pool *p, const struct change *c)
{
	switch (c->kind) {
	case CHANGE_EDIT:
		edit_diff(p, c->edit, f->to);
		break;
	case CHANGE_MODE:
		show_mode(f->to, c);
		break;
	case CHANGE_MOVE:
		fprintf(f->to, "    mv %s %s/%s/\n", c->path, c->to, f->id);
		break;
	case CHANGE_REMOVE:
		fprintf(f->to, "    rm %s\n", c->path);
		break;
	case CHANGE_CREATE:
		fprintf(f->to, "    new file %s (%zu bytes, %04o)\n", c->path, c->n, c->mode);
		break;
	}
}

static bool agreed(struct fixing *f, const struct change *c)
{
	char line[16] = "";

	if (c->class == 'A' || f->set->yes || f->preview)
		return true;
	if (!isatty(0)) {
		fprintf(f->to, "  not done: it needs --yes, or somebody to ask\n");
		return false;
	}
	fprintf(f->to, "  do this? [y/N] ");
	fflush(f->to);
	return fgets(line, sizeof(line), stdin) && (*line == 'y' || *line == 'Y');
}

/* Of long sweeps the first ones tell enough. */
#define SHOWN 20

static void select_changes(struct fixing *f, struct audit *a, struct list *out)
{
	size_t hidden = 0, modes = 0;

	for (size_t i = 0; i < a->now->changes.n; i++) {
		struct change *c = a->now->changes.v[i];

		if (c->kind == CHANGE_EDIT && !c->edit->splices.n)
			continue;
		if (settings_under(&f->set->protected, c->path)) {
			fprintf(f->to, "  %s: inside a protected tree: fix it at the publisher\n",
				c->path);
			f->count->refused++;
			continue;
		}
		if (c->kind == CHANGE_MODE && ++modes > SHOWN && (c->class == 'A' || f->set->yes))
			hidden++;
		else
			show(f, a->pool, c);
		if (agreed(f, c))
			list_add(a->pool, out, c);
		else
			f->count->refused++;
	}
	if (hidden)
		fprintf(f->to, "    ... and %zu more of the kind\n", hidden);
}

/* ---- the server's log ---- */

static const char *newest_log(struct pool *p, const char *base, off_t *end)
{
	const char *dir = pool_printf(p, "%s/logs", base), *best = NULL;
	struct timespec newest = {0};
	DIR *d = opendir(dir);
	struct dirent *e;
	struct stat st;

	while (d && (e = readdir(d))) {
		if (fnmatch("catalina.*", e->d_name, 0) != 0 ||
		    fstatat(dirfd(d), e->d_name, &st, 0) < 0 || st.st_mtim.tv_sec < newest.tv_sec)
			continue;
		newest = st.st_mtim;
		*end = st.st_size;
		best = pool_printf(p, "%s/%s", dir, e->d_name);
	}
	if (d)
		closedir(d);
	return best;
}

static bool log_says_severe(struct fixing *f)
{
	static const char word[] = "SEVERE";
	size_t n = 0;
	char *text = f->log ? slurp(f->log, 1u << 30, &n, NULL) : NULL;
	bool severe = text && (off_t)n > f->log_end &&
		      memmem(text + f->log_end, n - f->log_end, word, sizeof(word) - 1);

	free(text);
	return severe;
}

static bool reloads(const struct list *changes)
{
	for (size_t i = 0; i < changes->n; i++)
		if (((struct change *)changes->v[i])->kind != CHANGE_MODE)
			return true;
	return false;
}

/* A running server needs some seconds to notice; until then its log says nothing of worth. */
static bool server_suffers(struct fixing *f, const struct list *changes)
{
	int64_t end = fsx_mono_ns() + f->set->settle * 1000000000LL;

	if (!f->dirs->process || !f->log)
		return false;
	while (reloads(changes) && fsx_mono_ns() < end && !log_says_severe(f))
		usleep(250000);
	return log_says_severe(f);
}

/* ---- doing ---- */

static const char *outcome(struct fixing *f, struct pool *p, size_t before,
			   const struct list *changes)
{
	if (score(look(f, p)) >= before)
		return "it did not help";
	return server_suffers(f, changes) ? "the server logs SEVERE" : NULL;
}

static void take_back(struct fixing *f, struct pool *p, const char *why)
{
	struct err err;

	f->count->failed++;
	if (journal_undo(p, f->set->state, f->id, f->check->code, true, NULL, &err) < 0)
		fprintf(f->to, "  %s; taking it back failed as well: %s\n", why, err.text);
	else
		fprintf(f->to, "  %s: taken back\n", why);
}

static void show_remedies(struct fixing *f, const struct audit *a)
{
	for (size_t i = 0; i < a->now->findings.n; i++) {
		const struct finding *x = a->now->findings.v[i];

		if (x->verdict == V_VULNERABLE && x->remedy)
			fprintf(f->to, "  %s\n", x->remedy);
		else if (x->verdict == V_VULNERABLE && x->fix == 'M')
			fprintf(f->to, "  by hand: %s: %s\n", x->object,
				lang_tr(f->set->lang, f->check->remedy));
	}
}

static void fix_check(struct fixing *f)
{
	struct pool *p = pool_new();
	struct audit *a = look(f, p);
	struct list changes = {0};
	size_t before = score(a);
	const char *why;
	struct err err;

	if (a->now->verdict == V_VULNERABLE) {
		fprintf(f->to, "%s %s\n", f->check->code, lang_tr(f->set->lang, f->check->title));
		select_changes(f, a, &changes);
		show_remedies(f, a);
	}
	if (changes.n && !f->preview) {
		f->log = newest_log(p, f->dirs->base, &f->log_end);
		if (journal_apply(p, f->set->state, f->id, f->check->code, &changes, &err) < 0) {
			fprintf(f->to, "  not done: %s\n", err.text);
			f->count->failed++;
		} else if ((why = outcome(f, p, before, &changes))) {
			take_back(f, p, why);
		} else {
			fprintf(f->to,
				"  done: %zu changes; wdctl audit undo %s/%s takes them back\n",
				changes.n, f->id, f->check->code);
			f->count->done++;
		}
	}
	pool_free(p);
}

void fix_server(const struct settings *set, const struct site_dirs *dirs, bool preview, FILE *to,
		struct fix_count *count)
{
	struct pool *p = pool_new();
	struct fixing f = {.set = set,
			   .dirs = dirs,
			   .id = journal_new_id(p),
			   .preview = preview,
			   .to = to,
			   .count = count};

	for (size_t i = 0; checks[i]; i++) {
		f.check = checks[i];
		if (settings_wants_fixed(set, f.check->code) && !check_is_extra(f.check))
			fix_check(&f);
	}
	if (count->done)
		fprintf(to, "ID %s; changes of server.xml need a restart of the server\n", f.id);
	pool_free(p);
}
