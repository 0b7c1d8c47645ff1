/* SPDX-License-Identifier: Apache-2.0 */
/* download - an answer that is a file, a piece at a time, as fast as the client takes it */
#ifndef WD_PUBLISHER_DOWNLOAD_H
#define WD_PUBLISHER_DOWNLOAD_H

#include <stdint.h>

#include "buf.h"
#include "ctl.h"
#include "engine.h"

/* `next` gives a piece: 0 = that was all, -1 = it failed. */
struct download {
	int (*next)(struct download *d, struct buf *piece);
	void (*free)(struct download *d);
	char name[160], type[64]; /* plain ASCII without quotes */
	int64_t size;		  /* -1: not known */
};

/*
 * Takes d over; it is freed when all is sent or the client leaves. A browser gets the bytes;
 * wdpub rows {"text": ...}, so that this is for UTF-8 text unless the client is a browser.
 */
void download_give(struct engine *e, struct ctl_conn *c, struct download *d);

#endif
