// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit_log.h"
#include "control.h"
#include "page.h"

void control_audit_log(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *cursor = "", *user = "", *q = "";
	int64_t before, next;
	int limit = PAGE_LIMIT;
	struct err err;

	if (control_args(c, request, "s?s, s?s, s?s, s?i", "cursor", &cursor, "user", &user, "q",
			 &q, "limit", &limit) ||
	    page_limit(c, limit) || page_cursor(c, cursor, &before))
		return;
	next = audit_list(e, c, before, user, q, limit, &err);
	if (next < 0)
		ctl_fail(c, "%s", err.text);
	else
		page_end(c, next);
}

void control_log_verify(struct engine *e, struct ctl_conn *c, json_t *request)
{
	const char *head = "";

	if (!control_args(c, request, "s?s", "head", &head))
		audit_verify(e, c, head);
}
