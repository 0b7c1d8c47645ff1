// SPDX-License-Identifier: Apache-2.0
/* fuzz_evidence_text - the reader role's part: archives that an attacker may have made */
#include <assert.h>
#include <stdint.h>

#include "reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	uint64_t size = 0;
	struct buf out;
	enum reader_result r;

	buf_init(&out, 2 * READER_TEXT_MAX);
	r = reader_extract(p, n, &out, &size);
	assert(out.len <= READER_TEXT_MAX);
	assert(r != READER_FOUND || size >= out.len);
	buf_free(&out);
	return 0;
}
