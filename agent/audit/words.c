// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "fsx.h"
#include "words.h"

#define WORDS_DIR "/etc/webdefender/audit/"

static const char *const accounts[] = {
	"tomcat", "both", "role1", "admin", "robot", "manager",	 "root",	 "administrator",
	"system", "user", "test",  "guest", "was",   "webadmin", "tomcat-admin", NULL,
};

static const char *const passwords[] = {
	"tomcat",
	"s3cret",
	"admin",
	"password",
	"changeit",
	"must-be-changed",
	"<must-be-changed>",
	"manager",
	"role1",
	"both",
	"root",
	"test",
	"guest",
	"1234",
	"12345678",
	"qwerty",
	"secret",
	"password1",
	"passw0rd",
	"P@ssw0rd",
	"admin123",
	"tomcat123",
	"welcome1",
	"letmein",
	NULL,
};

static void add_file(struct pool *p, struct list *out, const char *path)
{
	char *text = fsx_slurp(path, 1 << 20, NULL, NULL), *line, *save;

	for (line = text ? strtok_r(text, "\r\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\r\n", &save))
		if (*line != '#')
			list_add(p, out, pool_str(p, line));
	free(text);
}

static void add_all(struct pool *p, struct list *out, const char *const *words)
{
	for (; *words; words++)
		list_add(p, out, (void *)*words);
}

void words_accounts(struct pool *p, struct list *out)
{
	add_all(p, out, accounts);
	add_file(p, out, WORDS_DIR "account-names");
}

void words_passwords(struct pool *p, struct list *out)
{
	add_all(p, out, passwords);
	add_file(p, out, WORDS_DIR "weak-passwords");
}

const char *words_find(const struct list *words, const char *s)
{
	for (size_t i = 0; i < words->n; i++)
		if (strcasecmp(words->v[i], s) == 0)
			return words->v[i];
	return NULL;
}
