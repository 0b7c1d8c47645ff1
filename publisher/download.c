// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "control.h"
#include "desk.h"
#include "download.h"

#define PIECE_MAX (16u << 20)
#define ROW_MAX (256u << 10) /* with every byte escaped, still a line that wdpub takes */
#define PAUSE_US 20000	     /* while the client has not read what it got */

struct outflow {
	struct download *download;
	struct ctl_conn *conn; /* NULL: the client left */
	struct event *more;
};

static void on_gone(void *arg, struct ctl_conn *c)
{
	(void)c;
	((struct outflow *)arg)->conn = NULL;
}

static void outflow_free(struct outflow *o)
{
	o->download->free(o->download);
	if (o->more)
		event_free(o->more);
	free(o);
}

/* No character is cut in two. -1: it is no UTF-8. */
static int send_rows(struct ctl_conn *c, const char *p, size_t n)
{
	while (n) {
		size_t use = n < ROW_MAX ? n : ROW_MAX;
		json_t *text = json_stringn(p, use);

		for (int cut = 1; !text && use < n && cut < 4; cut++)
			text = json_stringn(p, --use);
		if (!text)
			return -1;
		ctl_row(c, json_pack("{s:o}", "text", text));
		p += use;
		n -= use;
	}
	return 0;
}

/* 1: there is more. 0: the request is over. */
static int send_piece(struct outflow *o)
{
	struct buf piece;
	int n;

	buf_init(&piece, PIECE_MAX);
	n = o->download->next(o->download, &piece);
	if (n > 0 && send_rows(o->conn, (const char *)piece.data, piece.len))
		n = -1;
	buf_free(&piece);
	if (n > 0)
		return 1;
	if (n == 0)
		ctl_ok(o->conn, json_pack("{s:s}", "name", o->download->name));
	else /* nobody must take half a file for a whole one */
		ctl_fail(o->conn, "%s could not be read to its end", o->download->name);
	return 0;
}

static void on_more(evutil_socket_t fd, short what, void *arg)
{
	const struct timeval now = {0, 0}, pause = {0, PAUSE_US};
	struct outflow *o = arg;

	(void)fd;
	(void)what;
	if (o->conn && ctl_backlog(o->conn))
		evtimer_add(o->more, &pause);
	else if (o->conn && send_piece(o))
		evtimer_add(o->more, &now);
	else
		outflow_free(o);
}

void download_give(struct engine *e, struct ctl_conn *c, struct download *d)
{
	struct outflow *o;

	if (control_who(c)->web) {
		desk_download(c, d);
		return;
	}
	o = calloc(1, sizeof(*o));
	if (!o || !(o->more = evtimer_new(e->base, on_more, o))) {
		free(o);
		d->free(d);
		ctl_fail(c, "out of memory");
		return;
	}
	o->download = d;
	o->conn = c;
	ctl_on_gone(c, on_gone, o);
	on_more(-1, 0, o);
}
