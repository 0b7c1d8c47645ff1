/* SPDX-License-Identifier: Apache-2.0 */
/* table - aligned columns for people, by libsmartcols; and how numbers read best */
#ifndef WD_PUBLISHER_TABLE_H
#define WD_PUBLISHER_TABLE_H

#include <jansson.h>
#include <stdint.h>

struct table;
/* Headings by spaces; one that begins with '>' is a column of numbers. */
struct table *table_new(const char *headings);
/* As many strings as there are headings. */
void table_row(struct table *t, ...);
void table_end(struct table *t); /* prints, and frees */

/* All return a static buffer of a small ring: fine as arguments of one call. */
const char *human_bytes(uint64_t n);	 /* 34.1 KB */
const char *human_number(uint64_t n);	 /* 7029 */
const char *human_time(const char *iso); /* local time, to the second; "-" for "" */
const char *human_ago(const char *iso);	 /* 12 s ago; "never" for "" */

#endif
