/* SPDX-License-Identifier: Apache-2.0 */
/* page - lists that come a page at a time: "limit" and "cursor" of a request, "next" of an answer
 */
#ifndef WD_PUBLISHER_PAGE_H
#define WD_PUBLISHER_PAGE_H

#include "ctl.h"

#define PAGE_LIMIT 100
#define PAGE_LIMIT_MAX 500

/* -1 after failing the request. */
int page_limit(struct ctl_conn *c, int limit);
int page_cursor(struct ctl_conn *c, const char *cursor, int64_t *before); /* "" = 0 */
/* ISO 8601 in UTC, to the second or finer, into ns since 1970; "" leaves *to alone. */
int page_time(struct ctl_conn *c, const char *field, const char *text, int64_t *to);
void page_end(struct ctl_conn *c, int64_t next); /* ok; next 0: that was the last */

#endif
