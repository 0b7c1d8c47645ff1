// SPDX-License-Identifier: Apache-2.0
/*
 * attack - every way to change a tree that we know of, tried on webdefender.ko
 *
 * usage: attack [--json] [--fs TYPE] [--list] [ID...]       an ID may end in *
 *
 * Prints for each vector "ok ID - what: unprotected changes, audit reported, enforce
 * denied", "not ok ID - why" or "skip ID - why", and closes with the counts. Without a
 * module, or with one that has a root, it exits 2.
 */
#include <stdio.h>
#include <string.h>
#include <stdlib.h>

#include "attack.h"

static const struct vector *const tables[] = {
	content_vectors, name_vectors,	attribute_vectors, alias_vectors,  older_vectors,
	ring_vectors,	 mount_vectors, device_vectors,	   nobody_vectors, kernel_vectors,
	fs_vectors,	 link_vectors,	inner_vectors,	   raw_vectors,	   service_vectors,
	layer_vectors,	 served_vectors, stack_vectors,	   proxy_vectors,
};

static unsigned int fs_bit(const char *fs)
{
	static const char *const names[] = {"ext4", "xfs", "btrfs", "tmpfs", "overlay"};
	unsigned int i;

	for (i = 0; i < 5; i++)
		if (!strcmp(fs, names[i]))
			return 1u << i;
	fprintf(stderr, "attack: --fs %s: it is one of ext4, xfs, btrfs, tmpfs, overlay\n", fs);
	exit(2);
}

static bool wanted(const char *id, char **patterns)
{
	if (!*patterns)
		return true;
	for (; *patterns; patterns++) {
		size_t len = strlen(*patterns);

		if (len && (*patterns)[len - 1] == '*' ? !strncmp(id, *patterns, len - 1)
						       : !strcmp(id, *patterns))
			return true;
	}
	return false;
}

static void print_text(const struct vector *v, const struct outcome *o)
{
	if (o->result == OK)
		printf("ok %s - %s: unprotected %s, audit %s, enforce %s\n", v->id, v->what,
		       o->verdict[0], o->verdict[1], o->verdict[2]);
	else
		printf("%s %s - %s: %s\n", o->result == NOT_OK ? "not ok" : "skip", v->id, v->what,
		       o->problem);
}

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			printf("\\u%04x", *s);
		else
			putchar(*s);
	putchar('"');
}

static void print_json(const struct vector *v, const struct outcome *o)
{
	static const char *const words[] = {"ok", "not ok", "skip"};

	printf("{\"id\":\"%s\",\"what\":", v->id);
	print_string(v->what);
	printf(",\"result\":\"%s\",\"unprotected\":\"%s\",\"audit\":\"%s\",\"enforce\":\"%s\",\"why\":",
	       words[o->result], o->verdict[0], o->verdict[1], o->verdict[2]);
	print_string(o->problem);
	puts("}");
}

static unsigned int counts[3];

static void run_table(const struct vector *v, unsigned int fs, bool json, char **patterns)
{
	struct outcome out;

	for (; v->id; v++) {
		if (!wanted(v->id, patterns) || (v->only && !(v->only & fs)))
			continue;
		trial(v, &out);
		counts[out.result]++;
		json ? print_json(v, &out) : print_text(v, &out);
		fflush(stdout);
	}
}

static void list_all(void)
{
	const struct vector *v;
	size_t i;

	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		for (v = tables[i]; v->id; v++)
			printf("%-28s %s\n", v->id, v->what);
}

int main(int argc, char **argv)
{
	const char *fs = "ext4";
	bool json = false;
	size_t i;

	for (argv++; *argv && !strncmp(*argv, "--", 2); argv++) {
		if (!strcmp(*argv, "--json"))
			json = true;
		else if (!strcmp(*argv, "--list"))
			return list_all(), 0;
		else if (!strcmp(*argv, "--fs") && argv[1])
			fs = *++argv;
		else
			return fprintf(stderr, "attack: what is '%s'?\n", *argv), 2;
	}
	(void)argc;
	fs_bit(fs);
	world_init(fs);
	guard_open();
	world_clean();
	for (i = 0; i < sizeof(tables) / sizeof(*tables); i++)
		run_table(tables[i], fs_bit(fs), json, argv);
	if (!json)
		printf("%u passed, %u failed, %u skipped\n", counts[OK], counts[NOT_OK],
		       counts[SKIPPED]);
	return counts[NOT_OK] || !counts[OK];
}
