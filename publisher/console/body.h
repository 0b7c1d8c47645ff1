/* SPDX-License-Identifier: Apache-2.0 */
/* body - what a browser sends, before anybody believes it: JSON members, cookies */
#ifndef WD_CONSOLE_BODY_H
#define WD_CONSOLE_BODY_H

#include <jansson.h>
#include <stddef.h>
#include "log.h"

#define BODY_DEPTH_MAX 32
#define COOKIE_NAME "__Host-wd"
#define TOKEN_MAX 65 /* with its NUL */

/*
 * An object's members into args, where the address has put some already: a member of both is
 * refused. No key twice, at most BODY_DEPTH_MAX deep, no NUL in a string.
 */
int body_parse(const void *p, size_t n, json_t *args, struct err *err);
/* The login's token out of a Cookie header; "" if there is none, or two. */
void body_token(const char *cookies, char token[TOKEN_MAX]);

#endif
