/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine - the hub of wdpublisherd: what its parts share
 *
 *   watch ──changed──► publish ──► worker: build ──► keys: sign ──► releases ──► hosts
 *                                                                                │
 *   control (wdpub) ──► sites, hosts, push …            session ◄── lines ◄──► link role
 *
 * Everything here runs in one event loop; only build, cache and gc run in the worker.
 */
#ifndef WD_PUBLISHER_ENGINE_H
#define WD_PUBLISHER_ENGINE_H

#include <event2/event.h>
#include <jansson.h>
#include <sys/queue.h>

#include "conf.h"
#include "db.h"
#include "depot.h"
#include "hassmsg.h"
#include "map.h"
#include "proto.h"
#include "roles.h"
#include "seal.h"

struct site;
struct host;
struct push;
struct follower;
struct login;

struct engine {
	struct event_base *base;
	struct conf conf;
	const char *state;
	char console_crt[4096], console_key[4096]; /* files */
	struct db *db;
	struct sign_public release_pub;
	char address[280]; /* what enrolment bundles tell hosts; "" = unknown */

	/* The worker's alone while it runs: */
	struct depot *depot;
	struct store *cache_store; /* may be NULL: hashes are then kept in memory only */

	struct worker *worker;
	struct signer *signer;
	struct lines *lines;
	struct ctl *ctl;
	struct alarms *alarms;
	struct notify *notify;
	struct checker *checker;
	struct readers *readers;
	struct throttle *throttle;
	struct desk *desk; /* NULL: no console */
	json_t *settings;  /* what was set otherwise than it is by default */
	struct event_index *index;
	struct self *self; /* load.c */
	struct metrics *metrics;

	TAILQ_HEAD(site_list, site) sites;
	TAILQ_HEAD(host_list, host) hosts;
	TAILQ_HEAD(push_list, push) pushes;
	TAILQ_HEAD(verification_list, verification) verifications;
	uint64_t verification; /* number given last */
	TAILQ_HEAD(follower_list, follower) followers;
	TAILQ_HEAD(login_list, login) logins;
	TAILQ_HEAD(audit_wait_list, audit_wait) audit_waits;
	uint64_t audit_request; /* given last */

	struct seal_key *seal_key;     /* likewise */
	struct msg_hass_box *hass_box; /* NULL until the keys role has said it */

	struct event *tick; /* every second */
	unsigned ticks;
	bool gc_due, collecting; /* gc.c: something was dropped; it is at work */
	int64_t gc_after;	 /* monotonic ns: not before */
	int64_t started;	 /* ns */
};

int engine_main(const char *state, const char *config, const char *socket);

#endif
