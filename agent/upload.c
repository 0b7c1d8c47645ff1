// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>
#include <unistd.h>
#include "db.h"
#include "fsx.h"
#include "state.h"
#include "upload.h"

#define TRIES_MAX 3 /* an item that never arrives as its hash says was altered here */

struct queued {
	STAILQ_ENTRY(queued) link;
	struct chain_item item;
};

struct upload {
	char dir[STATE_PATH_MAX];
	struct evidence *evidence;
	struct store *store;
	STAILQ_HEAD(, queued) queue;
	uint64_t n;
	/* The first of the queue, while it is being sent. */
	int fd;
	uint64_t size, sent; /* a piece at a time: the answer says where to go on */
	int tries;
	upload_send *send;
	void *arg;
};

static void put_in(struct upload *u, const struct chain_item *item)
{
	struct queued *q = malloc(sizeof(*q));

	if (!q)
		return; /* the next start reads the chain again */
	q->item = *item;
	STAILQ_INSERT_TAIL(&u->queue, q, link);
	u->n++;
}

static void from_chain(void *arg, const struct chain_item *item)
{
	struct upload *u = arg;

	if (store_run(u->store, DB_UPLOAD_IS_DONE, NULL, NULL, NULL, "t", item->name) > 0)
		evidence_copied(u->evidence, item->name);
	else
		put_in(u, item);
}

struct upload *upload_new(const char *dir, struct evidence *evidence, struct store *store,
			  struct err *err)
{
	struct upload *u = calloc(1, sizeof(*u));

	if (!u) {
		err_set(err, "out of memory");
		return NULL;
	}
	snprintf(u->dir, sizeof(u->dir), "%s", dir);
	u->evidence = evidence;
	u->store = store;
	u->fd = -1;
	STAILQ_INIT(&u->queue);
	chain_read(dir, from_chain, u, NULL); /* evidence_open() has said what is wrong with it */
	return u;
}

static void drop_first(struct upload *u)
{
	struct queued *q = STAILQ_FIRST(&u->queue);

	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
	STAILQ_REMOVE_HEAD(&u->queue, link);
	u->n--;
	free(q);
}

void upload_free(struct upload *u)
{
	if (!u)
		return;
	while (!STAILQ_EMPTY(&u->queue))
		drop_first(u);
	free(u);
}

static int open_first(struct upload *u)
{
	struct queued *q = STAILQ_FIRST(&u->queue);
	char path[STATE_PATH_MAX];
	struct stat st;

	u->fd = open(state_path(path, u->dir, "%s", q->item.name),
		     O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (u->fd < 0 || fstat(u->fd, &st))
		return -1;
	u->size = st.st_size;
	u->sent = 0;
	u->tries = 0;
	return 0;
}

static void send_piece(struct upload *u, const struct chain_item *item)
{
	static uint8_t piece[PROTO_PIECE_MAX];
	struct msg_evidence m = {
		.size = u->size, .offset = u->sent, .hash = item->file, .chain = item->link};
	ssize_t n = pread(u->fd, piece, sizeof(piece), u->sent);

	if (n < 0)
		return;
	snprintf(m.id, sizeof(m.id), "%s", item->name);
	m.piece = piece;
	m.n = n;
	if (!u->send(u->arg, &m))
		u->sent += n;
}

static void pump(struct upload *u)
{
	struct queued *q;

	while (u->send && (q = STAILQ_FIRST(&u->queue))) {
		if (u->fd < 0 && open_first(u)) {
			/* Deleted by somebody: nothing to copy, but the chain at the publisher
			 * shows it. */
			log_err("evidence %s cannot be copied: %s", q->item.name, strerror(errno));
			drop_first(u);
			continue;
		}
		send_piece(u, &q->item);
		return;
	}
}

void upload_add(struct upload *u, const struct chain_item *item)
{
	bool first = STAILQ_EMPTY(&u->queue);

	put_in(u, item);
	if (first)
		pump(u);
}

void upload_online(struct upload *u, upload_send *send, void *arg)
{
	u->send = send;
	u->arg = arg;
	if (u->fd >= 0)
		close(u->fd);
	u->fd = -1;
	pump(u);
}

void upload_acked(struct upload *u, const struct msg_evidence_ack *ack)
{
	struct queued *q = STAILQ_FIRST(&u->queue);

	if (!q || u->fd < 0 || strcmp(q->item.name, ack->id))
		return;
	if (ack->have >= u->size) {
		store_run(u->store, DB_UPLOAD_DONE, NULL, NULL, NULL, "t", ack->id);
		evidence_copied(u->evidence, ack->id);
		drop_first(u);
		pump(u);
		return;
	}
	if (ack->have < u->sent && ++u->tries > TRIES_MAX) {
		log_err("evidence %s is no longer what was kept: the publisher refuses it",
			ack->id);
		drop_first(u);
	} else {
		u->sent = ack->have; /* more, where it had a part from before */
	}
	pump(u);
}

uint64_t upload_left(const struct upload *u)
{
	return u->n;
}
