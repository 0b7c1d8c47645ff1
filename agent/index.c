// SPDX-License-Identifier: Apache-2.0
#include <search.h>
#include <stddef.h>
#include "index.h"

void *index_find(void *const *index, const void *key, index_order *order)
{
	void **node = tfind(key, index, order);

	return node ? *node : NULL;
}

int index_add(void **index, void *thing, index_order *order)
{
	return tsearch(thing, index, order) ? 0 : -1;
}

void index_remove(void **index, const void *thing, index_order *order)
{
	tdelete(thing, index, order);
}
