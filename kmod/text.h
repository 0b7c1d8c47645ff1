/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - a text that grows towards its front, as a path does on the way up */
#ifndef WD_TEXT_H
#define WD_TEXT_H

#include <linux/types.h>

struct wd_place;
struct wd_root;

struct wd_text {
	char *buf;
	char *start; /* buf <= start; the NUL is the buffer's last byte */
	bool cut;    /* there was more in front */
};

void wd_text_init(struct wd_text *text, char *buf, size_t size);
void wd_text_prepend(struct wd_text *text, const char *s, size_t len);

/*
 * Prepends the absolute path of place as root's owner sees it. Under
 * rcu_read_lock(), any context; a concurrent rename can garble the result but
 * nothing else.
 */
void wd_text_place(struct wd_text *text, const struct wd_place *place, const struct wd_root *root);

/* Prepends the path of place->via. */
void wd_text_via(struct wd_text *text, const struct wd_place *place);

#endif /* WD_TEXT_H */
