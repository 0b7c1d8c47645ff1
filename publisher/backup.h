/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backup - a publisher in one encrypted file
 *
 *   "WDBACKUP1\n"  16 bytes salt  RECORD...
 *   RECORD  u32 n (0: the last one; at most BACKUP_RECORD), n bytes AES-256-GCM, 16 bytes tag
 *           key: scrypt (passphrase, salt; N 2^15, r 8, p 1); nonce: u96 number of the record
 *           from 0; the 4 bytes of n are authenticated too, so nothing can be cut off or moved
 *   inside  ENTRY...  u16 length of path (0: the end), path, u32 mode, u64 size, bytes
 *
 * It holds the database (a consistent copy, made while the daemon runs), the keys unless they
 * are left out, certificates. Not the objects and not the evidence: the first are made again
 * from the backup directories, the second is copied with ordinary means.
 * The database holds the mail password and the users' password hashes: hence always encrypted.
 */
#ifndef WD_PUBLISHER_BACKUP_H
#define WD_PUBLISHER_BACKUP_H

#include <stdbool.h>
#include <stdint.h>
#include "log.h"

#define BACKUP_RECORD 65536
#define BACKUP_PATH_MAX 256
#define BACKUP_PASS_LEAST 12

/* state: the directory; file: written beside and renamed, 0600. */
int backup_write(const char *state, const char *file, const char *pass, bool keys, struct err *err);
/* Checks the whole file, then unpacks into dir, which must not exist; nothing is left on failure.
 */
int backup_read(const char *file, const char *pass, const char *dir, bool *keys, struct err *err);

#endif
