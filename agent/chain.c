// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include "chain.h"
#include "state.h"

#define LINE_CAP (CHAIN_NAME_MAX + 2 * HASH_HEX + 4)

bool chain_name_ok(const char *name)
{
	static const char end[] = ".tar.zst";
	size_t n = strlen(name), e = sizeof(end) - 1;

	if (n <= e || n >= CHAIN_NAME_MAX || strcmp(name + n - e, end) || name[0] == '.')
		return false;
	return strspn(name, "0123456789abcdefghijklmnopqrstuvwxyz.-") == n;
}

struct hash chain_link(const struct hash *previous, const struct hash *file, const char *name)
{
	uint8_t all[2 * HASH_LEN + CHAIN_NAME_MAX];
	size_t n = strnlen(name, CHAIN_NAME_MAX);

	memcpy(all, previous->b, HASH_LEN);
	memcpy(all + HASH_LEN, file->b, HASH_LEN);
	memcpy(all + 2 * HASH_LEN, name, n);
	return hash_of(all, 2 * HASH_LEN + n);
}

int chain_print(const struct chain_item *item, char to[LINE_CAP])
{
	char file[HASH_HEX], link[HASH_HEX];

	return snprintf(to, LINE_CAP, "%s %s %s\n", item->name, hash_hex(&item->file, file),
			hash_hex(&item->link, link));
}

static int parse(char *line, struct chain_item *item)
{
	char *save, *name = strtok_r(line, " ", &save), *file = strtok_r(NULL, " ", &save),
		    *link = strtok_r(NULL, " \n", &save);

	if (!name || !file || !link || strtok_r(NULL, "\n", &save) || !chain_name_ok(name))
		return -1;
	snprintf(item->name, sizeof(item->name), "%s", name);
	return hash_parse(file, &item->file) || hash_parse(link, &item->link) ? -1 : 0;
}

int chain_read(const char *dir, void (*each)(void *arg, const struct chain_item *item), void *arg,
	       struct err *err)
{
	char path[STATE_PATH_MAX], line[LINE_CAP + 2];
	struct hash previous = {{0}}, link;
	struct chain_item item;
	int n = 0, rc = 0;
	FILE *f = fopen(state_path(path, dir, "chain"), "re");

	if (!f)
		return errno == ENOENT ? 0 : err_sys(err, "cannot read %s", path);
	while (!rc && fgets(line, sizeof(line), f)) {
		n++;
		if (!strchr(line, '\n') || parse(line, &item)) {
			rc = err_set(err, "%s:%d: this is no line of evidence", path, n);
			break;
		}
		link = chain_link(&previous, &item.file, item.name);
		if (!hash_eq(&link, &item.link))
			rc = err_set(err, "%s:%d: %s does not follow from the item before it", path,
				     n, item.name);
		else
			each(arg, &item);
		previous = item.link;
	}
	fclose(f);
	return rc;
}

bool chain_moved(const char *dir, const char *name)
{
	char path[STATE_PATH_MAX], line[CHAIN_NAME_MAX + 2];
	FILE *f = fopen(state_path(path, dir, "moved"), "re");
	bool found = false;

	while (f && !found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found = !strcmp(line, name);
	}
	if (f)
		fclose(f);
	return found;
}
