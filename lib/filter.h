/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter - what may change inside a site: excepted directories and files
 *
 * A filter is a text. One that ends in '/' is a directory below the site, named exactly, and
 * all below it. Any other is a glob for regular files: '*' is any bytes and '?' one byte,
 * neither matches '/'; with a '/' in it, it is matched from the site downwards, without one
 * against file names anywhere. The kernel module reads the same texts by the same rules.
 */
#ifndef WD_FILTER_H
#define WD_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "log.h"

#define FILTER_MAX 256 /* one, with its NUL */
#define FILTERS_MAX 64
#define FILTERS_BYTES 3840 /* all, each with its NUL */

struct filters {
	uint16_t n, bytes;
	char text[FILTERS_BYTES]; /* one behind the other, each with its NUL */
};

/* 0, or -1 and what is wrong with it. */
int filter_check(const char *text, struct err *err);
/* Adds at the end; refuses what is no filter, is there already, or finds no room. */
int filters_add(struct filters *f, const char *text, struct err *err);
/* False: it is not there. */
bool filters_remove(struct filters *f, const char *text);
/* The one behind `before`, the first behind NULL; NULL at the end. */
const char *filters_next(const struct filters *f, const char *before);
bool filters_same(const struct filters *a, const struct filters *b);

enum filter_match {
	FILTER_NONE,
	FILTER_DIR,   /* an excepted directory itself */
	FILTER_BELOW, /* something in one */
	FILTER_FILE,  /* matches a glob: excepted if it is a regular file */
	FILTER_ABOVE, /* a directory on the way to an excepted one */
};
/* path: below the site, without a '/' at either end. */
enum filter_match filters_match(const struct filters *f, const char *path);
/* Whether excepted files may come and go in this directory ("" is the site): its time tells
 * nothing. */
bool filters_touch(const struct filters *f, const char *dir);

#endif
