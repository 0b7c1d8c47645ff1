// SPDX-License-Identifier: Apache-2.0
/* event_words - what people type into a search, as FTS5 takes it; apart for tests/fuzz */
#include <string.h>

#include "event_query.h"

void event_query_match(const char *words, char to[4 * QUERY_TEXT_MAX])
{
	size_t used = 0;

	/* "word"* for each; a quote is doubled: the longest result is below 4 times the words. */
	while (*(words += strspn(words, " \t"))) {
		size_t n = strcspn(words, " \t");

		to[used++] = '"';
		for (size_t i = 0; i < n && used + 8 < 4 * QUERY_TEXT_MAX; i++) {
			if (words[i] == '"')
				to[used++] = '"';
			to[used++] = words[i];
		}
		to[used++] = '"';
		to[used++] = '*';
		to[used++] = ' ';
		words += n;
		if (used + 16 > 4 * QUERY_TEXT_MAX)
			break;
	}
	to[used] = 0;
}
