// SPDX-License-Identifier: Apache-2.0
/* The words with which a hub begins (lib/role_unit.h): what comes out lies in store, and fits. */
#include <stdlib.h>
#include <string.h>
#include "role_unit.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *words[ROLE_WORDS_MAX + 1], *store = malloc(ROLE_WORDS_BYTES);
	struct err err = {""};
	size_t used = 1;
	int i;

	if (!store)
		return 0;
	if (!role_unit_parse(p, n, store, words, &err)) {
		for (i = 0; words[i]; i++) {
			if (words[i] < store || strlen(words[i]) >= ROLE_WORD_MAX)
				abort();
			used += 2 + strlen(words[i]);
		}
		if (used != n || i != p[0])
			abort();
	} else if (!*err.text) {
		abort();
	}
	free(store);
	return 0;
}
