/* SPDX-License-Identifier: Apache-2.0 */
/*
 * guard - the hub: sites, what happens to them, and everybody who has a part in that
 *
 *   guard.c   puts the parts together     intake.c   what the source tells
 *   line.c    what the publisher tells    health.c   what is told about ourselves, alarms
 *   control.c what wdctl asks
 */
#ifndef WD_GUARD_H
#define WD_GUARD_H

#include "apply.h"
#include "audit_desk.h"
#include "check.h"
#include "conf.h"
#include "evidence.h"
#include "gc.h"
#include "hass_hub.h"
#include "identity.h"
#include "sched.h"
#include "sealing.h"
#include "source.h"
#include "spool.h"
#include "state.h"
#include "uplink.h"
#include "upload.h"
#include "verify.h"
#include "verify_report.h"
#include "metrics.h"
#include "telemetry.h"
#include "watch.h"

struct guard_site {
	struct site site;
	struct apply *apply;
	struct verify *verify;
};

struct guard {
	struct event_base *base;
	const struct conf *conf;
	char state[STATE_PATH_MAX];
	struct identity id;

	struct store *store;
	struct spool *spool;
	struct evidence *evidence;
	struct upload *upload;
	struct incident_desk desk;
	struct depot *vault;
	struct expect *expect;
	struct sched *sched;
	struct fetch *fetch;
	struct walk_place place;
	struct checks *checks;
	struct watches *watches;
	struct gc *gc;
	struct audit_desk *audits;
	struct verify_reports *reports;
	struct source *source;
	struct source_site source_sites[PROTO_SITES_MAX];
	struct uplink *uplink;
	struct sealing *sealing;
	struct hass_hub *hass; /* NULL: no hardware unit is configured */
	struct event *sync, *minute;
	struct meter *meter, *scraped; /* for the publisher; for Prometheus */
	struct metrics *metrics;
	struct warden *warden; /* watches us, and we it; may be NULL */
	bool again;	       /* end, and begin anew: main.c executes itself */
	int64_t last_verify;   /* when all sites were last asked to verify, monotonic ns */
	uint64_t silent;       /* how often the publisher fell silent */

	struct guard_site sites[PROTO_SITES_MAX];
	int n_sites;
};

struct guard_options {
	bool source; /* use the module, if it is there */
	bool uplink; /* connect to the publisher */
};

/* conf outlives it. The state directory has been made and its identity enrolled. */
struct guard *guard_open(struct event_base *base, const struct conf *conf, const char *state,
			 const struct guard_options *options, struct err *err);
void guard_close(struct guard *g);	/* NULL is fine */
bool guard_idle(const struct guard *g); /* nothing to do but wait */

struct guard_site *guard_site(struct guard *g, const char *name); /* NULL: none of that name */
/* The site that an absolute path lies in; *within gets the part behind its directory. */
struct guard_site *guard_site_at(struct guard *g, const char *path, const char **within);
void guard_verify_all(struct guard *g);
int guard_set_mode(struct guard *g, struct guard_site *gs, uint8_t mode, struct err *err);
/* The module guards the site more strictly than configured, and goes on so. */
void guard_keep_mode(struct guard *g, int site, uint8_t mode);

/* An event of the agent's own, about itself. */
void guard_note(struct guard *g, const char *op, const char *site, uint32_t repeat, const char *fmt,
		...) __attribute__((format(printf, 5, 6)));

extern const struct source_ops intake_ops; /* intake.c; arg is the guard */
extern const struct uplink_ops line_ops;   /* line.c */
/* health.c: worst of all parts; note says why, "" when well. */
enum beat_health guard_health(struct guard *g, char *note, size_t cap);
/* service.c: to the publisher, with each beat; and what it may ask in return. */
void guard_telemetry(struct guard *g);
void guard_exposition(void *guard, FILE *to); /* exposition.c */
void guard_service(struct guard *g, const char *name, uint8_t act);
void guard_check_expiry(struct guard *g);

#endif
