// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "throttle.h"

#define SECOND 1000000000ll
#define FORGET (3600 * SECOND) /* without a failure */

enum kind { ACCOUNT, ADDRESS };

static const struct {
	unsigned free;
	int most; /* s */
} rules[] = {[ACCOUNT] = {5, 300}, [ADDRESS] = {20, 900}};

struct throttle {
	struct entry {
		char key[80];
		enum kind kind;
		unsigned failures;
		int64_t until, touched;
	} v[THROTTLE_ENTRIES];
};

struct throttle *throttle_new(void)
{
	return calloc(1, sizeof(struct throttle));
}

void throttle_free(struct throttle *t)
{
	free(t);
}

/* One household has a whole /64 of IPv6. */
static void key_of(enum kind kind, const char *text, char to[80])
{
	struct in6_addr v6;

	if (kind == ADDRESS && inet_pton(AF_INET6, text, &v6) == 1) {
		memset(v6.s6_addr + 8, 0, 8);
		inet_ntop(AF_INET6, &v6, to, 80);
		return;
	}
	snprintf(to, 80, "%s", text);
}

static const struct entry *find(const struct throttle *t, enum kind kind, const char *text)
{
	char key[80];

	key_of(kind, text, key);
	for (size_t i = 0; i < THROTTLE_ENTRIES; i++)
		if (t->v[i].failures && t->v[i].kind == kind && !strcmp(t->v[i].key, key))
			return &t->v[i];
	return NULL;
}

static int wait_of(const struct throttle *t, enum kind kind, const char *text, int64_t now)
{
	const struct entry *e = find(t, kind, text);

	return e && e->until > now ? (e->until - now + SECOND - 1) / SECOND : 0;
}

int throttle_wait(const struct throttle *t, const char *account, const char *address, int64_t now)
{
	int a = wait_of(t, ACCOUNT, account, now), b = wait_of(t, ADDRESS, address, now);

	return a > b ? a : b;
}

static struct entry *make(struct throttle *t, enum kind kind, const char *text)
{
	struct entry *oldest = &t->v[0];

	for (size_t i = 0; i < THROTTLE_ENTRIES && oldest->failures; i++)
		if (!t->v[i].failures || t->v[i].touched < oldest->touched)
			oldest = &t->v[i];
	*oldest = (struct entry){.kind = kind};
	key_of(kind, text, oldest->key);
	return oldest;
}

static unsigned count(struct throttle *t, enum kind kind, const char *text, int64_t now)
{
	struct entry *e = (struct entry *)find(t, kind, text);
	unsigned over;
	int64_t s = rules[kind].most;

	if (!e)
		e = make(t, kind, text);
	if (e->failures && now - e->touched > FORGET)
		e->failures = 0;
	e->failures++;
	e->touched = now;
	over = e->failures > rules[kind].free ? e->failures - rules[kind].free : 0;
	if (over && over < 12 && (1 << over) < s)
		s = 1 << over;
	e->until = over ? now + s * SECOND : 0;
	return e->failures;
}

unsigned throttle_failed(struct throttle *t, const char *account, const char *address, int64_t now)
{
	count(t, ADDRESS, address, now);
	return count(t, ACCOUNT, account, now);
}

void throttle_good(struct throttle *t, const char *account)
{
	struct entry *e = (struct entry *)find(t, ACCOUNT, account);

	if (e)
		e->failures = 0;
}
