/* SPDX-License-Identifier: Apache-2.0 */
/*
 * checker - the engine's end of the auth role: each question is answered once, in time
 *
 * Requests wait for each other; when too many wait, further ones are refused at once, so that
 * a flood of logins costs a bounded time and never memory.
 */
#ifndef WD_PUBLISHER_CHECKER_H
#define WD_PUBLISHER_CHECKER_H

#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CHECKER_WAITING_MAX 16

struct checker;
struct checker *checker_start(struct event_base *base, const char *state);
void checker_stop(struct checker *c); /* unanswered requests are forgotten; NULL is fine */
pid_t checker_pid(const struct checker *c);

/*
 * busy: too many wait, or the role ended meanwhile: nothing is known, the person tries again.
 * Called exactly once, possibly before the call returns.
 */
typedef void checker_hashed(void *arg, const char *phc, bool busy);
typedef void checker_checked(void *arg, bool right, bool busy);
typedef void checker_step(void *arg, int64_t step, bool busy); /* -1: wrong, or used */

void checker_hash(struct checker *c, const char *password, checker_hashed *done, void *arg);
void checker_check(struct checker *c, const char *password, const char *phc, checker_checked *done,
		   void *arg);
void checker_totp(struct checker *c, const char *code, int64_t last, const uint8_t *secret,
		  size_t n, checker_step *done, void *arg);

#endif
