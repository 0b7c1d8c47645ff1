/* SPDX-License-Identifier: Apache-2.0 */
/*
 * desk - the engine's end of the console role: who asks, may they, and then the same command
 * that wdpub would have sent (control.h)
 *
 * Nothing that the console says about a person is believed but the token their browser showed.
 */
#ifndef WD_PUBLISHER_DESK_H
#define WD_PUBLISHER_DESK_H

#include <jansson.h>
#include "engine.h"

#define DESK_CALLS_MAX 4096 /* at a time; streams count */
#define DESK_JOBS_MAX 64

struct login;
struct download;

int desk_start(struct engine *e, struct err *err); /* nothing, if conf says so */
void desk_stop(struct engine *e);
pid_t desk_pid(const struct engine *e); /* 0: down, or none is wanted */
void desk_restart(struct engine *e);	/* its certificate has changed */

/* To every open stream: name is the event's. Takes the reference. */
void desk_feed(struct engine *e, const char *name, json_t *j);
/* Its streams end. Called by logins.c alone. */
void desk_login_ended(struct engine *e, const struct login *l);

/* Somebody stays connected until the login ends (command "stream"). */
struct ctl_conn;
void desk_stream(struct engine *e, struct ctl_conn *c);
/* Of download.h; c must be a call of a browser. */
void desk_download(struct ctl_conn *c, struct download *d);

#endif
