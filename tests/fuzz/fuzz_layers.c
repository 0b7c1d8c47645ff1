// SPDX-License-Identifier: Apache-2.0
/* The module's list of layers: paths in it are chosen by whoever may write there. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "layers.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	dev_t out[LAYERS_DISKS_MAX];
	struct err err = {""};
	FILE *f = n ? fmemopen((void *)p, n, "r") : NULL;
	int found;

	if (!f)
		return 0;
	found = layers_read(f, out, &err);
	if (found > LAYERS_DISKS_MAX || (found < 0 && !err.text[0]))
		abort();
	for (int i = 0; i < found; i++)
		for (int k = 0; k < i; k++)
			if (out[i] == out[k])
				abort();
	fclose(f);
	return 0;
}
