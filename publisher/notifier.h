/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notifier - the notify role: speaks to mail servers, webhooks and log servers
 *
 *   engine                                        notify
 *     NOTIFY_SEND {u64 n, blob JSON {channel,  ->
 *                  conf, message}}             <-  NOTIFY_DONE {u64 n, u8 taken, str answer}
 *
 * Unprivileged, in an empty root, no file writable. It keeps nothing: each order brings what it
 * needs, the secret of its channel included, and is forgotten when it is answered.
 */
#ifndef WD_PUBLISHER_NOTIFIER_H
#define WD_PUBLISHER_NOTIFIER_H

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "log.h"

enum notify_msg { NOTIFY_SEND = 0x5001, NOTIFY_DONE = 0x5101 };
#define NOTIFY_ANSWER_MAX 512
#define NOTIFY_ORDERS_MAX 16

int notifier_main(const char *state);

/* ---- one order, for the channels ---- */

struct order {
	uint64_t n;
	CURL *easy;
	struct curl_slist *headers, *recipients, *resolve;
	char *body; /* what is sent */
	size_t len, at;
	char problem[CURL_ERROR_SIZE];
	char heard[CURL_ERROR_SIZE]; /* a mail server's last no, in its words */
	char host[256], port[12];    /* where to */
	json_t *conf, *message;
	/* Syslog over a stream: what to do once connected, false: why not is in problem. */
	bool (*connected)(struct order *o);
	bool datagram; /* no connection: `connected` does it all */
};

/* Each sets up o->easy (or datagram), host and port; -1 and err. */
int mail_prepare(struct order *o, struct err *err);
int webhook_prepare(struct order *o, struct err *err);
int syslog_prepare(struct order *o, struct err *err);
/* The signature of a body, lower-case hex of HMAC-SHA-256 over "TIME.BODY", into to[65]. */
void webhook_sign(const char *key, const char *when, const char *body, size_t len, char to[65]);

/* Texts of a message; the caller frees. */
char *text_mail(const json_t *conf, const json_t *message, uint64_t n, size_t *len);
char *text_webhook(const json_t *message, uint64_t n);
char *text_syslog(const json_t *message, const char *hostname, uint64_t n);
char *text_short(const json_t *message, size_t max); /* for an SMS */

const char *order_text(const json_t *j, const char *key); /* "" */

#endif
