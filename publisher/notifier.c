// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <event2/dns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chan.h"
#include "confine.h"
#include "fsx.h"
#include "layout.h"
#include "notifier.h"
#include "role.h"

#define CONNECT_S 15L
#define WHOLE_S 90L
#define DRAIN_S 5
#define SYSTEM_CA "/etc/ssl/certs/ca-certificates.crt"
#define SYSTEM_CA_MAX (4u << 20)

struct notifier {
	struct event_base *base;
	struct evdns_base *dns;
	struct chan *engine;
	CURLM *multi;
	struct event *timer;
	char *ca; /* the system's, read before the root was changed */
	size_t ca_len;
	int orders;
};

/* An order at work, with what belongs to the loop. */
struct job {
	struct order order; /* first: the channels see only this */
	struct notifier *n;
	struct event *drain;
};

const char *order_text(const json_t *j, const char *key)
{
	const char *s = json_string_value(json_object_get(j, key));

	return s ? s : "";
}

/* ---- the end of an order ---- */

static void job_free(struct job *j)
{
	struct order *o = &j->order;

	if (j->drain)
		event_free(j->drain);
	if (o->easy) {
		curl_multi_remove_handle(j->n->multi, o->easy);
		curl_easy_cleanup(o->easy);
	}
	curl_slist_free_all(o->headers);
	curl_slist_free_all(o->recipients);
	curl_slist_free_all(o->resolve);
	free(o->body);
	json_decref(o->conf);
	json_decref(o->message);
	j->n->orders--;
	free(j);
}

static void done(struct job *j, bool taken, const char *answer)
{
	struct notifier *n = j->n;
	struct buf b;
	char text[NOTIFY_ANSWER_MAX];

	snprintf(text, sizeof(text), "%s", answer);
	buf_init(&b, CHAN_PAYLOAD_MAX);
	buf_put_u64(&b, j->order.n);
	buf_put_u8(&b, taken);
	buf_put_str(&b, text);
	if (n->engine)
		chan_send_buf(n->engine, NOTIFY_DONE, &b);
	buf_free(&b);
	job_free(j);
}

/* ---- a stream to a log server: told, then waited until it has hung up ---- */

static void on_drain(evutil_socket_t fd, short what, void *arg)
{
	struct job *j = arg;
	char away[1024];
	ssize_t n;

	if (what & EV_TIMEOUT) {
		done(j, true, "sent; the log server keeps the connection open");
		return;
	}
	/* Below TLS: what comes is only the peer's goodbye. */
	n = recv(fd, away, sizeof(away), MSG_DONTWAIT);
	if (n == 0)
		done(j, true, "sent; the log server read to the end");
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		done(j, false, strerror(errno));
}

static void drain(struct job *j)
{
	const struct timeval limit = {DRAIN_S, 0};
	curl_socket_t fd = CURL_SOCKET_BAD;

	curl_easy_getinfo(j->order.easy, CURLINFO_ACTIVESOCKET, &fd);
	if (fd == CURL_SOCKET_BAD) {
		done(j, false, "the connection was lost");
		return;
	}
	/* Closing with unread bytes would make the kernel reset, and the server lose the line. */
	shutdown(fd, SHUT_WR);
	j->drain = event_new(j->n->base, fd, EV_READ | EV_PERSIST, on_drain, j);
	if (!j->drain || event_add(j->drain, &limit))
		done(j, false, "out of memory");
}

static void transferred(struct job *j, CURLcode code)
{
	struct order *o = &j->order;
	long status = 0;
	char text[2 * NOTIFY_ANSWER_MAX]; /* what is too long is cut */

	curl_easy_getinfo(o->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code) {
		snprintf(text, sizeof(text), "%s:%s: %s%s%s%s", o->host, o->port,
			 *o->problem ? o->problem : curl_easy_strerror(code), *o->heard ? " (" : "",
			 o->heard, *o->heard ? ")" : "");
		done(j, false, text);
	} else if (o->connected) {
		if (o->connected(o))
			drain(j);
		else
			done(j, false, o->problem);
	} else if (status >= 200 && status < 300) {
		snprintf(text, sizeof(text), "%s:%s answered %ld%s%s", o->host, o->port, status,
			 *o->heard ? "; one address was refused: " : "", o->heard);
		done(j, true, text);
	} else {
		snprintf(text, sizeof(text), "%s:%s answered %ld, not 2xx", o->host, o->port,
			 status);
		done(j, false, text);
	}
}

