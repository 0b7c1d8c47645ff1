/* SPDX-License-Identifier: Apache-2.0 */
/*
 * holders - who has files of a tree open for writing, mapped shared, or below a loop or swap
 *
 * The module counts such files when it arms a root (ARMED_DIRTY); who holds them only user
 * space can say, out of /proc. Threads of one process and namespaces do not matter; a holder
 * whose descriptor travels in a socket has none, and is not found.
 */
#ifndef WD_HOLDERS_H
#define WD_HOLDERS_H

#include <stdint.h>
#include "filter.h"

struct holder {
	int pid; /* 0: the kernel itself */
	char comm[17];
	const char *how; /* descriptor, mapping, loop, swap */
	const char *path;
};

struct holders_query {
	const char *root;	       /* absolute, without links */
	uint64_t dev;		       /* st_dev of its files */
	const struct filters *filters; /* what may change has holders rightly */
	void (*each)(void *arg, const struct holder *h);
	void *arg;
};

void holders_find(const struct holders_query *q);

#endif
