/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch - says when something below a backup directory changed
 *
 * Not what changed: the build looks for itself. So a lost event, a directory moved in or
 * out, or a backup that is unmounted and comes back costs no more than one look too many.
 * Where inotify cannot be relied upon (network file systems, its limits reached) it says
 * "changed" every `rescan` seconds, and calls trouble() once with the remedy.
 */
#ifndef WD_PUBLISHER_WATCH_H
#define WD_PUBLISHER_WATCH_H

#include <event2/event.h>
#include <stdbool.h>

struct watch;

struct watch_ops {
	void (*changed)(void *arg);
	/* text NULL: all is well again. */
	void (*trouble)(void *arg, const char *text);
};

/* Strings stay the caller's and must outlive it. NULL: out of memory. */
struct watch *watch_start(struct event_base *base, const char *dir, char *const *excludes,
			  int rescan, const struct watch_ops *ops, void *arg);
void watch_stop(struct watch *w); /* NULL is fine */
/* Every few seconds: has the directory itself gone, come back, or been exchanged? */
void watch_check(struct watch *w);
size_t watch_count(const struct watch *w);

#endif
