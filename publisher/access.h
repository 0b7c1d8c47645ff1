/* SPDX-License-Identifier: Apache-2.0 */
/*
 * access - the web console's calls: which command each is, and who may (doc/openapi.yaml)
 *
 * One row a call. The console role uses it to recognise what is asked, the engine to decide
 * whether it may be done: both read the same table, only the engine's reading counts.
 */
#ifndef WD_PUBLISHER_ACCESS_H
#define WD_PUBLISHER_ACCESS_H

#include <jansson.h>
#include <stdbool.h>
#include "log.h"

enum route_flags {
	ROUTE_PUBLIC = 1, /* also for those who are not logged in, or half */
	ROUTE_PROOF = 2,  /* password and code within the last five minutes */
	ROUTE_ROWS = 4,	  /* answers {"rows": [...], ...} */
	ROUTE_JOB = 8,	  /* answers {"job": ID} at once; the stream tells the rest */
	ROUTE_STREAM = 16,
	ROUTE_FILE = 32,    /* answers with a file */
	ROUTE_OWN = 64,	    /* is told who asks: args get "self" */
	ROUTE_NEWEST = 128, /* rows come oldest first and are turned round */
};

struct route {
	const char *method, *path; /* {name} in the path becomes a member of the request */
	const char *cmd;	   /* of the control protocol */
	int roles;		   /* enum user_role; 0 with ROUTE_PUBLIC */
	int flags;
};

extern const struct route routes[];
extern const unsigned routes_n;

#define ACCESS_PATH_MAX 8192 /* of a request's target, as it comes */
#define ACCESS_ARG_MAX 4096  /* of one value, decoded */

/*
 * The route of a target "/api/v1/...?query", and its members into args (an object).
 * -1: there is none of that path (*allowed = NULL), or not with this method (*allowed names
 * those there are); -2: the target is malformed, err says how.
 */
int access_find(const char *method, const char *target, json_t *args, char allowed[64],
		struct err *err);

#endif
