// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "alarm.h"
#include "alarm_watch.h"
#include "checker.h"
#include "console_cert.h"
#include "audit.h"
#include "control.h"
#include "ctl.h"
#include "desk.h"
#include "engine.h"
#include "event_index.h"
#include "events.h"
#include "fsx.h"
#include "gc.h"
#include "hosts.h"
#include "journal.h"
#include "exposition.h"
#include "layout.h"
#include "load.h"
#include "metrics.h"
#include "notify.h"
#include "lines.h"
#include "logins.h"
#include "publish.h"
#include "push.h"
#include "reader.h"
#include "settings.h"
#include "sealing.h"
#include "signer.h"
#include "sites.h"
#include "throttle.h"
#include "verification.h"
#include "worker.h"

/* Two engines on one state would give out the same serial twice. */
static void lock_state(const char *state)
{
	char path[LAYOUT_PATH_MAX];
	int fd = open(layout_path(path, state, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		log_fatal("%s: %s; has `wdpub init` been run, by the same user?", path,
			  strerror(errno));
	/* One that was just killed may still have roles that end a moment later. */
	if (fsx_lock(fd, 5000))
		log_fatal("%s: another wdpublisherd is running on this state", path);
	/* Stays open, and locked, until the process ends. */
}

static int load_public_key(struct engine *e, struct err *err)
{
	char *text = layout_slurp(e->state, LAYOUT_RELEASE_PUB, err);
	struct hash key; /* 32 bytes in hex, as a hash */
	int result;

	if (!text)
		return -1;
	text[strcspn(text, "\n")] = 0;
	result = hash_parse(text, &key);
	if (result)
		err_set(err, "%s/%s: not 64 hex digits; put back its backup", e->state,
			LAYOUT_RELEASE_PUB);
	memcpy(e->release_pub.b, key.b, SIGN_KEY_LEN);
	free(text);
	return result;
}

static int open_state(struct engine *e, struct err *err)
{
	char path[LAYOUT_PATH_MAX];
	struct err cache_err;

	if (access(layout_path(path, e->state, LAYOUT_DB), F_OK))
		return err_sys(err, "%s: there is no publisher here yet, run `wdpub init`", path);
	lock_state(e->state);
	e->db = db_open(e->base, path, err);
	if (!e->db || db_meta_get(e->db, "address", e->address, sizeof(e->address), err) ||
	    load_public_key(e, err))
		return -1;
	if (*e->conf.address)
		memcpy(e->address, e->conf.address, sizeof(e->address));
	e->depot = depot_open(layout_path(path, e->state, LAYOUT_OBJECTS), false, err);
	if (!e->depot)
		return -1;
	e->cache_store = cache_open(layout_path(path, e->state, LAYOUT_CACHE), &cache_err);
	if (!e->cache_store)
		log_warn("%s; every start reads all files", cache_err.text);
	return 0;
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct engine *e = arg;
	struct site *s;

	(void)fd;
	(void)what;
	e->ticks++;
	hosts_tick(e);
	load_tick(e);
	watch_tick(e);
	alarms_tick(e);
	notify_tick(e);
	logins_tick(e);
	event_index_tick(e);
	if (e->ticks % 2 == 0)
		TAILQ_FOREACH (s, &e->sites, entry)
			watch_check(s->watch);
	if (e->ticks % 5 == 0)
		sd_notify(0, "WATCHDOG=1");
	if (e->ticks % 10 == 0) {
		publish_renew(e);
		gc_tick(e);
	}
	if (e->ticks % 3600 == 5) { /* soon after each start, too */
		events_prune(e);
		console_cert_renew(e);
		audit_prune(e);
	}
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct engine *e = arg;

	(void)what;
	log_info("%s: stopping", strsignal(signal));
	event_base_loopexit(e->base, NULL);
}

static void make_socket_dir(const char *socket)
{
	char copy[LAYOUT_PATH_MAX];
	struct err err;

	snprintf(copy, sizeof(copy), "%s", socket);
	if (fsx_mkdirs(dirname(copy), 0755, &err))
		log_fatal("%s", err.text);
}

static void start_tick(struct engine *e)
{
	const struct timeval second = {1, 0};

	e->tick = event_new(e->base, -1, EV_PERSIST, on_tick, e);
	if (!e->tick || event_add(e->tick, &second))
		log_fatal("out of memory");
}

/* Where roles without files are locked up. */
static int make_empty(const char *state, struct err *err)
{
	char path[LAYOUT_PATH_MAX];

	return fsx_mkdirs(layout_path(path, state, LAYOUT_EMPTY), 0755, err);
}

/* In the order in which things need each other. */
static int start(struct engine *e, const char *socket, struct err *err)
{
	if (open_state(e, err))
		return -1;
	e->worker = worker_start(e->base, err);
	if (!e->worker)
		return -1;
	e->signer = signer_start(e->base, e->state);
	if (!e->signer)
		return err_set(err, "out of memory");
	if (make_empty(e->state, err))
		return -1;
	e->checker = checker_start(e->base, e->state);
	e->readers = readers_start(e->base, e->state);
	e->throttle = throttle_new();
	if (!e->checker || !e->readers || !e->throttle)
		return err_set(err, "out of memory");
	if (event_index_start(e, err) || settings_load(e, err) || logins_load(e, err) ||
	    notify_start(e, err) || load_start(e, err) || alarms_load(e, err) ||
	    hosts_load(e, err) || sites_load(e, err) || sealing_start(e, err) ||
	    lines_start(e, err) || console_cert_start(e, err))
		return -1;
	e->metrics = metrics_start(e->base, e->conf.metrics, e->state, exposition, e);
	make_socket_dir(socket);
	if (control_start(e, socket, err))
		return -1;
	start_tick(e);
	return 0;
}

static void stop(struct engine *e)
{
	push_end(e);
	verification_end(e);
	follow_end(e);
	audit_end(e);
	ctl_free(e->ctl);
	desk_stop(e);
	lines_stop(e);
	if (e->tick)
		event_free(e->tick);
	signer_stop(e->signer); /* first: nobody is to be called after the sites are gone */
	checker_stop(e->checker);
	readers_stop(e->readers);
	worker_stop(e->worker);
	metrics_stop(e->metrics);
	notify_stop(e);
	logins_free(e);
	throttle_free(e->throttle);
	settings_free(e);
	hosts_free(e);
	sealing_stop(e);
	sites_free(e);
	alarms_free(e);
	load_stop(e);
	event_index_stop(e);
	db_close(e->db);
	store_close(e->cache_store);
	depot_close(e->depot);
}

static void quiet_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
	/* A writer that meets our momentary read lease makes the kernel send this. */
	signal(SIGIO, SIG_IGN);
}

int engine_main(const char *state, const char *config, const char *socket)
{
	struct engine e = {.state = state, .started = fsx_now_ns()};
	struct event *term, *intr;
	struct err err;

	TAILQ_INIT(&e.sites);
	TAILQ_INIT(&e.hosts);
	TAILQ_INIT(&e.pushes);
	TAILQ_INIT(&e.verifications);
	TAILQ_INIT(&e.followers);
	TAILQ_INIT(&e.logins);
	TAILQ_INIT(&e.audit_waits);
	if (conf_load(&e.conf, config, &err))
		log_fatal("%s", err.text);
	log_open("wdpublisherd", NULL, e.conf.log_level);
	quiet_signals();
	umask(022); /* the link role reads objects; what is secret is made 0600 */
	e.base = event_base_new();
	if (!e.base)
		log_fatal("no event loop: %s", strerror(errno));
	if (start(&e, socket, &err))
		log_fatal("%s", err.text);
	term = evsignal_new(e.base, SIGTERM, on_signal, &e);
	intr = evsignal_new(e.base, SIGINT, on_signal, &e);
	evsignal_add(term, NULL);
	evsignal_add(intr, NULL);
	journal(&e, LOG_L_INFO, "start", "", "", "wdpublisherd %s, state %s", WD_VERSION, state);
	sd_notify(0, "READY=1");
	event_base_dispatch(e.base);
	sd_notify(0, "STOPPING=1");
	journal(&e, LOG_L_INFO, "stop", "", "", "ends on request");
	stop(&e);
	event_free(term);
	event_free(intr);
	event_base_free(e.base);
	return 0;
}
