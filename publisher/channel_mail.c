// SPDX-License-Identifier: Apache-2.0
/* Mail: SMTP with STARTTLS or within TLS, the certificate checked, AUTH if there is a user. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "notifier.h"

static size_t give(char *to, size_t size, size_t n, void *arg)
{
	struct order *o = arg;
	size_t len = o->len - o->at < size * n ? o->len - o->at : size * n;

	memcpy(to, o->body + o->at, len);
	o->at += len;
	return len;
}

/* The server's words are worth telling: of a recipient who is refused, though the rest went out. */
static size_t hear(char *line, size_t size, size_t n, void *arg)
{
	struct order *o = arg;
	size_t len = size * n;

	if (len > 3 && (*line == '4' || *line == '5'))
		snprintf(o->heard, sizeof(o->heard), "%.*s", (int)strcspn(line, "\r\n"), line);
	return len;
}

static int recipients(struct order *o, struct err *err)
{
	size_t i;
	json_t *x;
	char text[NOTIFY_ANSWER_MAX];

	json_array_foreach (json_object_get(o->conf, "to"), i, x) {
		struct curl_slist *more;

		snprintf(text, sizeof(text), "<%s>", json_string_value(x));
		more = curl_slist_append(o->recipients, text);
		if (!more)
			return err_set(err, "out of memory");
		o->recipients = more;
	}
	return o->recipients ? 0 : err_set(err, "mail.to: there is no recipient");
}

int mail_prepare(struct order *o, struct err *err)
{
	const char *security = order_text(o->conf, "security"),
		   *server = order_text(o->conf, "server");
	const char *user = order_text(o->conf, "user");
	int port = json_integer_value(json_object_get(o->conf, "port"));
	char url[400], from[300];

	if (!*server || port < 1 || recipients(o, err))
		return *err->text ? -1 : err_set(err, "mail.server: not set");
	snprintf(o->host, sizeof(o->host), "%s", server);
	snprintf(o->port, sizeof(o->port), "%d", port);
	snprintf(url, sizeof(url), strchr(server, ':') ? "%s://[%s]:%d" : "%s://%s:%d",
		 strcmp(security, "tls") ? "smtp" : "smtps", server, port);
	snprintf(from, sizeof(from), "<%s>", order_text(o->conf, "from"));
	o->body = text_mail(o->conf, o->message, o->n, &o->len);
	if (!o->body)
		return err_set(err, "out of memory");
	curl_easy_setopt(o->easy, CURLOPT_URL, url);
	curl_easy_setopt(o->easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	if (strcmp(security, "none")) /* all or nothing: a stripped STARTTLS is an error */
		curl_easy_setopt(o->easy, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	if (*user) {
		curl_easy_setopt(o->easy, CURLOPT_USERNAME, user);
		curl_easy_setopt(o->easy, CURLOPT_PASSWORD, order_text(o->conf, "password"));
	}
	curl_easy_setopt(o->easy, CURLOPT_MAIL_FROM, from);
	curl_easy_setopt(o->easy, CURLOPT_MAIL_RCPT, o->recipients);
	curl_easy_setopt(o->easy, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
	curl_easy_setopt(o->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(o->easy, CURLOPT_READFUNCTION, give);
	curl_easy_setopt(o->easy, CURLOPT_READDATA, o);
	curl_easy_setopt(o->easy, CURLOPT_HEADERFUNCTION, hear);
	curl_easy_setopt(o->easy, CURLOPT_HEADERDATA, o);
	return 0;
}
