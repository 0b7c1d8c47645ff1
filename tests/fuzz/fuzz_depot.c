// SPDX-License-Identifier: Apache-2.0
/*
 * Arriving objects: hostile encoded bytes are refused, or have exactly the promised content.
 * The first bytes choose the promised size and where the pieces are cut.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "depot.h"

static struct depot *depot;
static char top[] = "/tmp/wd-fuzz-XXXXXX";

static void sweep(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	if (system(command) != 0)
		_exit(1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct depot_recv *r;
	struct hash h;
	size_t plain, cut;

	if (!depot) {
		if (!mkdtemp(top) || !(depot = depot_open(top, false, NULL)))
			abort();
		atexit(sweep);
	}
	if (n < 4)
		return 0;
	plain = p[0] << 8 | p[1];
	cut = n > 4 ? p[2] % (n - 3) : 0;
	h = hash_of(p + 3, n - 3); /* right only if the bytes are a plain object of themselves */
	r = depot_recv_begin(depot, &h, plain, NULL);
	if (!r)
		abort();
	if (depot_recv_add(r, p + 3, cut, NULL) < 0 ||
	    depot_recv_add(r, p + 3 + cut, n - 3 - cut, NULL) < 0) {
		depot_recv_abort(r, false);
		return 0;
	}
	/* The encoded form begins with a header, so it never is the content it hashes to. */
	if (depot_recv_end(r, NULL) == DEPOT_OK)
		abort();
	return 0;
}
