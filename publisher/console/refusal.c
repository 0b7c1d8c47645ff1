// SPDX-License-Identifier: Apache-2.0
/*
 * refusal - what evhttp says by itself: 400 to what is no HTTP, 413, 417, 501 ...
 *
 * evhttp 2.1 makes a page of its own for these and has no hook for it (evhttp_set_errorcb()
 * comes with 2.2). The page lacks what every answer of ours carries. All of them go through
 * evhttp_send_error(), which the library calls by its public name: this one comes first, as
 * the dynamic linker has it for any program. tests/e2e/console sees if that ever changes.
 */
#include <event2/http.h>
#include <event2/http_struct.h>

#include "console/conns.h"
#include "console/reply.h"

static const char *reason_of(int status)
{
	switch (status) {
	case 404:
		return "not-found";
	case 413:
		return "too-large";
	case 501:
		return "method";
	}
	return "bad-request";
}

void evhttp_send_error(struct evhttp_request *req, int status, const char *why)
{
	if (!req->major) { /* it never said which it speaks */
		req->major = 1;
		req->minor = 1;
	}
	conns_refused(evhttp_request_get_connection(req));
	reply_error(req, status, reason_of(status), why);
}
