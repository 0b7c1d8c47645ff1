/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * eval.h - the facts of one attempt, and what is to be done about it
 *
 * A hook gathers the facts; the evaluator knows nothing but them.
 */
#ifndef WD_EVAL_H
#define WD_EVAL_H

#include "filter.h"
#include "limits.h"
#include "place.h"

struct wd_ctx {
	enum wd_op op;
	bool op_on;		  /* the switch of this operation */
	bool agent;		  /* asked for by the agent */
	struct wd_place at;	  /* what it aims at; without a root: the module itself */
	struct wd_place to;	  /* the other end of a rename or link, else without a root */
	u8 at_aim, to_aim;	  /* enum wd_aim */
	umode_t at_type, to_type; /* of what would bear the name afterwards, 0: nothing */
	bool two_ends;		  /* there is another end, guarded or not */
	/* Writes DETAIL from arg; NULL: none. Called only if there is an event. */
	int (*detail)(const struct wd_ctx *ctx, char *buf, size_t size);
	unsigned long arg[2];
};

enum wd_answer {
	WD_ALLOW,
	WD_REPORT,
	WD_DENY,
};

enum wd_answer wd_eval(const struct wd_ctx *ctx);

/* The end whose root decides: the stricter one. */
const struct wd_place *wd_ctx_decisive(const struct wd_ctx *ctx);

#endif /* WD_EVAL_H */
