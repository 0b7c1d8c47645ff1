// SPDX-License-Identifier: Apache-2.0
/* Directory objects: what decodes is safe to walk and encodes to the very same bytes. */
#include <stdlib.h>
#include <string.h>
#include "tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct tree *t = tree_decode(p, n, NULL);
	struct buf b;

	if (!t)
		return 0;
	buf_init(&b, TREE_BYTES_MAX);
	for (size_t i = 0; i < t->n; i++)
		if (!tree_name_ok(t->v[i].name) || tree_find(t, t->v[i].name) != &t->v[i])
			abort();
	if (tree_encode(t, &b, NULL) < 0 || b.len != n || memcmp(b.data, p, n) != 0)
		abort();
	buf_free(&b);
	tree_free(t);
	return 0;
}
