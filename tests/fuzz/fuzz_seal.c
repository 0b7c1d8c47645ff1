// SPDX-License-Identifier: Apache-2.0
/*
 * Sealing: messages and keys, and the texts that people carry by hand; what decodes encodes to
 * the very same bytes. The first byte chooses.
 */
#include <stdlib.h>
#include <string.h>
#include "seal.h"

static void same(struct buf *b, const uint8_t *p, size_t n)
{
	if (!buf_ok(b) || b->len != n || memcmp(b->data, p, n) != 0)
		abort();
	buf_free(b);
}

#define MESSAGE(type, fn)                                                                          \
	do {                                                                                       \
		struct type m = {0};                                                               \
		fn##_get(&r, &m);                                                                  \
		if (!rd_end(&r))                                                                   \
			return 0;                                                                  \
		fn##_put(&b, &m);                                                                  \
		same(&b, p, n);                                                                    \
	} while (0)

static void texts(const char *text)
{
	char again[SEAL_TEXT_MAX];
	struct seal_challenge c = {.host = ""}, c2 = {.host = ""};
	struct seal_response a = {.n = 0}, a2 = {.n = 0};

	if (!seal_challenge_parse(text, &c, NULL) &&
	    (seal_challenge_text(&c, again) || seal_challenge_parse(again, &c2, NULL) ||
	     memcmp(c.nonce, c2.nonce, sizeof(c.nonce)) || strcmp(c.host, c2.host)))
		abort();
	if (!seal_response_parse(text, &a, NULL) &&
	    (seal_response_text(&a, again) || seal_response_parse(again, &a2, NULL) ||
	     a.n != a2.n || memcmp(a.sig, a2.sig, a.n)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint8_t which = n ? *p++ : 0;
	struct rd r;
	struct buf b;
	char *text;

	n -= n > 0;
	r = rd_over(p, n);
	buf_init(&b, 4096);
	switch (which % 4) {
	case 0:
		MESSAGE(msg_seal, msg_seal);
		return 0;
	case 1:
		MESSAGE(msg_sealed, msg_sealed);
		return 0;
	case 2:
		MESSAGE(seal_key, seal_key);
		return 0;
	}
	text = malloc(n + 1);
	if (!text)
		return 0;
	memcpy(text, p, n);
	text[n] = '\0';
	texts(text);
	free(text);
	return 0;
}
