// SPDX-License-Identifier: GPL-2.0-only
/* eval.c - what is to be done about one attempt */
#include "eval.h"

const struct wd_place *wd_ctx_decisive(const struct wd_ctx *ctx)
{
	return ctx->to.root && ctx->to.mode > ctx->at.mode ? &ctx->to : &ctx->at;
}

enum wd_answer wd_eval(const struct wd_ctx *ctx)
{
	if (ctx->agent || !ctx->op_on)
		return WD_ALLOW;
	switch (wd_ctx_decisive(ctx)->mode) {
	case WD_MODE_ENFORCE:
		return WD_DENY;
	case WD_MODE_AUDIT:
		return WD_REPORT;
	default:
		return WD_ALLOW;
	}
}