/* ---- curl and the loop ---- */

static void gather(struct notifier *n)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(n->multi, &left))) {
		CURLcode code = m->data.result;
		void *j;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&j);
		transferred(j, code);
	}
}

static void on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	struct notifier *n = arg;
	int running, flags = (what & EV_READ ? CURL_CSELECT_IN : 0) |
			     (what & EV_WRITE ? CURL_CSELECT_OUT : 0);

	curl_multi_socket_action(n->multi, fd, flags, &running);
	gather(n);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct notifier *n = arg;
	struct event *ev = known;

	(void)easy;
	if (ev)
		event_free(ev);
	ev = NULL;
	if (what != CURL_POLL_REMOVE) {
		ev = event_new(n->base, fd,
			       EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) |
				       (what & CURL_POLL_OUT ? EV_WRITE : 0),
			       on_socket_ready, n);
		if (ev)
			event_add(ev, NULL);
	}
	curl_multi_assign(n->multi, fd, ev);
	return 0;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct notifier *n = arg;
	int running;

	(void)fd;
	(void)what;
	curl_multi_socket_action(n->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	gather(n);
}

static int on_want_timer(CURLM *multi, long ms, void *arg)
{
	struct notifier *n = arg;
	const struct timeval tv = {ms / 1000, ms % 1000 * 1000};

	(void)multi;
	if (ms < 0)
		evtimer_del(n->timer);
	else
		evtimer_add(n->timer, &tv);
	return 0;
}

/* ---- the beginning of an order ---- */

