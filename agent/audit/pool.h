/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pool - memory that lives as long as one look at a server
 *
 * Everything an audit reads and says is freed at once, with the pool. Running out of
 * memory ends the program with a message: a half-made audit is worth nothing.
 */
#ifndef WD_AUDIT_POOL_H
#define WD_AUDIT_POOL_H

#include <stdarg.h>
#include <stddef.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *p);		       /* NULL is fine */
void *pool_alloc(struct pool *p, size_t n);    /* zeroed */
char *pool_str(struct pool *p, const char *s); /* NULL gives NULL */
char *pool_strn(struct pool *p, const char *s, size_t n);
char *pool_printf(struct pool *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *pool_vprintf(struct pool *p, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
/* fn(arg) when the pool goes; last registered runs first. */
void pool_on_free(struct pool *p, void (*fn)(void *arg), void *arg);

/* Pointers in a row, kept in a pool. Starts as zeros. */
struct list {
	void **v;
	size_t n, cap;
};
void list_add(struct pool *p, struct list *l, void *item);

#endif
