/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conftext - what libconfuse leaves to us in a configuration's text: comments, which it counts as
 * three lines each, and options that are given twice, of which it takes the last
 */
#ifndef WD_CONFTEXT_H
#define WD_CONFTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include "log.h"

#define CONFTEXT_MAX (1u << 20) /* bytes of a configuration file */

/* Comments (#, //, and C's) become blanks; lines, and what is quoted, stay. */
void conftext_blank(char *text);
/* The file to be read, without its comments; NULL and err. errno ENOENT: there is none. */
FILE *conftext_open(const char *file, char **text, struct err *err); /* free text after closing */

#define SEEN_MAX 1024 /* what comes behind so many is not remembered */
struct seen {
	const void *list[SEEN_MAX];
	size_t n;
};
bool seen_before(struct seen *s, const void *p); /* and remembers it */

#endif