static void common_options(struct job *j)
{
	struct order *o = &j->order;
	const char *ca = order_text(o->conf, "ca");
	struct curl_blob blob = {j->n->ca, j->n->ca_len, CURL_BLOB_COPY};

	if (*ca) /* then nobody else's */
		blob = (struct curl_blob){(void *)ca, strlen(ca), CURL_BLOB_COPY};
	curl_easy_setopt(o->easy, CURLOPT_PRIVATE, j);
	curl_easy_setopt(o->easy, CURLOPT_ERRORBUFFER, o->problem);
	curl_easy_setopt(o->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(o->easy, CURLOPT_PROXY, "");
	curl_easy_setopt(o->easy, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(o->easy, CURLOPT_TIMEOUT, WHOLE_S);
	curl_easy_setopt(o->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(o->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(o->easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(o->easy, CURLOPT_CAINFO_BLOB, &blob);
	curl_easy_setopt(o->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(o->easy, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(o->easy, CURLOPT_FORBID_REUSE, 1L);
}

static void on_resolved(int result, struct evutil_addrinfo *list, void *arg)
{
	struct job *j = arg;
	struct order *o = &j->order;
	char text[1024], address[64];
	size_t at;
	int n = 0;

	at = snprintf(text, sizeof(text), "%s:%s:", o->host, o->port);
	for (struct evutil_addrinfo *ai = list; !result && ai; ai = ai->ai_next) {
		if (getnameinfo(ai->ai_addr, ai->ai_addrlen, address, sizeof(address), NULL, 0,
				NI_NUMERICHOST) ||
		    at + strlen(address) + 4 > sizeof(text))
			continue;
		at += snprintf(text + at, sizeof(text) - at, n++ ? ",%s%s%s" : "%s%s%s",
			       strchr(address, ':') ? "[" : "", address,
			       strchr(address, ':') ? "]" : "");
	}
	if (list)
		evutil_freeaddrinfo(list);
	if (!n) {
		snprintf(text, sizeof(text), "%s: this name has no address (%s)", o->host,
			 result ? evutil_gai_strerror(result) : "none usable");
		done(j, false, text);
		return;
	}
	if (o->datagram) {
		snprintf(o->host, sizeof(o->host), "%s", address);
		if (o->connected(o))
			done(j, true, "sent by UDP, which tells nobody whether it arrived");
		else
			done(j, false, o->problem);
		return;
	}
	/* curl's own resolver would start a thread, which the sandbox refuses. */
	o->resolve = curl_slist_append(NULL, text);
	curl_easy_setopt(o->easy, CURLOPT_RESOLVE, o->resolve);
	if (curl_multi_add_handle(j->n->multi, o->easy))
		done(j, false, "out of memory");
}

static int prepare(struct job *j, const char *channel, struct err *err)
{
	struct order *o = &j->order;

	o->easy = curl_easy_init();
	if (!o->easy)
		return err_set(err, "out of memory");
	common_options(j);
	if (!strcmp(channel, "mail"))
		return mail_prepare(o, err);
	if (!strcmp(channel, "webhook"))
		return webhook_prepare(o, err);
	if (!strcmp(channel, "syslog"))
		return syslog_prepare(o, err);
	return err_set(err, "there is no channel \"%s\"", channel);
}

static void begin(struct notifier *n, uint64_t id, json_t *order)
{
	const struct evutil_addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct job *j = calloc(1, sizeof(*j));
	struct err err = {""};

	if (!j)
		log_fatal("out of memory");
	n->orders++;
	j->n = n;
	j->order.n = id;
	j->order.conf = json_incref(json_object_get(order, "conf"));
	j->order.message = json_incref(json_object_get(order, "message"));
	if (prepare(j, order_text(order, "channel"), &err))
		done(j, false, err.text);
	else
		evdns_getaddrinfo(n->dns, j->order.host, j->order.port, &hints, on_resolved, j);
}

static void on_message(void *arg, uint16_t type, const void *p, size_t len)
{
	struct notifier *n = arg;
	struct rd r = rd_over(p, len);
	uint64_t id = rd_u64(&r);
	size_t size;
	const uint8_t *text = rd_blob(&r, CHAN_PAYLOAD_MAX, &size);
	json_t *order = rd_end(&r) && type == NOTIFY_SEND
				? json_loadb((const char *)text, size, 0, NULL)
				: NULL;

	if (order && n->orders < NOTIFY_ORDERS_MAX) {
		begin(n, id, order);
	} else {
		log_err("the engine sent a malformed order: ending");
		event_base_loopexit(n->base, NULL);
	}
	json_decref(order);
}

static void on_closed(void *arg, const char *reason)
{
	struct notifier *n = arg;

	(void)reason; /* the engine ended: so do we */
	n->engine = NULL;
	event_base_loopexit(n->base, NULL);
}

static void open_all(struct notifier *n)
{
	struct err err;

	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		log_fatal("notify: libcurl cannot be used");
	n->base = event_base_new();
	n->multi = curl_multi_init();
	n->timer = n->base ? evtimer_new(n->base, on_timer, n) : NULL;
	if (!n->multi || !n->timer)
		log_fatal("notify: out of memory");
	n->dns = evdns_base_new(n->base, EVDNS_BASE_INITIALIZE_NAMESERVERS |
						 EVDNS_BASE_DISABLE_WHEN_INACTIVE);
	if (!n->dns)
		n->dns = evdns_base_new(n->base, 0);
	n->ca = fsx_slurp(SYSTEM_CA, SYSTEM_CA_MAX, &n->ca_len, &err);
	if (!n->ca) { /* then only servers whose CA is in the settings are believed */
		log_warn("%s; install ca-certificates, or give each channel its ca", err.text);
		n->ca = strdup("");
	}
	if (!n->dns || !n->ca)
		log_fatal("notify: out of memory");
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(n->multi, CURLMOPT_SOCKETDATA, n);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERFUNCTION, on_want_timer);
	curl_multi_setopt(n->multi, CURLMOPT_TIMERDATA, n);
}

int notifier_main(const char *state)
{
	static const struct chan_ops ops = {.message = on_message, .closed = on_closed};
	char root[LAYOUT_PATH_MAX];
	struct notifier n = {0};
	struct err err;

	open_all(&n);
	if (fsx_mkdirs(layout_path(root, state, LAYOUT_EMPTY), 0755, &err) ||
	    confine("webdefender-notify", root, true, &err))
		log_fatal("notify: %s", err.text);
	n.engine = chan_new_fd(n.base, ROLE_FD, &ops, &n);
	if (!n.engine)
		log_fatal("notify: out of memory");
	event_base_dispatch(n.base);
	chan_close(n.engine);
	evdns_base_free(n.dns, 0);
	free(n.ca);
	return 0; /* orders still at work end with the process; the engine gives them again */
}
