/* SPDX-License-Identifier: Apache-2.0 */
/* password - is it strong enough; is a stored one among the weak; how to store one */
#ifndef WD_AUDIT_PASSWORD_H
#define WD_AUDIT_PASSWORD_H

#include <stdbool.h>
#include "log.h"
#include "pool.h"

/* NULL: good. Else a format-free English sentence, for lang_tr(). `strict`: baseline's rules too.
 */
const char *password_weakness(const char *password, const char *user, const struct list *weak,
			      bool strict);
/* Does `stored` (salthex$iterations$hashhex, or a bare digest in hex) come from this password?
 * 1 yes, 0 no, -1 its form or algorithm is not known. */
int password_matches(const char *stored, const char *algorithm, const char *password);
/* PBKDF2 with HMAC-SHA512, 100000 rounds, 16 bytes of salt, 32 of key: Tomcat's own form. */
char *password_hash(struct pool *p, const char *password, struct err *err);
char *password_generate(struct pool *p, struct err *err); /* 20 characters, four classes */

#define PASSWORD_ALGORITHM "PBKDF2WithHmacSHA512"
#define PASSWORD_HANDLER                                                                           \
	"<CredentialHandler className=\"org.apache.catalina.realm.SecretKeyCredentialHandler\" "   \
	"algorithm=\"PBKDF2WithHmacSHA512\" iterations=\"100000\" saltLength=\"16\" keyLength=\"256\"/>"

#endif
