/* SPDX-License-Identifier: Apache-2.0 */
/*
 * state - where the agent keeps what must survive
 *
 *   DIR/trust/       ca.crt release.pub host; bundle.pem until the first certificate of our
 *                    own, then agent.pem (certificate and key in one file, so that one rename
 *                    switches both)
 *   DIR/sites/NAME/  current, next (signed releases), highest (serial)
 *   DIR/vault/       objects of current and next (depot.h)
 *   DIR/evidence/    what was tampered with (evidence.h)
 *   DIR/agent.db     events and what the publisher has of them (spool.h)
 *   DIR/audit/       what fixes changed (agent/audit/journal.h), waivers, reports to be sent
 *   DIR/advisories.* which versions are fixed (lib/advisories.h)
 *   DIR/empty/       where the link role lives
 */
#ifndef WD_STATE_H
#define WD_STATE_H

#include "log.h"

#define STATE_DIR "/var/lib/webdefender"
#define STATE_CONFIG "/etc/webdefender/agent.conf"
#define STATE_SOCKET "/run/webdefender/agent.sock"
#define STATE_PATH_MAX 4096

/* Environment variable `name`, else `otherwise`, as every program of the agent's is told. */
const char *state_env(const char *name, const char *otherwise);
/* DIR "/" and the rest, printed. Cut paths do not happen: state_make() bounds DIR. */
const char *state_path(char to[STATE_PATH_MAX], const char *dir, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* Makes DIR and its folders, private to root. */
int state_make(const char *dir, struct err *err);

#endif
