/* SPDX-License-Identifier: Apache-2.0 */
/* users - the accounts a server knows, from the files its realms name */
#ifndef WD_AUDIT_USERS_H
#define WD_AUDIT_USERS_H

#include "result.h"

struct user {
	struct xml *xml;
	xmlNode *node;
	int line;
	const char *name, *password; /* password NULL: none */
	const char *roles;	     /* comma-separated, those of its groups too */
	bool admin;		     /* may manage this server */
};

/* How passwords are kept. */
enum storage { STORED_PLAIN, STORED_DIGEST, STORED_PBKDF2, STORED_UNKNOWN };

struct user_db {
	struct xml *xml;
	struct list users; /* struct user */
	enum storage storage;
	const char *algorithm; /* SHA-256, PBKDF2WithHmacSHA512 */
	xmlNode *realm;	       /* in server.xml; NULL: none refers to it */
};

struct user_source {
	struct list dbs;      /* struct user_db */
	struct list external; /* const char *: realms whose accounts are elsewhere */
};

void users_load(struct tomcat *t, struct user_source *out);
bool has_role(const struct user *u, const char *prefix); /* a role beginning so */

#endif
