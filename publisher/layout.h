/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layout - where the publisher keeps what
 *
 *   STATE/                 0700, root's
 *     ca/ca.crt ca.key       the certificate authority of this publisher
 *     keys/release.key       seed of the signing key, 64 hex digits, 0600
 *     keys/release.pub       its public half
 *     keys/seal.key          RSA key that unseals hosts, PEM, 0600
 *     link/link.crt link.key the publisher's own certificate
 *     link/ca.crt            copy for the link role
 *     console/console.crt console.key  the web console's certificate, made by the CA
 *     empty/                 roles that need no file are locked up here
 *     objects/               depot: blobs and trees
 *     evidence/HOST/         what the agents secured
 *     advisories.*           which versions of servers are fixed, signed
 *     publisher.db           sites, hosts, releases, events, journal
 *     cache.db               which file had which hash; may be deleted at any time
 */
#ifndef WD_LAYOUT_H
#define WD_LAYOUT_H

#include "log.h"

#define LAYOUT_STATE "/var/lib/webdefender-publisher"
#define LAYOUT_CONFIG "/etc/webdefender/publisher.conf"
#define LAYOUT_SOCKET "/run/webdefender/publisher.sock"
#define LAYOUT_PATH_MAX 4096

#define LAYOUT_CA_CRT "ca/ca.crt"
#define LAYOUT_CA_KEY "ca/ca.key"
#define LAYOUT_RELEASE_KEY "keys/release.key"
#define LAYOUT_RELEASE_PUB "keys/release.pub"
#define LAYOUT_SEAL_KEY "keys/seal.key"
#define LAYOUT_LINK_CA "link/ca.crt"
#define LAYOUT_LINK_CRT "link/link.crt"
#define LAYOUT_LINK_KEY "link/link.key"
#define LAYOUT_CONSOLE "console"
#define LAYOUT_CONSOLE_CRT "console/console.crt"
#define LAYOUT_CONSOLE_KEY "console/console.key"
#define LAYOUT_EMPTY "empty"
#define LAYOUT_OBJECTS "objects"
#define LAYOUT_EVIDENCE "evidence"
#define LAYOUT_DB "publisher.db"
#define LAYOUT_CACHE "cache.db"

/* Environment variable `env`, else `standard`. */
const char *layout_default(const char *env, const char *standard);
/* STATE/file into to; too long a path ends the program, as nothing could work. Returns to. */
const char *layout_path(char to[LAYOUT_PATH_MAX], const char *state, const char *file);
/* A text file of the state directory; caller frees. */
char *layout_slurp(const char *state, const char *file, struct err *err);

#endif
