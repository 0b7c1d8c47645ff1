// SPDX-License-Identifier: Apache-2.0
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/resource.h>

#include "chan.h"
#include "confine.h"
#include "layout.h"
#include "reader.h"
#include "role.h"
#include "roles.h"

#define ENTRIES_MAX 64
#define MEMORY_MAX (512u << 20) /* what a bomb may cost, before it costs the role */

static enum reader_result take(struct archive *a, struct archive_entry *e, struct buf *out,
			       uint64_t *size)
{
	char *room = buf_room(out, READER_TEXT_MAX);
	la_ssize_t n = 0;
	size_t have = 0;

	if (!room)
		return READER_DAMAGED;
	while (have < READER_TEXT_MAX &&
	       (n = archive_read_data(a, room + have, READER_TEXT_MAX - have)) > 0)
		have += n;
	out->len -= READER_TEXT_MAX - have;
	*size = have;
	if (archive_entry_size_is_set(e) && archive_entry_size(e) > (int64_t)have)
		*size = archive_entry_size(e);
	return n < 0 ? READER_DAMAGED : READER_FOUND;
}

enum reader_result reader_extract(const void *p, size_t n, struct buf *out, uint64_t *size)
{
	struct archive *a = archive_read_new();
	enum reader_result result = READER_NONE;
	struct archive_entry *e;
	int rc = ARCHIVE_OK;

	if (!a)
		return READER_DAMAGED;
	archive_read_support_format_tar(a);
	archive_read_support_filter_zstd(a);
	if (archive_read_open_memory(a, p, n) != ARCHIVE_OK) {
		archive_read_free(a);
		return READER_DAMAGED;
	}
	for (int i = 0; i < ENTRIES_MAX && result == READER_NONE; i++) {
		const char *name;

		rc = archive_read_next_header(a, &e);
		if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
			break;
		name = archive_entry_pathname(e);
		if (name && !strncmp(name, "site/", 5) && archive_entry_filetype(e) == AE_IFREG)
			result = take(a, e, out, size);
	}
	if (result == READER_NONE && rc != ARCHIVE_EOF && rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		result = READER_DAMAGED;
	archive_read_free(a);
	return result;
}

struct reader_role {
	struct event_base *base;
	struct chan *engine;
	struct buf archive;
};

static void answer(struct reader_role *role, uint32_t request)
{
	struct buf text, out;
	uint64_t size = 0;
	enum reader_result result;

	buf_init(&text, 2 * READER_TEXT_MAX);
	result = buf_ok(&role->archive)
			 ? reader_extract(role->archive.data, role->archive.len, &text, &size)
			 : READER_DAMAGED;
	buf_init(&out, CHAN_PAYLOAD_MAX);
	buf_put_u32(&out, request);
	buf_put_u8(&out, result);
	buf_put_u64(&out, size);
	buf_put_blob(&out, text.data, text.len);
	if (chan_send_buf(role->engine, READER_TEXT, &out))
		event_base_loopexit(role->base, NULL);
	buf_free(&out);
	buf_free(&text);
	buf_free(&role->archive);
	buf_init(&role->archive, READER_ARCHIVE_MAX);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct reader_role *role = arg;
	struct rd r = rd_over(p, n);
	uint32_t request = rd_u32(&r);
	bool last = rd_u8(&r);

	if (type != READER_EXTRACT || r.failed) {
		event_base_loopexit(role->base, NULL);
		return;
	}
	buf_put(&role->archive, r.p, r.left);
	if (last)
		answer(role, request);
}

static void on_closed(void *arg, const char *reason)
{
	struct reader_role *role = arg;

	(void)reason; /* the engine ended: so do we */
	role->engine = NULL;
	event_base_loopexit(role->base, NULL);
}

int reader_main(const char *state)
{
	static const struct chan_ops ops = {.message = on_message, .closed = on_closed};
	const struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
	struct reader_role role = {0};
	char root[LAYOUT_PATH_MAX];
	struct err err;

	setrlimit(RLIMIT_AS, &memory);
	buf_init(&role.archive, READER_ARCHIVE_MAX);
	role.base = event_base_new();
	if (!role.base ||
	    confine("webdefender-reader", layout_path(root, state, LAYOUT_EMPTY), false, &err))
		log_fatal("reader: %s", role.base ? err.text : "out of memory");
	role.engine = chan_new_fd(role.base, ROLE_FD, &ops, &role);
	if (!role.engine)
		log_fatal("reader: out of memory");
	event_base_dispatch(role.base);
	chan_close(role.engine);
	event_base_free(role.base);
	buf_free(&role.archive);
	return 0;
}
