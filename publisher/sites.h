/* SPDX-License-Identifier: Apache-2.0 */
/* sites - what is published, and how far each is (publish.c moves it along) */
#ifndef WD_PUBLISHER_SITES_H
#define WD_PUBLISHER_SITES_H

#include <jansson.h>

#include "cache.h"
#include "engine.h"
#include "watch.h"

enum site_state {
	SITE_IDLE,     /* as published */
	SITE_SETTLING, /* something changed; waiting for quiet */
	SITE_BUILDING, /* the worker reads it */
	SITE_SIGNING,  /* the keys role has the release */
	SITE_REFUSED,  /* cannot be published; problem says why */
	SITE_STATES
};

/* What an administrator asked for, beyond what happens by itself. */
struct wish {
	bool now;	  /* do not wait for quiet */
	bool allow_empty; /* an empty backup is meant */
	uint64_t above;	  /* the serial must be higher than this, even if nothing changed */
	char note[RELEASE_NOTE_MAX];
};

struct site {
	struct engine *engine;
	char name[RELEASE_SITE_MAX];
	char *dir;
	char **excludes;	/* NULL-ended */
	struct filters filters; /* what may change on the hosts; part of each release */
	enum site_state state;

	bool has_current;
	struct release current;
	struct signed_release current_signed;
	uint64_t held;		/* serial a rollback put in place: wait for a push */
	uint64_t last_asked;	/* highest serial ever given to the keys role in this run */
	struct release signing; /* while SITE_SIGNING */
	bool rebuilt;		/* signing comes from a build, not from an old tree */

	struct watch *watch;
	struct event *timer;
	int64_t dirty_since, last_change; /* monotonic ns; 0: nothing has changed */
	int64_t give_up; /* when to publish without the files still being written */
	struct wish wish;
	int64_t took;	      /* ns, the last build */
	uint64_t busy;	      /* files kept as they were: somebody is writing them */
	char busy_path[4096]; /* one of them */

	struct cache cache; /* the worker's while it builds */
	bool cache_loaded;
	int jobs;     /* that hold a pointer to this */
	bool removed; /* freed with the last job */

	char problem[512];	 /* why it is refused, "" = it is not */
	char watch_problem[512]; /* why changes are seen late, "" = they are not */
	TAILQ_ENTRY(site) entry;
};

int sites_load(struct engine *e, struct err *err);
void sites_free(struct engine *e);
struct site *site_find(struct engine *e, const char *name);
/* excludes: a JSON array of strings, or NULL. Starts watching. */
struct site *site_add(struct engine *e, const char *name, const char *dir, json_t *excludes,
		      struct err *err);
/* Takes filters away, then adds some: JSON arrays of texts, or NULL. Publishes if that changed. */
int site_filter(struct site *s, json_t *remove, json_t *add, struct err *err);
int site_remove(struct site *s, struct err *err);
void site_unref(struct site *s); /* a job is over */
/* The one place where the state changes. */
void site_enter(struct site *s, enum site_state state);
const char *site_state_name(enum site_state state);
json_t *site_json(const struct site *s);

#endif
