// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "build.h"
#include "desk.h"
#include "event.h"
#include "fsx.h"
#include "hosts.h"
#include "journal.h"
#include "publish.h"
#include "releases.h"
#include "sites.h"

static const char *const state_names[SITE_STATES] = {
	[SITE_IDLE] = "published",  [SITE_SETTLING] = "changing", [SITE_BUILDING] = "building",
	[SITE_SIGNING] = "signing", [SITE_REFUSED] = "refused",
};

const char *site_state_name(enum site_state state)
{
	return state_names[state];
}

void site_enter(struct site *s, enum site_state state)
{
	if (s->state == state)
		return;
	log_debug("site %s: %s -> %s", s->name, state_names[s->state], state_names[state]);
	s->state = state;
	desk_feed(s->engine, "site", site_json(s));
}

struct site *site_find(struct engine *e, const char *name)
{
	struct site *s;

	TAILQ_FOREACH (s, &e->sites, entry)
		if (!strcmp(s->name, name))
			return s;
	return NULL;
}

static void site_free(struct site *s)
{
	watch_stop(s->watch);
	if (s->timer)
		event_free(s->timer);
	for (char **x = s->excludes; x && *x; x++)
		free(*x);
	free(s->excludes);
	free(s->dir);
	cache_free(&s->cache);
	free(s);
}

void site_unref(struct site *s)
{
	if (--s->jobs == 0 && s->removed)
		site_free(s);
}

static void on_changed(void *arg)
{
	publish_changed(arg);
}

static void on_trouble(void *arg, const char *text)
{
	struct site *s = arg;

	snprintf(s->watch_problem, sizeof(s->watch_problem), "%s", text ? text : "");
	if (text)
		journal(s->engine, LOG_L_WARN, "watch", s->name, "", "%s", text);
	else
		journal(s->engine, LOG_L_INFO, "watch", s->name, "", "every change is seen again");
}

static int add_exclude(struct site *s, const char *glob)
{
	size_t n = 0;
	char **more;

	while (s->excludes && s->excludes[n])
		n++;
	more = realloc(s->excludes, (n + 2) * sizeof(*more));
	if (!more)
		return -1;
	s->excludes = more;
	more[n] = strdup(glob);
	more[n + 1] = NULL;
	return more[n] ? 0 : -1;
}

static int exclude_row(void *arg, struct store_row *r)
{
	return add_exclude(arg, store_text(r, 0));
}

static int filter_row(void *arg, struct store_row *r)
{
	return filters_add(&((struct site *)arg)->filters, store_text(r, 0), NULL);
}

static struct site *site_new(struct engine *e, const char *name, const char *dir)
{
	struct site *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->engine = e;
	snprintf(s->name, sizeof(s->name), "%s", name);
	s->dir = strdup(dir);
	s->timer = evtimer_new(e->base, publish_timer, s);
	if (!s->dir || !s->timer) {
		site_free(s);
		return NULL;
	}
	return s;
}

/* From here on changes are noticed; the first look follows at once. */
static int site_start(struct site *s, struct err *err)
{
	static const struct watch_ops ops = {on_changed, on_trouble};
	struct engine *e = s->engine;

	s->watch = watch_start(e->base, s->dir, s->excludes, e->conf.rescan, &ops, s);
	if (!s->watch)
		return err_set(err, "site %s: out of memory", s->name);
	TAILQ_INSERT_TAIL(&e->sites, s, entry);
	publish_changed(s);
	return 0;
}

struct loading {
	struct engine *engine;
	struct err *err;
};

static int site_row(void *arg, struct store_row *r)
{
	struct loading *l = arg;
	struct site *s = site_new(l->engine, store_text(r, 0), store_text(r, 1));

	if (!s)
		return err_set(l->err, "out of memory");
	s->held = store_int(r, 2);
	TAILQ_INSERT_TAIL(&l->engine->sites, s, entry);
	return 0;
}

static int site_complete(struct site *s, struct err *err)
{
	struct engine *e = s->engine;

	if (db_read(e->db, err, SQL_EXCLUDE_LIST, exclude_row, s, "t", s->name) < 0 ||
	    db_read(e->db, err, SQL_FILTER_LIST, filter_row, s, "t", s->name) < 0 ||
	    release_load_current(s, err))
		return -1;
	TAILQ_REMOVE(&e->sites, s, entry);
	return site_start(s, err);
}

