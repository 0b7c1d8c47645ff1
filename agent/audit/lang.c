// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "lang.h"

static const struct lang_entry entries[] = {
#include "lang.tab"
};

const struct lang_entry *lang_entries(int *n)
{
	*n = sizeof(entries) / sizeof(*entries);
	return entries;
}

const char *lang_tr(enum lang l, const char *en)
{
	for (size_t i = 0; l != LANG_EN && i < sizeof(entries) / sizeof(*entries); i++)
		if (strcmp(entries[i].en, en) == 0)
			return l == LANG_KO ? entries[i].ko : entries[i].zh;
	return en;
}

static const char *const names[] = {"en", "ko", "zh"};

int lang_by_name(const char *name)
{
	for (int i = 0; i < 3; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}

const char *lang_name(enum lang l)
{
	return names[l];
}
