// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <stdlib.h>
#include <string.h>

#include "console/conns.h"
#include "console/reply.h"

#define CSP                                                                                        \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "    \
	"'self'; font-src 'self'; manifest-src 'self'; form-action 'none'; frame-ancestors "       \
	"'none'; base-uri 'none'"

void reply_headers(struct evhttp_request *req, const char *type, bool api)
{
	static const char *const fixed[][2] = {
		{"Strict-Transport-Security", "max-age=31536000"},
		{"X-Content-Type-Options", "nosniff"},
		{"X-Frame-Options", "DENY"},
		{"Content-Security-Policy", CSP},
		{"Referrer-Policy", "no-referrer"},
		{"Cross-Origin-Opener-Policy", "same-origin"},
		{"Cross-Origin-Resource-Policy", "same-origin"},
	};
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		evhttp_add_header(h, fixed[i][0], fixed[i][1]);
	if (type)
		evhttp_add_header(h, "Content-Type", type);
	evhttp_add_header(h, "Cache-Control", api ? "no-store" : "no-cache");
}

void reply_send(struct evhttp_request *req, int status, struct evbuffer *body)
{
	struct evhttp_connection *evcon = evhttp_request_get_connection(req);

	evhttp_connection_set_closecb(evcon, NULL, NULL);
	conns_idle(evcon);
	evhttp_send_reply(req, status, NULL, body);
}

static const struct {
	const char *reason;
	int status;
} statuses[] = {
	{"bad-request", 400}, {"login", 401},	  {"throttled", 429}, {"reauth", 403},
	{"csrf", 403},	      {"forbidden", 403}, {"not-found", 404}, {"method", 405},
	{"conflict", 409},    {"gone", 410},	  {"type", 415},      {"internal", 500},
	{"unavailable", 503},
};

int reply_status(const char *reason)
{
	for (size_t i = 0; reason && i < sizeof(statuses) / sizeof(*statuses); i++)
		if (!strcmp(statuses[i].reason, reason))
			return statuses[i].status;
	return 400;
}

void reply_text(struct evhttp_request *req, int status, const char *text, size_t n)
{
	struct evbuffer *body = evbuffer_new();

	if (body)
		evbuffer_add(body, text, n);
	reply_headers(req, "application/json", true);
	reply_send(req, status, body);
	if (body)
		evbuffer_free(body);
}

void reply_json(struct evhttp_request *req, int status, json_t *j)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENCODE_ANY);

	reply_text(req, text ? status : 500, text ? text : "{}", text ? strlen(text) : 2);
	free(text);
}

void reply_refuse(struct evhttp_request *req, const char *reason, const char *error)
{
	json_t *j = json_pack("{s:s, s:s}", "error", error, "reason", reason);

	reply_json(req, reply_status(reason), j);
	json_decref(j);
}

void reply_error(struct evhttp_request *req, int status, const char *reason, const char *error)
{
	json_t *j = json_pack("{s:s, s:s}", "error", error ? error : "this is not answered",
			      "reason", reason);
	struct evkeyvalq *h = evhttp_request_get_output_headers(req);

	evhttp_clear_headers(h);
	/* Where the next request begins, nobody can tell. */
	evhttp_add_header(h, "Connection", "close");
	reply_json(req, status, j);
	json_decref(j);
}
