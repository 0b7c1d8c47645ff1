// SPDX-License-Identifier: Apache-2.0
/*
 * Webhook: POST of JSON over HTTPS. The receiver checks
 *   X-WebDefender-Signature: sha256=HEX of HMAC-SHA-256 (key, TIME "." BODY)
 * with TIME from X-WebDefender-Time (seconds since 1970; refuse what is older than five
 * minutes), and may drop an X-WebDefender-Delivery that it has seen.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "notifier.h"

void webhook_sign(const char *key, const char *when, const char *body, size_t len, char to[65])
{
	size_t n = strlen(when);
	unsigned char *all = malloc(n + 1 + len), mac[32] = {0};
	unsigned int mac_len = 0;

	if (all) {
		memcpy(all, when, n);
		all[n] = '.';
		memcpy(all + n + 1, body, len);
		HMAC(EVP_sha256(), key, strlen(key), all, n + 1 + len, mac, &mac_len);
	}
	for (int i = 0; i < 32; i++)
		snprintf(to + 2 * i, 3, "%02x", mac[i]);
	free(all);
}

static size_t ignore(char *p, size_t size, size_t n, void *arg)
{
	(void)p;
	(void)arg;
	return size * n;
}

static int header(struct order *o, const char *name, const char *value)
{
	char line[256];
	struct curl_slist *more;

	snprintf(line, sizeof(line), "%s%s%s", name, *value ? " " : "", value);
	more = curl_slist_append(o->headers, line);
	if (more)
		o->headers = more;
	return more ? 0 : -1;
}

/* Host and port out of the URL, so that the name is looked up by us. */
static int split(struct order *o, const char *url, struct err *err)
{
	CURLU *u = curl_url();
	char *host = NULL, *port = NULL;
	int rc = -1;
	size_t n;

	if (u && !curl_url_set(u, CURLUPART_URL, url, 0) &&
	    !curl_url_get(u, CURLUPART_HOST, &host, 0) &&
	    !curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT)) {
		n = strlen(host);
		if (*host == '[' && n > 2) /* an IPv6 address */
			snprintf(o->host, sizeof(o->host), "%.*s", (int)n - 2, host + 1);
		else
			snprintf(o->host, sizeof(o->host), "%s", host);
		snprintf(o->port, sizeof(o->port), "%s", port);
		rc = 0;
	} else {
		err_set(err, "webhook.url: %s: not an address that can be called", url);
	}
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(u);
	return rc;
}

int webhook_prepare(struct order *o, struct err *err)
{
	const char *url = order_text(o->conf, "url");
	char when[32], number[32], mac[65], signature[80];

	if (split(o, url, err))
		return -1;
	o->body = text_webhook(o->message, o->n);
	if (!o->body)
		return err_set(err, "out of memory");
	o->len = strlen(o->body);
	snprintf(when, sizeof(when), "%lld", (long long)time(NULL));
	snprintf(number, sizeof(number), "%llu", (unsigned long long)o->n);
	webhook_sign(order_text(o->conf, "key"), when, o->body, o->len, mac);
	snprintf(signature, sizeof(signature), "sha256=%s", mac);
	if (header(o, "Content-Type:", "application/json") || header(o, "Expect:", "") ||
	    header(o, "User-Agent:", "webdefender/" WD_VERSION) ||
	    header(o, "X-WebDefender-Time:", when) ||
	    header(o, "X-WebDefender-Delivery:", number) ||
	    header(o, "X-WebDefender-Signature:", signature))
		return err_set(err, "out of memory");
	curl_easy_setopt(o->easy, CURLOPT_URL, url);
	curl_easy_setopt(o->easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(o->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(o->easy, CURLOPT_HTTPHEADER, o->headers);
	curl_easy_setopt(o->easy, CURLOPT_POSTFIELDSIZE, (long)o->len);
	curl_easy_setopt(o->easy, CURLOPT_POSTFIELDS, o->body);
	curl_easy_setopt(o->easy, CURLOPT_WRITEFUNCTION, ignore);
	return 0;
}
