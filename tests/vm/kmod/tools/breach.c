// SPDX-License-Identifier: Apache-2.0
/*
 * breach - ways from root into the kernel, each tried once
 *
 * usage: breach kexec-load | kexec-file FILE | init-module FILE | bpf TYPE | ioperm | open-rw PATH
 *
 * Exit status 0: it was let; 1: refused, the error is named on stderr.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int said(const char *call, long result)
{
	if (result >= 0)
		return 0;
	fprintf(stderr, "breach: %s: %s\n", call, strerror(errno));
	return 1;
}

/* No segments: it unloads the image there may be, but is asked like any other. */
static int kexec_load(const char *arg)
{
	(void)arg;
	return said("kexec_load", syscall(SYS_kexec_load, 0, 0, NULL, 0));
}

static int kexec_file(const char *path)
{
	int fd = open(path, O_RDONLY);

	return said("kexec_file_load", syscall(SYS_kexec_file_load, fd, -1, 1, "", 4UL));
}

static int init_module(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *p;

	if (fd < 0 || fstat(fd, &st))
		return said(path, -1);
	p = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	return said("init_module", syscall(SYS_init_module, p, st.st_size, ""));
}

/* A program that returns 0. */
static int bpf(const char *type)
{
	static const struct bpf_insn program[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	union bpf_attr attr = {
		.prog_type = strtoul(type, NULL, 10),
		.insns = (uintptr_t)program,
		.insn_cnt = 2,
		.license = (uintptr_t) "GPL",
	};

	return said("bpf", syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int ports(const char *arg)
{
	(void)arg;
	return said("ioperm", ioperm(0x80, 1, 1));
}

static int open_rw(const char *path)
{
	return said(path, open(path, O_RDWR));
}

static const struct {
	const char *name;
	int args;
	int (*run)(const char *arg);
} verbs[] = {
	{"kexec-load", 0, kexec_load},	 {"kexec-file", 1, kexec_file},
	{"init-module", 1, init_module}, {"bpf", 1, bpf},
	{"ioperm", 0, ports},		 {"open-rw", 1, open_rw},
};

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(*verbs); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc == verbs[i].args + 2)
			return verbs[i].run(argv[2]);
	fprintf(stderr, "usage: see the head of breach.c\n");
	return 2;
}
