/* SPDX-License-Identifier: Apache-2.0 */
/*
 * site - one protected directory and the signed release it must match
 *
 *   IDLE      `want` is applied (or there is none yet)
 *   FETCHING  `coming` is accepted, its objects are on their way; `want` still rules
 *   APPLYING  everything is here and `next` is on disk: `want` is the new release, `old` the
 *             one before it, whose content is no evidence where it still stands
 */
#ifndef WD_SITE_H
#define WD_SITE_H

#include "conf.h"
#include "inspect.h"
#include "release.h"
#include "sign.h"

enum site_phase { SITE_IDLE, SITE_FETCHING, SITE_APPLYING };

struct site {
	const struct conf_site *conf;
	const char *state; /* the agent's directory */
	struct owner owner;
	uint8_t mode; /* as last set: the configuration's, until wdctl mode */
	enum site_phase phase;

	struct release want, old, coming; /* serial 0: none */
	struct signed_release coming_signed;
	uint64_t applied; /* serial of `current` */
	uint64_t highest; /* ever accepted; on disk before anything is done about it */

	bool filters_changed; /* by the release being applied */
	bool verifying;
	int64_t verified;     /* end of the last whole verification, s since 1970 */
	int64_t expiry_alarm; /* when the last "expired" event was made */
	uint32_t troubled;    /* paths that are not right now */
};

/* Reads current, next and highest. What is not signed by key is an error: never go on with it. */
int site_open(struct site *s, const struct conf_site *conf, const char *state,
	      const struct sign_public *key, struct err *err);
/*
 * Checks an offered release completely. 0: accepted, s->coming is it, or s->want is it
 * already (known set). -1: refused, err says why.
 */
int site_offer(struct site *s, const struct signed_release *offer, const struct sign_public *key,
	       int64_t now, bool *known, struct err *err);
/* Everything is here: from now on a crash ends in the new release. */
int site_begin(struct site *s, struct err *err);
int site_finish(struct site *s, struct err *err); /* next becomes current */
bool site_expired(const struct site *s, int64_t now);

#endif
