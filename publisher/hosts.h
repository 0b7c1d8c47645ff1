/* SPDX-License-Identifier: Apache-2.0 */
/* hosts - the web servers: who they are, what they may have, how they are */
#ifndef WD_PUBLISHER_HOSTS_H
#define WD_PUBLISHER_HOSTS_H

#include <jansson.h>

#include "engine.h"
#include "load.h"
#include "sites.h"

enum host_state {
	HOST_NEW,    /* never came with a certificate of its own */
	HOST_ONLINE, /* connected and beating */
	HOST_AWAY,   /* not connected, for less than three beats */
	HOST_SILENT, /* three beats are missing: an alarm */
	HOST_STATES
};

/* One site on one host. */
struct host_site {
	char site[RELEASE_SITE_MAX];
	uint64_t serial; /* applied */
	uint8_t mode;	 /* as in msg_beat */
	int64_t verified;
	char refused[PROTO_TEXT_MAX]; /* why the last release was, "" = it was not */

	/* Of the release sent last: */
	uint64_t sent;	 /* serial */
	int64_t sent_at; /* monotonic ns */
	int64_t took;	 /* ns until applied */
	struct msg_progress progress;
	TAILQ_ENTRY(host_site) entry;
};

struct session;

struct host {
	struct engine *engine;
	char name[HOST_NAME_MAX_WD];
	char connect[LINK_ADDRESS_MAX]; /* "": it calls us */
	bool enrolled;
	enum host_state state;
	struct session *session; /* NULL while not connected */
	int64_t connected;	 /* ns since 1970 */
	int64_t heard;		 /* monotonic ns: beat, hello, or the start of the publisher */

	char address[LINK_ADDRESS_MAX], version[32], boot_id[33];
	uint8_t source, health;
	char note[PROTO_TEXT_MAX];
	int64_t seen; /* ns since 1970 */
	uint64_t events, dropped;
	uint32_t pending;
	int64_t saved; /* monotonic ns: when the above was last written down */

	uint64_t beat_strip;   /* the last 60 periods, the newest lowest: 1 = a beat came */
	unsigned beat_periods; /* so many of them are known */
	struct load load;      /* what it reported last */

	unsigned clock_off;	 /* so many beats in a row had a wrong time */
	unsigned fresh_events;	 /* since the last journal line about them */
	bool evidence_full;	 /* said so already */
	struct sealing *sealing; /* sealing.h; NULL: not asked yet */
	struct hass *hass;	 /* its hardware unit (hass.h); NULL: never heard of one */
	TAILQ_HEAD(host_site_list, host_site) sites;
	TAILQ_ENTRY(host) entry;
};

int hosts_load(struct engine *e, struct err *err);
void hosts_free(struct engine *e);
void hosts_tick(struct engine *e); /* every second: who has fallen silent? */
struct host *host_find(struct engine *e, const char *name);
struct host_site *host_site_find(struct host *h, const char *site);
/* sites: a JSON array of names, or NULL. connect may be "". */
struct host *host_add(struct engine *e, const char *name, const char *connect, json_t *sites,
		      struct err *err);
/* For host add --again: retires its certificates; connect "" and sites NULL stay as they are. */
int host_renew(struct host *h, const char *connect, json_t *sites, struct err *err);
/* For host set: NULL leaves as it is; connect "" means the host calls; sites replace. */
int host_set(struct host *h, const char *connect, json_t *sites, struct err *err);
int host_remove(struct host *h, struct err *err);
void hosts_forget_site(struct engine *e, const char *site);

/* The one place where the state changes and is logged. */
void host_enter(struct host *h, enum host_state state, const char *why);
const char *host_state_name(enum host_state state);
/* Writes down what was last heard: now, or if the last time is long ago. */
void host_save(struct host *h, bool now);
void host_site_save(struct host *h, const struct host_site *hs);

/* The site's current release to whoever is connected and entitled. */
void hosts_send_release(struct site *s);
void host_send_release(struct host *h, struct host_site *hs, const struct site *s);
json_t *host_json(const struct host *h);

const char *mode_name(uint8_t mode);
const char *source_name(uint8_t source);
const char *health_name(uint8_t health);

#endif