int sites_load(struct engine *e, struct err *err)
{
	struct loading l = {e, err};
	struct site *s, *next, *last;

	if (db_read(e->db, err, SQL_SITE_LIST, site_row, &l, "") < 0)
		return -1;
	last = TAILQ_LAST(&e->sites, site_list);
	for (s = TAILQ_FIRST(&e->sites); s; s = next) {
		next = s == last ? NULL : TAILQ_NEXT(s, entry);
		if (site_complete(s, err))
			return -1;
	}
	return 0;
}

void sites_free(struct engine *e)
{
	struct site *s;

	while ((s = TAILQ_FIRST(&e->sites))) {
		TAILQ_REMOVE(&e->sites, s, entry);
		site_free(s);
	}
}

static int check_dir(struct engine *e, const char *dir, struct err *err)
{
	size_t n = strlen(e->state);
	struct stat st;
	json_t *text;

	if (*dir != '/')
		return err_set(err, "--dir %s: give an absolute path", dir);
	if (!strcmp(dir, "/") || !strncmp(dir, e->state, n))
		return err_set(err,
			       "--dir %s: choose the directory that holds the site's files, not"
			       " the system's or the publisher's own",
			       dir);
	if (stat(dir, &st))
		return err_sys(err, "--dir %s", dir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, "--dir %s: not a directory", dir);
	text = json_string(dir);
	if (!text)
		return err_set(err, "--dir %s: the path must be UTF-8", dir);
	json_decref(text);
	return 0;
}

static int take_excludes(struct site *s, json_t *excludes, struct err *err)
{
	size_t i;
	json_t *x;

	json_array_foreach (excludes, i, x) {
		const char *glob = json_string_value(x);

		if (!glob || !*glob)
			return err_set(err,
				       "--exclude: give globs, as \"*.tmp\" or \"cache/\", not"
				       " %s",
				       glob ? "\"\"" : "numbers or lists");
		if (add_exclude(s, glob))
			return err_set(err, "out of memory");
		if (db_write(s->engine->db, err, SQL_EXCLUDE_ADD, "tt", s->name, glob) < 0)
			return -1;
	}
	return 0;
}

struct site *site_add(struct engine *e, const char *name, const char *dir, json_t *excludes,
		      struct err *err)
{
	struct site *s;

	if (!release_site_ok(name)) {
		err_set(err,
			"\"%s\" cannot name a site: use at most 63 letters, digits, '-', '_',"
			" '.', not beginning with '.' or '-'",
			name);
		return NULL;
	}
	if (site_find(e, name)) {
		err_set(err, "there is a site \"%s\" already (wdpub site list)", name);
		return NULL;
	}
	if (check_dir(e, dir, err))
		return NULL;
	s = site_new(e, name, dir);
	if (!s) {
		err_set(err, "out of memory");
		return NULL;
	}
	/* The last release of an earlier site of this name counts: serials never go back. */
	if (db_flush(e->db, err) ||
	    db_write(e->db, err, SQL_SITE_ADD, "tti", name, dir, fsx_now_ns()) < 0 ||
	    take_excludes(s, excludes, err) || release_load_current(s, err) ||
	    db_flush(e->db, err) || site_start(s, err)) {
		db_undo(e->db);
		site_free(s);
		return NULL;
	}
	journal(e, LOG_L_INFO, "site-add", name, "", "published from %s", dir);
	return s;
}

/* ---- filters ---- */

static int change_filters(struct filters *f, json_t *remove, json_t *add, struct err *err)
{
	json_t *x;
	size_t i;

	json_array_foreach (remove, i, x)
		if (!json_is_string(x) || !filters_remove(f, json_string_value(x)))
			return err_set(err, "there is no filter \"%.200s\" (wdpub site list)",
				       json_string_value(x) ? json_string_value(x) : "");
	json_array_foreach (add, i, x)
		if (!json_is_string(x) || filters_add(f, json_string_value(x), err))
			return json_is_string(x) ? -1
						 : err_set(err, "filter: give texts, as"
								" \"*.log\" or \"log/\"");
	return 0;
}

