// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "event.h"
#include "fsx.h"
#include "users.h"

static const struct {
	enum user_role role;
	const char *name;
} roles[] = {
	{USER_ADMINISTRATOR, "administrator"},
	{USER_OPERATOR, "operator"},
	{USER_AUDITOR, "auditor"},
};

bool user_name_ok(const char *name)
{
	if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name))
		return false;
	if (strlen(name) >= USER_NAME_MAX)
		return false;
	for (; *name; name++)
		if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) &&
		    !strchr("-_.", *name))
			return false;
	return true;
}

const char *user_role_name(int role)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (roles[i].role == (enum user_role)role)
			return roles[i].name;
	return "none";
}

int user_role_of(const char *name)
{
	for (size_t i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (!strcmp(roles[i].name, name))
			return roles[i].role;
	return 0;
}

/* What a mail's header may carry: no space, no control character, one '@'. */
const char *user_email_wrong(const char *email)
{
	const char *at = strchr(email, '@');

	if (!*email)
		return NULL;
	if (strlen(email) >= USER_EMAIL_MAX)
		return "email: give at most 254 bytes";
	for (const char *p = email; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 127 || strchr("<>,;:\"\\()[]", *p))
			return "email: give NAME@DOMAIN without spaces or brackets";
	if (!at || at == email || !at[1] || strchr(at + 1, '@'))
		return "email: give NAME@DOMAIN";
	return NULL;
}

/* E.164: "+" and 7 to 15 digits. */
const char *user_phone_wrong(const char *phone)
{
	size_t digits = strspn(*phone ? phone + 1 : phone, "0123456789");

	if (!*phone)
		return NULL;
	if (*phone != '+' || phone[1 + digits] || digits < 7 || digits > 15)
		return "phone: give the international form, + and 7 to 15 digits, as +8613800001111";
	return NULL;
}

const char *user_password_wrong(const char *password, const char *name)
{
	size_t n = strlen(password);
	const char *p = password;

	if (n < USER_PASSWORD_LEAST)
		return "password: at least 12 characters; a few words in a row are good";
	if (n >= AUTH_PASSWORD_MAX)
		return "password: at most 256 bytes";
	while (*p == *password)
		p++;
	if (!*p)
		return "password: not the same character again and again";
	if (*name && strcasestr(password, name))
		return "password: it must not contain the user's name";
	return NULL;
}

bool user_language_ok(const char *language)
{
	return !*language || !strcmp(language, "en") || !strcmp(language, "zh") ||
	       !strcmp(language, "ko");
}

static void text(struct store_row *r, int column, char *to, size_t cap)
{
	snprintf(to, cap, "%s", store_text(r, column));
}

static void take_row(struct store_row *r, struct user *u)
{
	const void *totp;
	int n;

	*u = (struct user){.role = store_int(r, 1)};
	text(r, 0, u->name, sizeof(u->name));
	text(r, 2, u->email, sizeof(u->email));
	text(r, 3, u->phone, sizeof(u->phone));
	text(r, 4, u->language, sizeof(u->language));
	text(r, 5, u->hash, sizeof(u->hash));
	totp = store_blob(r, 6, &n);
	u->has_totp = n == sizeof(u->totp);
	if (u->has_totp)
		memcpy(u->totp, totp, n);
	u->step = store_int(r, 7);
	u->once = store_int(r, 8);
	u->disabled = store_int(r, 9);
	u->created = store_int(r, 10);
	u->seen = store_int(r, 11);
}

static int find_row(void *arg, struct store_row *r)
{
	take_row(r, arg);
	return 0;
}

int user_find(struct engine *e, const char *name, struct user *u, struct err *err)
{
	int n = db_read(e->db, err, SQL_USER_FIND, find_row, u, "t", name);

	return n < 0 ? -1 : n ? 0 : 1;
}

static int write_row(struct engine *e, enum sql id, const struct user *u, struct err *err)
{
	if (db_write(e->db, err, id, "tittttbiiiii", u->name, (int64_t)u->role, u->email, u->phone,
		     u->language, u->hash, u->totp, u->has_totp ? (int)sizeof(u->totp) : 0, u->step,
		     u->once, (int64_t)u->disabled, u->created, u->seen) < 0) {
		db_undo(e->db);
		return -1;
	}
	return db_flush(e->db, err);
}

int user_add(struct engine *e, const struct user *u, struct err *err)
{
	if (db_flush(e->db, err)) /* what is undone on failure must be ours alone */
		return -1;
	return write_row(e, SQL_USER_ADD, u, err);
}

int user_save(struct engine *e, const struct user *u, struct err *err)
{
	return db_flush(e->db, err) ? -1 : write_row(e, SQL_USER_SAVE, u, err);
}

int user_remove(struct engine *e, const char *name, struct err *err)
{
	if (db_flush(e->db, err) || db_write(e->db, err, SQL_USER_DEL, "t", name) < 0)
		return -1;
	return db_flush(e->db, err);
}

static int count_row(void *arg, struct store_row *r)
{
	*(int64_t *)arg = store_int(r, 0);
	return 0;
}

bool user_other_admin(struct engine *e, const char *name)
{
	int64_t n = 0;

	return db_read(e->db, NULL, SQL_USER_ADMINS, count_row, &n, "t", name) >= 0 && n > 0;
}

struct each {
	void (*each)(void *arg, const struct user *u);
	void *arg;
};

static int each_row(void *arg, struct store_row *r)
{
	const struct each *x = arg;
	struct user u;

	take_row(r, &u);
	x->each(x->arg, &u);
	return 0;
}

int users_each(struct engine *e, void (*each)(void *arg, const struct user *u), void *arg,
	       struct err *err)
{
	struct each x = {each, arg};

	return db_read(e->db, err, SQL_USER_LIST, each_row, &x, "");
}

json_t *user_json(const struct user *u)
{
	char created[32], seen[32] = "", once[32] = "";

	if (u->seen)
		event_time(u->seen, seen);
	if (u->once)
		event_time(u->once * 1000000000ll, once);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s, s:b, s:s, s:s}", "name", u->name,
			 "role", user_role_name(u->role), "email", u->email, "phone", u->phone,
			 "language", u->language, "totp", u->has_totp, "disabled", u->disabled,
			 "one_time_until", once, "first", u->once != 0, "created",
			 event_time(u->created, created), "last_login", seen);
}

int user_once(char to[USER_ONCE_LEN])
{
	/* 32 of them; nothing that looks like something else */
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t random[16];
	char *p = to;

	if (fsx_random(random, sizeof(random)))
		return -1;
	for (size_t i = 0; i < sizeof(random); i++) {
		if (i && i % 4 == 0)
			*p++ = '-';
		*p++ = letters[random[i] % 32];
	}
	*p = 0;
	explicit_bzero(random, sizeof(random));
	return 0;
}
