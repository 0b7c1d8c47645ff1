/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event - one thing that was tried or found, from the kernel to the administrator
 *
 * The id is made once and stays: "BBBBBBBB-N" from the module (first 8 hex digits of its
 * boot id, sequence number), "BBBBBBBB-sN" for what the agent found by itself.
 */
#ifndef WD_EVENT_H
#define WD_EVENT_H

#include <jansson.h>
#include "buf.h"
#include "hash.h"
#include "log.h"

#define EVENT_ID_MAX 48
#define EVENT_PATH_MAX 4096
#define EVENT_DETAIL_MAX 256
#define EVENT_BYTES_MAX 16384 /* encoded */

enum event_outcome {
	OUTCOME_PENDING,  /* being looked at */
	OUTCOME_DENIED,	  /* the kernel refused it: nothing changed */
	OUTCOME_CLEAN,	  /* looked, and the tree is right (also: an earlier event repaired it) */
	OUTCOME_RESTORED, /* the original is back */
	OUTCOME_REMOVED,  /* what did not belong was taken away */
	OUTCOME_WAITING,  /* the original must come from the publisher first */
	OUTCOME_FAILED,	  /* could not be repaired: note says why; tried again */
	OUTCOME_NOTED,	  /* no file was at stake */
	OUTCOME_MAX
};

/* (libevent owns the tag "event") */
struct wd_event {
	char id[EVENT_ID_MAX];
	int64_t time;	 /* ns since 1970: when it was tried or found */
	char site[64];	 /* "" where no site is concerned */
	char source[16]; /* kmod fanotify scrub apply agent */
	char op[24];	 /* open unlink ... ; agent's own: modified missing foreign meta lost */
	uint8_t denied;	 /* 1: the kernel refused it */
	char path[EVENT_PATH_MAX];
	char path2[EVENT_PATH_MAX];		 /* rename, link: the new one */
	uint32_t pid, tgid, uid, euid, loginuid; /* 4294967295 = unknown */
	char comm[32];
	char exe[EVENT_PATH_MAX];
	char detail[EVENT_DETAIL_MAX];	  /* what was asked for */
	uint32_t repeat;		  /* stands for so many alike */
	uint8_t outcome;		  /* enum event_outcome */
	struct hash expected, found;	  /* of file contents; zero = none */
	char evidence[EVENT_ID_MAX + 16]; /* file name in the evidence directory, "" = none */
	char note[EVENT_DETAIL_MAX];
	int64_t seen, done; /* ns since 1970: the guard took it up; it was put right */
};

const char *event_outcome_name(uint8_t outcome);
void event_put(struct buf *b, const struct wd_event *e);
void event_get(struct rd *r, struct wd_event *e); /* strings checked, outcome in range */
json_t *event_json(const struct wd_event *e);	  /* new; bytes that are not UTF-8 become \xNN */
/* Time as 2026-01-31T12:00:00.123456Z into to[32]. */
const char *event_time(int64_t ns, char to[32]);
/* A JSON string of any bytes: what is not UTF-8 becomes \xNN text. New reference. */
json_t *json_bytes(const char *s);

#endif
