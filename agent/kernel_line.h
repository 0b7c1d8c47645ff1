/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel_line - requests to the module and its answers, attribute by attribute
 *
 *   kernel_line.c    the socket, one request and its answer at a time
 *   kernel.c         commands: state, roots, filters, devices
 *   kernel_seal.c    commands: the keeper, the seal
 *   kernel_events.c  events, over a socket of their own, so that a burst of them never stands
 *                    before an answer
 *
 * These four alone know the module's header.
 */
#ifndef WD_KERNEL_LINE_H
#define WD_KERNEL_LINE_H

#include <libmnl/libmnl.h>
#include "kernel.h"
#include "webdefender.h"

#define KERNEL_REQUEST_MAX 8192 /* the longest holds one path */
#define KERNEL_ANSWER_MAX 32768 /* an event holds three */

struct kernel {
	struct mnl_socket *nl;
	uint16_t family;
	uint32_t group, seq;
	char answer[KERNEL_ANSWER_MAX];
};

struct attrs {
	const struct nlattr *v[WD_A_MAX + 1];
};

void kernel_attrs(const struct nlmsghdr *h, size_t skip, struct attrs *t);
uint64_t attr_uint(const struct attrs *t, enum wd_attr a); /* 0: not there */
void attr_text(const struct attrs *t, enum wd_attr a, char *to, size_t cap);
/* Exactly n of them, or zeros. */
void attr_bytes(const struct attrs *t, enum wd_attr a, uint8_t *to, size_t n);
void kernel_read_info(void *arg, const struct attrs *t); /* arg: struct kernel_info */

typedef void kernel_answer_fn(void *arg, const struct attrs *t);

/* A request in buf (KERNEL_REQUEST_MAX bytes), to be completed with attributes. */
struct nlmsghdr *kernel_command(struct kernel *k, char *buf, enum wd_cmd cmd, uint16_t flags);
/* Sends it and takes the whole answer; `what` for errors: "the module refused WHAT". */
int kernel_talk(struct kernel *k, struct nlmsghdr *h, const char *what, kernel_answer_fn *each,
		void *arg, struct err *err);

#endif
