/* SPDX-License-Identifier: Apache-2.0 */
/*
 * daemon - what webdefenderd and wd-warden have in common: how they are told where things are, that
 * they are to end, and how they say that they live
 */
#ifndef WD_DAEMON_H
#define WD_DAEMON_H

#include <event2/event.h>
#include <stdbool.h>
#include "state.h"

/* The program beside this one; "" if its path cannot be found out. Until the next call. */
const char *daemon_sibling(const char *name);
/* A file in the directory of the control socket; that of `name` "" is the directory itself. */
void daemon_beside(char to[STATE_PATH_MAX], const char *socket, const char *name);

/* What the service manager hears; numbers, because they also go from the guard to its keeper. */
enum daemon_word { DAEMON_READY, DAEMON_ALIVE, DAEMON_RELOADING, DAEMON_STOPPING, DAEMON_WORDS };
void daemon_tell(enum daemon_word word);
/* By somebody else who was told: true, it is on its way. */
void daemon_tell_by(bool (*by)(enum daemon_word word));

/* From here on SIGTERM and SIGINT end the loop; the service manager hears that it turns. */
struct daemon;
struct daemon *daemon_begin(struct event_base *base);
void daemon_run(struct daemon *d); /* ready: until the loop ends */
void daemon_end(struct daemon *d);

#endif
