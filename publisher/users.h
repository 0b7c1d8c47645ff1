/* SPDX-License-Identifier: Apache-2.0 */
/*
 * users - the people who may use the web console
 *
 * There is no default user and no default password: the first administrator is made by
 * `wdpub user add`, which prints a password that serves once, within ONCE_DAYS days, for one
 * thing: to set an own one, and a second factor.
 */
#ifndef WD_PUBLISHER_USERS_H
#define WD_PUBLISHER_USERS_H

#include <jansson.h>
#include <stdbool.h>

#include "auth.h"
#include "engine.h"

/* Also bits of the table in access.c. Duties are apart: nobody judges what they did themselves. */
enum user_role {
	USER_ADMINISTRATOR = 1, /* people and settings */
	USER_OPERATOR = 2,	/* sites, hosts, events */
	USER_AUDITOR = 4,	/* reads everything, changes nothing */
};

#define USER_NAME_MAX 64
#define USER_EMAIL_MAX 255
#define USER_PHONE_MAX 24
#define USER_ONCE_DAYS 7
#define USER_PASSWORD_LEAST 12
#define USERS_MAX 1000

struct user {
	char name[USER_NAME_MAX];
	enum user_role role;
	char email[USER_EMAIL_MAX], phone[USER_PHONE_MAX], language[8];
	char hash[AUTH_PHC_MAX];
	uint8_t totp[AUTH_SECRET_LEN];
	bool has_totp, disabled;
	int64_t step; /* of the last code accepted */
	int64_t once; /* s since 1970; 0: the password is the user's own */
	int64_t created, seen;
};

/* 1..63 lower-case letters, digits, '-', '_', '.', beginning with a letter or digit. */
bool user_name_ok(const char *name);
const char *user_role_name(int role);
int user_role_of(const char *name); /* 0: there is no such role */
/* NULL: good. Else what is wrong, and what to do; `field` says where. */
const char *user_email_wrong(const char *email);
const char *user_phone_wrong(const char *phone);
const char *user_password_wrong(const char *password, const char *name);
bool user_language_ok(const char *language);

/* 0 found, 1 there is none, -1 error. */
int user_find(struct engine *e, const char *name, struct user *u, struct err *err);
/* Durable when they return 0. */
int user_add(struct engine *e, const struct user *u, struct err *err);
int user_save(struct engine *e, const struct user *u, struct err *err);
int user_remove(struct engine *e, const char *name, struct err *err);
/* Is there another administrator who can log in? */
bool user_other_admin(struct engine *e, const char *name);
int users_each(struct engine *e, void (*each)(void *arg, const struct user *u), void *arg,
	       struct err *err);
json_t *user_json(const struct user *u); /* without secrets */

#define USER_ONCE_LEN 20 /* and a NUL */
/* A password for one use: 16 characters of 32 in groups of four (80 bits). */
int user_once(char to[USER_ONCE_LEN]);

#endif
