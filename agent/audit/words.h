/* SPDX-License-Identifier: Apache-2.0 */
/* words - lists an administrator may extend: account names and passwords everybody tries */
#ifndef WD_AUDIT_WORDS_H
#define WD_AUDIT_WORDS_H

#include "pool.h"

/* const char *; the built-in ones and the lines of /etc/webdefender/audit/NAME. */
void words_accounts(struct pool *p, struct list *out);	/* NAME: account-names */
void words_passwords(struct pool *p, struct list *out); /* NAME: weak-passwords */
const char *words_find(const struct list *words,
		       const char *s); /* ignoring case; NULL: not there */

#endif
