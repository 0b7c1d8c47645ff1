// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include "archive.h"

#define MEMBERS_MAX 1000000

/* The size in the header may lie, so the bound is on what comes out. */
static int read_member(struct pool *p, struct archive *a, char **bytes, size_t *n)
{
	size_t cap = 64 << 10, used = 0;
	char *text = pool_alloc(p, cap + 1);

	for (;;) {
		la_ssize_t got = archive_read_data(a, text + used, cap - used);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		used += got;
		if (used == cap) {
			char *more;

			if (cap >= ARCHIVE_MEMBER_MAX)
				return -1;
			more = pool_alloc(p, cap * 2 + 1);
			memcpy(more, text, used);
			text = more;
			cap *= 2;
		}
	}
	*bytes = text;
	*n = used;
	return 1;
}

int archive_member(struct pool *p, const char *file, const char *member, char **bytes, size_t *n,
		   struct err *err)
{
	struct archive *a = archive_read_new();
	struct archive_entry *e;
	int r = 0, step = ARCHIVE_OK;

	archive_read_support_format_zip(a);
	if (archive_read_open_filename(a, file, 64 << 10) != ARCHIVE_OK)
		r = -1;
	for (int i = 0; r == 0 && i < MEMBERS_MAX; i++) {
		const char *name;

		step = archive_read_next_header(a, &e);
		if (step == ARCHIVE_EOF)
			break;
		if (step < ARCHIVE_WARN) {
			r = -1;
			break;
		}
		name = archive_entry_pathname(e);
		if (name && strcmp(name, member) == 0)
			r = read_member(p, a, bytes, n);
	}
	if (r < 0)
		err_set(err, "%s: %s", file,
			archive_error_string(a) ? archive_error_string(a)
						: "a member is too large");
	archive_read_free(a);
	return r;
}
