/* SPDX-License-Identifier: Apache-2.0 */
/* props - names and values: Java properties files, -D words, Environment= lines */
#ifndef WD_AUDIT_PROPS_H
#define WD_AUDIT_PROPS_H

#include <stdbool.h>
#include "pool.h"

struct prop {
	const char *name, *value;
};
struct props {
	struct list all; /* struct prop; the first of a name counts */
};

void props_set(struct pool *p, struct props *props, const char *name, const char *value);
const char *props_get(const struct props *props, const char *name);
/* java.util.Properties: comments, continued lines, = : or blank, \uXXXX below 0x80. */
void props_parse(struct pool *p, struct props *props, const char *text);
/* ${name} and ${name:-default} replaced; false if one is not known (it then stays). */
bool props_expand(struct pool *p, const struct props *props, const char *text, const char **out);

#endif
