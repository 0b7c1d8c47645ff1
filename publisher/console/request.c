// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>

#include <stdio.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/keyvalq_struct.h>

#include "console/answer.h"
#include "console/assets.h"
#include "console/body.h"
#include "console/conns.h"
#include "console/reply.h"
#include "console/request.h"

static const char *header(struct evhttp_request *req, const char *name)
{
	const char *value = evhttp_find_header(evhttp_request_get_input_headers(req), name);

	return value ? value : "";
}

static const char *method_of(struct evhttp_request *req)
{
	switch (evhttp_request_get_command(req)) {
	case EVHTTP_REQ_GET:
	case EVHTTP_REQ_HEAD:
		return "GET";
	case EVHTTP_REQ_POST:
		return "POST";
	case EVHTTP_REQ_PUT:
		return "PUT";
	case EVHTTP_REQ_PATCH:
		return "PATCH";
	case EVHTTP_REQ_DELETE:
		return "DELETE";
	default:
		return "";
	}
}

/* ---- pages ---- */

static void send_asset(struct evhttp_request *req, const struct asset *a)
{
	struct evkeyvalq *out = evhttp_request_get_output_headers(req);
	bool gzip = a->gzip_n && strstr(header(req, "Accept-Encoding"), "gzip");
	struct evbuffer *body = evbuffer_new();

	reply_headers(req, a->type, false);
	evhttp_add_header(out, "ETag", a->etag);
	evhttp_add_header(out, "Vary", "Accept-Encoding");
	if (strstr(header(req, "If-None-Match"), a->etag)) {
		reply_send(req, 304, NULL);
	} else {
		if (gzip)
			evhttp_add_header(out, "Content-Encoding", "gzip");
		/* The assets outlive every connection. */
		evbuffer_add_reference(body, gzip ? a->gzip : a->plain,
				       gzip ? a->gzip_n : a->plain_n, NULL, NULL);
		reply_send(req, 200, body);
	}
	evbuffer_free(body);
}

static void serve_page(struct console *c, struct evhttp_request *req, const char *target)
{
	const struct asset *a = assets_find(c->assets, target, strcspn(target, "?#"));

	if (strcmp(method_of(req), "GET"))
		reply_refuse(req, "method", "pages are only read");
	else if (a)
		send_asset(req, a);
	else
		reply_refuse(req, "not-found", "there is no such page");
}

/* ---- calls ---- */

/*
 * A page of another site cannot set X-CSRF-Token, and gets no cookie along (SameSite); this
 * is the third fence. Programs that are no browser send neither header.
 */
static bool foreign(struct evhttp_request *req)
{
	const char *site = header(req, "Sec-Fetch-Site"), *origin = header(req, "Origin");
	char own[300];

	if (*site && strcmp(site, "same-origin") && strcmp(site, "none"))
		return true;
	snprintf(own, sizeof(own), "https://%s", header(req, "Host"));
	return *origin && strcmp(origin, own);
}

static unsigned headers_named(struct evhttp_request *req, const char *name)
{
	const struct evkeyvalq *in = evhttp_request_get_input_headers(req);
	const struct evkeyval *h;
	unsigned n = 0;

	TAILQ_FOREACH (h, in, next)
		n += !strcasecmp(h->key, name);
	return n;
}

/* What two parties on the way could read in two ways. evhttp refuses some of it by itself. */
static bool ambiguous(struct evhttp_request *req)
{
	return headers_named(req, "Content-Length") > 1 ||
	       headers_named(req, "Transfer-Encoding") > 1 ||
	       (headers_named(req, "Content-Length") && headers_named(req, "Transfer-Encoding")) ||
	       headers_named(req, "Host") > 1 || headers_named(req, "Cookie") > 1;
}

static int take_body(struct evhttp_request *req, json_t *args, struct err *err, const char **reason)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(req);
	size_t n = evbuffer_get_length(in);

	*reason = "bad-request";
	if (!n)
		return 0;
	if (!strcmp(method_of(req), "GET"))
		return err_set(err, "this call takes no body");
	if (strncmp(header(req, "Content-Type"), "application/json", 16)) {
		*reason = "type";
		return err_set(err, "send application/json");
	}
	return body_parse(evbuffer_pullup(in, n), n, args, err);
}

static void serve_call(struct console *c, struct evhttp_request *req, const char *target)
{
	char allowed[64], token[TOKEN_MAX];
	json_t *args = json_object();
	const char *reason;
	struct err err = {"there is no such call"};
	int route = access_find(method_of(req), target, args, allowed, &err);

	if (route < 0) {
		if (*allowed)
			evhttp_add_header(evhttp_request_get_output_headers(req), "Allow", allowed);
		reply_refuse(req,
			     route == -2 ? "bad-request"
			     : *allowed	 ? "method"
					 : "not-found",
			     err.text);
	} else if (strcmp(method_of(req), "GET") && foreign(req)) {
		reply_refuse(req, "csrf", "this call came from another site's page");
	} else if (take_body(req, args, &err, &reason)) {
		reply_refuse(req, reason, err.text);
	} else {
		body_token(header(req, "Cookie"), token);
		answer_begin(c, req, route, args, token);
		explicit_bzero(token, sizeof(token));
	}
	json_decref(args);
}

void request_serve(struct evhttp_request *req, void *arg)
{
	const char *target = evhttp_request_get_uri(req);

	conns_busy(evhttp_request_get_connection(req));
	if (ambiguous(req)) {
		evhttp_add_header(evhttp_request_get_output_headers(req), "Connection", "close");
		reply_refuse(req, "bad-request", "a header is given twice that must be clear");
	} else if (strlen(target) >= ACCESS_PATH_MAX || *target != '/') {
		reply_refuse(req, "bad-request", "malformed address");
	} else if (!strncmp(target, "/api/", 5)) {
		serve_call(arg, req, target);
	} else {
		serve_page(arg, req, target);
	}
}
