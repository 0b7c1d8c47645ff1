// SPDX-License-Identifier: Apache-2.0
/* wire.c - framing for vmexec and guestd; see wire.h */
#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

static void wire_compact(struct wire_buf *buf)
{
	memmove(buf->data, buf->data + buf->start, buf->end - buf->start);
	buf->end -= buf->start;
	buf->start = 0;
}

void wire_put(struct wire_buf *buf, enum wire_type type, const void *payload, size_t length)
{
	struct wire_head head = {.type = type, .length = length};

	wire_compact(buf);
	assert(length <= WIRE_MAX && buf->end + sizeof(head) + length <= sizeof(buf->data));
	memcpy(buf->data + buf->end, &head, sizeof(head));
	if (length)
		memcpy(buf->data + buf->end + sizeof(head), payload, length);
	buf->end += sizeof(head) + length;
}

int wire_flush(struct wire_buf *buf, int fd)
{
	while (!wire_empty(buf)) {
		ssize_t n = write(fd, buf->data + buf->start, buf->end - buf->start);

		if (n < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -1;
		buf->start += n;
	}
	return 0;
}

int wire_fill(struct wire_buf *buf, int fd)
{
	ssize_t n;

	wire_compact(buf);
	n = read(fd, buf->data + buf->end, sizeof(buf->data) - buf->end);
	if (n > 0)
		buf->end += n;
	return n > 0 ? 1 : n;
}

int wire_next(struct wire_buf *buf, struct wire_head *head, const char **payload)
{
	size_t have = buf->end - buf->start;

	if (have < sizeof(*head))
		return 0;
	memcpy(head, buf->data + buf->start, sizeof(*head));
	if (head->length > WIRE_MAX || head->zero[0] || head->zero[1] || head->zero[2])
		return -1;
	if (have < sizeof(*head) + head->length)
		return 0;
	*payload = buf->data + buf->start + sizeof(*head);
	buf->start += sizeof(*head) + head->length;
	return 1;
}
