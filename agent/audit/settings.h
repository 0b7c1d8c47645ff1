/* SPDX-License-Identifier: Apache-2.0 */
/* settings - what the administrator asked of this audit */
#ifndef WD_AUDIT_SETTINGS_H
#define WD_AUDIT_SETTINGS_H

#include <stdbool.h>
#include "lang.h"
#include "log.h"
#include "pool.h"

#define AUDIT_STATE "/var/lib/webdefender/audit"

/* A finding somebody answers for, for a while. */
struct waiver {
	const char *check;  /* WT-11 */
	const char *object; /* NULL: any */
	const char *owner, *reason;
	const char *expires; /* YYYY-MM-DD */
	bool expired;
};

struct settings {
	bool guide; /* criterion: the guide's letter; else baseline */
	enum lang lang;
	struct list only;      /* const char *, codes */
	struct list fix_only;  /* likewise: all are judged, these put right */
	struct list excludes;  /* upload directories */
	struct list protected; /* trees the publisher fixes */
	struct list waivers;   /* struct waiver */
	struct list renames;   /* "OLD=NEW" account names */
	const char *allow;     /* networks that may reach the manager */
	const char *was;       /* account, when nothing tells */
	const char *state;     /* backups and quarantine */
	const char *advisories, *advisories_key;
	bool fix, yes, extras;
	int settle; /* seconds to give a running server after a change */
};

bool settings_wants(const struct settings *s, const char *code);
bool settings_wants_fixed(const struct settings *s, const char *code);
bool settings_under(const struct list *dirs, const char *path);
int waivers_read(struct pool *p, const char *path, struct list *out, struct err *err);
/* Adds the roots the module guards to s->protected. */
void settings_add_roots(struct pool *p, struct settings *s);

#endif
