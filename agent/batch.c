// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "batch.h"
#include "step.h"
#include "tree.h"

#define FILES_MAX 512
#define BYTES_MAX (64u << 20)

struct staged {
	int dirfd;
	char temp[REPAIR_TEMP];
	char name[TREE_NAME_MAX + 1];
};

struct batch {
	struct staged v[FILES_MAX];
	int n;
	uint64_t bytes;
};

struct batch *batch_new(void)
{
	return calloc(1, sizeof(struct batch));
}

static void empty(struct batch *b)
{
	for (int i = 0; i < b->n; i++)
		close(b->v[i].dirfd);
	b->n = 0;
	b->bytes = 0;
}

void batch_free(struct batch *b)
{
	if (!b)
		return;
	for (int i = 0; i < b->n; i++)
		unlinkat(b->v[i].dirfd, b->v[i].temp, 0);
	empty(b);
	free(b);
}

int batch_add(struct batch *b, int dirfd, const char *temp, const char *name, uint64_t size,
	      struct err *err)
{
	struct staged *s = &b->v[b->n];

	s->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 0);
	if (s->dirfd < 0) {
		unlinkat(dirfd, temp, 0);
		return err_sys(err, "cannot hold the directory of %.200s", name);
	}
	snprintf(s->temp, sizeof(s->temp), "%s", temp);
	snprintf(s->name, sizeof(s->name), "%s", name);
	b->n++;
	b->bytes += size;
	step("staged");
	return b->n == FILES_MAX || b->bytes >= BYTES_MAX ? batch_flush(b, err) : 0;
}

int batch_flush(struct batch *b, struct err *err)
{
	int rc = 0;

	if (!b->n)
		return 0;
	if (syncfs(b->v[0].dirfd)) {
		rc = err_sys(err, "cannot flush %d new files", b->n);
		for (int i = 0; i < b->n; i++)
			unlinkat(b->v[i].dirfd, b->v[i].temp, 0);
	}
	step("synced");
	for (int i = 0; i < b->n && !rc; i++) {
		rc = repair_switch(b->v[i].dirfd, b->v[i].temp, b->v[i].name, err);
		for (int j = i + 1; rc && j < b->n; j++)
			unlinkat(b->v[j].dirfd, b->v[j].temp, 0);
		step("renamed");
	}
	empty(b);
	return rc;
}