static int save_filters(struct engine *e, const char *site, const struct filters *f,
			struct err *err)
{
	const char *t = NULL;
	int64_t n = 0;
	int rc = db_write(e->db, err, SQL_SITE_DEL_FILTERS, "t", site) < 0 ? -1 : 0;

	while (!rc && (t = filters_next(f, t)))
		rc = db_write(e->db, err, SQL_FILTER_ADD, "tit", site, n++, t) < 0 ? -1 : 0;
	if (!rc)
		rc = db_flush(e->db, err);
	if (rc)
		db_undo(e->db);
	return rc;
}

int site_filter(struct site *s, json_t *remove, json_t *add, struct err *err)
{
	struct filters f = s->filters;

	if (s->state == SITE_BUILDING)
		return err_set(err, "site %s is just being read; try again in a moment", s->name);
	if (change_filters(&f, remove, add, err))
		return -1;
	if (filters_same(&f, &s->filters))
		return 0;
	if (save_filters(s->engine, s->name, &f, err))
		return -1;
	s->filters = f;
	journal(s->engine, LOG_L_WARN, "filter", s->name, "",
		"%u filters now: what they name may change on the hosts", f.n);
	publish_changed(s);
	return 0;
}

int site_remove(struct site *s, struct err *err)
{
	struct engine *e = s->engine;

	if (db_write(e->db, err, SQL_SITE_DEL, "t", s->name) < 0 ||
	    db_write(e->db, err, SQL_SITE_DEL_EXCLUDES, "t", s->name) < 0 ||
	    db_write(e->db, err, SQL_SITE_DEL_FILTERS, "t", s->name) < 0 ||
	    db_write(e->db, err, SQL_SITE_DEL_HOSTS, "t", s->name) < 0 || db_flush(e->db, err)) {
		db_undo(e->db);
		return -1;
	}
	hosts_forget_site(e, s->name);
	journal(e, LOG_L_INFO, "site-remove", s->name, "",
		"no longer published; hosts keep and protect what they have");
	TAILQ_REMOVE(&e->sites, s, entry);
	watch_stop(s->watch);
	s->watch = NULL;
	evtimer_del(s->timer);
	s->removed = true;
	s->jobs++;
	site_unref(s);
	return 0;
}

static json_t *excludes_json(const struct site *s)
{
	json_t *list = json_array();

	for (char **x = s->excludes; x && *x; x++)
		json_array_append_new(list, json_bytes(*x));
	return list;
}

static json_t *filters_json(const struct filters *f)
{
	json_t *list = json_array();
	const char *t = NULL;

	while ((t = filters_next(f, t)))
		json_array_append_new(list, json_bytes(t));
	return list;
}

json_t *site_json(const struct site *s)
{
	const struct release *r = &s->current;
	char issued[32], expires[32], root[HASH_HEX];
	json_t *j = json_pack("{s:s, s:o, s:s, s:s, s:s, s:I, s:o, s:I, s:o}", "site", s->name,
			      "dir", json_bytes(s->dir), "state", state_names[s->state], "problem",
			      "", "watch_problem", "", "busy", (json_int_t)s->busy, "busy_path",
			      json_bytes(s->busy_path), "held", (json_int_t)s->held, "exclude",
			      excludes_json(s));

	json_object_set_new(j, "filters", filters_json(&s->filters));
	json_object_set_new(j, "problem", json_bytes(s->problem));
	json_object_set_new(j, "watch_problem", json_bytes(s->watch_problem));
	json_object_set_new(j, "serial", json_integer(s->has_current ? r->serial : 0));
	if (!s->has_current)
		return j;
	json_object_update_new(j, json_pack("{s:I, s:I, s:s, s:s, s:o, s:s}", "files",
					    (json_int_t)r->files, "bytes", (json_int_t)r->bytes,
					    "issued", event_time(r->issued * 1000000000ll, issued),
					    "expires",
					    event_time(r->expires * 1000000000ll, expires), "note",
					    json_bytes(r->note), "root", hash_hex(&r->root, root)));
	return j;
}
