// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>
#include "fsx.h"
#include "ident.h"

#define NOBODY 4294967295u

/*
 * Numbers start anew with the process, so the part before them must as well: were it the
 * boot id, an agent killed before its last events reached the disk would use a number twice.
 */
void ident_next(char to[EVENT_ID_MAX])
{
	static uint32_t start;
	static uint64_t n;

	if (!n && fsx_random(&start, sizeof(start)))
		start = (uint32_t)fsx_now_ns();
	snprintf(to, EVENT_ID_MAX, "%08x-s%llu", start, (unsigned long long)++n);
}

void ident_kernel(char to[EVENT_ID_MAX], const char *boot_id, uint64_t seq)
{
	snprintf(to, EVENT_ID_MAX, "%.8s-%llu", boot_id, (unsigned long long)seq);
}

void ident_event(struct wd_event *e, const char *source, const char *op, const char *site,
		 const char *path)
{
	memset(e, 0, sizeof(*e));
	ident_next(e->id);
	e->time = e->seen = fsx_now_ns();
	snprintf(e->source, sizeof(e->source), "%s", source);
	snprintf(e->op, sizeof(e->op), "%s", op);
	snprintf(e->site, sizeof(e->site), "%s", site);
	snprintf(e->path, sizeof(e->path), "%s", path);
	e->pid = e->tgid = e->uid = e->euid = e->loginuid = NOBODY;
	e->repeat = 1;
}
