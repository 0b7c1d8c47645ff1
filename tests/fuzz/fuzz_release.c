// SPDX-License-Identifier: Apache-2.0
/* Releases (manifests): what decodes encodes to the very same bytes; no signature is guessed. */
#include <stdlib.h>
#include <string.h>
#include "release.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct sign_public key = {{0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7}};
	struct signed_release s;
	struct release r;
	struct rd rd = rd_over(p, n);
	struct buf b;

	buf_init(&b, RELEASE_BYTES_MAX);
	if (release_decode(p, n, &r, NULL) == 0 &&
	    (release_encode(&r, &b, NULL) < 0 || b.len != n || memcmp(b.data, p, n) != 0))
		abort();
	buf_free(&b);
	signed_release_get(&rd, &s);
	if (rd_end(&rd) && release_open(&s, &key, &r, NULL) == 0)
		abort();
	return 0;
}
