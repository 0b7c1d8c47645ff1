/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role_unit - roles that systemd starts, so that each has rights of its own and the hub few
 *
 *   hub                                          systemd, then the role
 *     connects to WD_ROLE_SOCKETS/NAME        ->   a socket unit with Accept=yes starts
 *                                                  "webdefenderd --role NAME" with the connection
 *                                                  as descriptor ROLE_FD
 *     ROLE_UNIT_WORDS {u8 n, n times str}     ->   further words of its command line
 *                                             <-   one byte; the kernel adds the process id
 *     from here on as between any hub and role (chan.h)
 *
 * Either end closes the connection to end it. A role that hangs misses systemd's watchdog
 * (WatchdogSec=), which it feeds whenever it beats. Only root's own processes may be hub (the
 * socket is 0600, and the role asks the kernel who connected). A pid learnt here is shown and
 * measured, never signalled.
 */
#ifndef WD_ROLE_UNIT_H
#define WD_ROLE_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "log.h"

#define ROLE_WORDS_MAX 16	/* words */
#define ROLE_WORD_MAX 4096	/* bytes of one */
#define ROLE_WORDS_BYTES 16384u /* of the frame's payload */
#define ROLE_UNIT_WORDS 0x0002

/* ---- in the hub ---- */

/* The directory of the sockets; NULL: roles are children. */
const char *role_unit_sockets(void);
/* A non-blocking descriptor with the words on their way. -1: errno, err says where, what to do. */
int role_unit_connect(const char *sockets, const char *name, char *const words[], struct err *err);
/* The role's pid; 0: nothing came yet; -1: the connection is over, or the peer is a fake. */
pid_t role_unit_greeted(int fd);
/* Asks systemd to listen there again: somebody has stopped that, or removed the socket. */
void role_unit_mend(const char *name);

/* ---- in the role ---- */

/* Was this process started by a connection? */
bool role_unit_called(void);
/*
 * Waits for the words (10 s), answers, and from now on tells systemd of READY and each beat.
 * words: ROLE_WORDS_MAX + 1 of them, NULL-ended; they live as long as the process.
 */
int role_unit_words(char **words, struct err *err);

/* The decoder alone. store: ROLE_WORDS_BYTES, where the words come to lie. -1: err. */
int role_unit_parse(const void *p, size_t n, char *store, char **words, struct err *err);

#endif
