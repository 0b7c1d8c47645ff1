// SPDX-License-Identifier: Apache-2.0
/*
 * fentry - BPF programs at the entry of kernel functions, for as long as it is not killed
 *
 * usage: fentry FUNCTION...
 *
 * Each does nothing; what matters is that it sits where the module's hooks sit. The functions
 * are found in the kernel's own type information; libbpf is not needed for so little. A kernel
 * without such information (the debug kernel) runs them at kprobes, which sit on ftrace as well.
 * Prints "attached N"; exits 77 where the kernel has no such thing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *types, *strings;
static size_t types_len;

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int read_types(void)
{
	static char *data;
	struct btf_header *head;
	size_t size = 0, room = 16 << 20;
	ssize_t n;
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY);

	if (fd < 0)
		return -1;
	data = malloc(room);
	while ((n = read(fd, data + size, room - size)) > 0)
		size += n;
	close(fd);
	head = (struct btf_header *)data;
	if (size < sizeof(*head) || head->magic != BTF_MAGIC)
		return -1;
	types = data + head->hdr_len + head->type_off;
	types_len = head->type_len;
	strings = data + head->hdr_len + head->str_off;
	return 0;
}

/* What follows a type, by its kind. */
static size_t rest_of(const struct btf_type *t)
{
	unsigned int n = BTF_INFO_VLEN(t->info);

	switch (BTF_INFO_KIND(t->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return 4;
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return n * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		return n * 12;
	case BTF_KIND_FUNC_PROTO:
		return n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return n * sizeof(struct btf_var_secinfo);
	}
	return 0;
}

static unsigned int find(const char *function)
{
	const char *p = types;
	unsigned int id;

	for (id = 1; p < types + types_len; id++) {
		const struct btf_type *t = (const void *)p;

		if (BTF_INFO_KIND(t->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + t->name_off, function))
			return id;
		p += sizeof(*t) + rest_of(t);
	}
	return 0;
}

/* r0 = 0; exit */
static const struct bpf_insn nothing[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K},
					  {.code = BPF_JMP | BPF_EXIT}};

static int attach_kprobe(const char *function)
{
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_KPROBE,
			       .insn_cnt = 2,
			       .insns = (uintptr_t)nothing,
			       .license = (uintptr_t) "GPL"};
	struct perf_event_attr at = {.size = sizeof(at), .kprobe_func = (uintptr_t)function};
	FILE *type = fopen("/sys/bus/event_source/devices/kprobe/type", "r");
	int probe, program = bpf(BPF_PROG_LOAD, &load);

	if (!type || fscanf(type, "%u", &at.type) != 1 || program < 0)
		return -1;
	fclose(type);
	probe = syscall(SYS_perf_event_open, &at, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (probe < 0 || ioctl(probe, PERF_EVENT_IOC_SET_BPF, program) ||
	    ioctl(probe, PERF_EVENT_IOC_ENABLE, 0))
		return -1;
	return probe;
}

static int attach_fentry(const char *function)
{
	union bpf_attr load = {.prog_type = BPF_PROG_TYPE_TRACING,
			       .insn_cnt = 2,
			       .insns = (uintptr_t)nothing,
			       .license = (uintptr_t) "GPL",
			       .expected_attach_type = BPF_TRACE_FENTRY};
	union bpf_attr link = {0};
	int fd;

	load.attach_btf_id = find(function);
	if (!load.attach_btf_id)
		return -1;
	fd = bpf(BPF_PROG_LOAD, &load);
	if (fd < 0)
		return -1;
	link.raw_tracepoint.prog_fd = fd;
	return bpf(BPF_RAW_TRACEPOINT_OPEN, &link);
}

int main(int argc, char **argv)
{
	int (*attach)(const char *function) = attach_fentry;
	int i, count = 0;

	if (argc < 2)
		return fprintf(stderr, "usage: fentry FUNCTION...\n"), 2;
	if (read_types())
		attach = attach_kprobe;
	for (i = 1; i < argc; i++)
		if (attach(argv[i]) >= 0)
			count++;
		else
			fprintf(stderr, "fentry: %s: %s\n", argv[i], strerror(errno));
	if (!count)
		return 77;
	printf("attached %d\n", count);
	fflush(stdout);
	for (;;)
		pause();
}
