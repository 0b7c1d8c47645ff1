// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "role.h"
#include "roles.h"
#include "signer.h"

struct request {
	uint32_t id;
	uint16_t type;
	struct buf payload; /* kept until answered: sent again to a restarted role */
	signer_signed *on_signed;
	signer_issued *on_issued;
	signer_answered *on_answered;
	uint16_t answer; /* type, of what on_answered waits for */
	void *arg;
	struct request *next;
};

struct signer {
	struct role *role;
	struct request *first, **last;
	uint32_t last_id;
};

static void finish(struct request *q, const uint8_t *sig, const char *pem, const char *err)
{
	if (q->on_answered)
		q->on_answered(q->arg, NULL, err);
	else if (q->on_signed)
		q->on_signed(q->arg, sig, err);
	else
		q->on_issued(q->arg, pem, err);
	buf_free(&q->payload);
	free(q);
}

static struct request *take(struct signer *s, uint32_t id)
{
	for (struct request **at = &s->first; *at; at = &(*at)->next) {
		struct request *q = *at;

		if (q->id != id)
			continue;
		*at = q->next;
		if (s->last == &q->next)
			s->last = at;
		return q;
	}
	return NULL;
}

static void send_request(struct signer *s, const struct request *q)
{
	struct chan *c = role_chan(s->role);

	if (c)
		chan_send(c, q->type, q->payload.data, q->payload.len);
}

static void on_up(void *arg, struct chan *c)
{
	struct signer *s = arg;

	for (struct request *q = s->first; q; q = q->next)
		chan_send(c, q->type, q->payload.data, q->payload.len);
}

/* The answer to signer_ask(): what it means is for the asker to read. */
static void finish_asked(struct request *q, uint16_t type, struct rd *r)
{
	char why[PROTO_TEXT_MAX] = "";

	if (type == KEYS_REFUSED)
		rd_str(r, why, sizeof(why));
	if (type == q->answer) {
		q->on_answered(q->arg, r, NULL);
		q->on_answered = NULL;
		buf_free(&q->payload);
		free(q);
	} else {
		finish(q, NULL, NULL,
		       type == KEYS_REFUSED && rd_end(r) ? why
							 : "the keys role gave a malformed answer");
	}
}

static void on_message(void *arg, uint16_t type, const void *p, size_t n)
{
	struct signer *s = arg;
	struct rd r = rd_over(p, n);
	struct request *q = take(s, rd_u32(&r));
	char text[PROTO_PEM_MAX] = "";
	uint8_t sig[SIGN_SIG_LEN] = {0};

	if (q && q->on_answered) {
		finish_asked(q, type, &r);
		return;
	}
	if (type == KEYS_SIGNED)
		rd_copy(&r, sig, sizeof(sig));
	else
		rd_str(&r, text, sizeof(text));
	if (!q)
		return; /* answered before the role was restarted */
	if (type == KEYS_REFUSED && rd_end(&r))
		finish(q, NULL, NULL, text);
	else if (type == (q->on_signed ? KEYS_SIGNED : KEYS_ISSUED) && rd_end(&r))
		finish(q, sig, text, NULL);
	else
		finish(q, NULL, NULL, "the keys role gave a malformed answer");
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	log_warn("the keys role is down (%s); it is started again, requests wait", why);
}

struct signer *signer_start(struct event_base *base, const char *state)
{
	static const struct role_ops ops = {.up = on_up, .message = on_message, .down = on_down};
	char option[] = "--state";
	char *argv[] = {option, (char *)state, NULL};
	struct signer *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->last = &s->first;
	s->role = role_start(base, "keys", argv, &ops, s);
	if (!s->role) {
		free(s);
		return NULL;
	}
	return s;
}

void signer_stop(struct signer *s)
{
	if (!s)
		return;
	role_stop(s->role);
	for (struct request *q = s->first, *next; q; q = next) {
		next = q->next;
		buf_free(&q->payload);
		free(q);
	}
	free(s);
}

static struct request *new_request(struct signer *s, uint16_t type, void *arg)
{
	struct request *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->id = ++s->last_id;
	q->type = type;
	q->arg = arg;
	buf_init(&q->payload, CHAN_PAYLOAD_MAX);
	buf_put_u32(&q->payload, q->id);
	return q;
}

static void submit(struct signer *s, struct request *q)
{
	if (!buf_ok(&q->payload)) {
		finish(q, NULL, NULL, "out of memory");
		return;
	}
	*s->last = q;
	s->last = &q->next;
	send_request(s, q);
}

void signer_sign(struct signer *s, const struct release *r, signer_signed *done, void *arg)
{
	struct request *q = new_request(s, KEYS_SIGN_RELEASE, arg);
	struct buf bytes;
	struct err err;

	if (!q) {
		done(arg, NULL, "out of memory");
		return;
	}
	q->on_signed = done;
	buf_init(&bytes, RELEASE_BYTES_MAX);
	if (release_encode(r, &bytes, &err)) {
		finish(q, NULL, NULL, err.text);
	} else {
		buf_put_blob(&q->payload, bytes.data, bytes.len);
		submit(s, q);
	}
	buf_free(&bytes);
}

void signer_order(struct signer *s, const void *order, size_t n, signer_signed *done, void *arg)
{
	struct request *q = new_request(s, KEYS_SIGN_ORDER, arg);

	if (!q) {
		done(arg, NULL, "out of memory");
		return;
	}
	q->on_signed = done;
	buf_put_blob(&q->payload, order, n);
	submit(s, q);
}

void signer_issue(struct signer *s, const char *uri, const char *csr, int days, signer_issued *done,
		  void *arg)
{
	struct request *q = new_request(s, KEYS_ISSUE_CERT, arg);

	if (!q) {
		done(arg, NULL, "out of memory");
		return;
	}
	q->on_issued = done;
	buf_put_u32(&q->payload, days);
	buf_put_str(&q->payload, uri);
	buf_put_str(&q->payload, csr);
	submit(s, q);
}

void signer_ask(struct signer *s, uint16_t type, uint16_t answer, const struct buf *payload,
		signer_answered *done, void *arg)
{
	struct request *q = new_request(s, type, arg);

	if (!q) {
		done(arg, NULL, "out of memory");
		return;
	}
	q->on_answered = done;
	q->answer = answer;
	buf_put(&q->payload, payload->data, payload->len);
	submit(s, q);
}

void signer_issue_console(struct signer *s, const char *names, const char *csr, signer_issued *done,
			  void *arg)
{
	struct request *q = new_request(s, KEYS_ISSUE_CONSOLE, arg);

	if (!q) {
		done(arg, NULL, "out of memory");
		return;
	}
	q->on_issued = done;
	buf_put_str(&q->payload, names);
	buf_put_str(&q->payload, csr);
	submit(s, q);
}

pid_t signer_pid(const struct signer *s)
{
	return role_pid(s->role);
}
