// SPDX-License-Identifier: Apache-2.0
#include <event2/buffer.h>
#include <event2/http.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "chan.h"
#include "metrics.h"
#include "role.h"
#include "tls.h"

#define AGAIN_S 2
#define ANSWER_S 5
#define REQUEST_S 10
#define HEADERS_MAX 8192

/* ---- the text ---- */

void metric(FILE *to, const char *name, const char *type, const char *help)
{
	fprintf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

void metric_sample(FILE *to, const char *name, const char *label, const char *value, double number)
{
	fputs(name, to);
	if (label) {
		fprintf(to, "{%s=\"", label);
		for (; *value; value++) {
			if (*value == '\n')
				fputs("\\n", to);
			else if (*value == '"' || *value == '\\')
				fprintf(to, "\\%c", *value);
			else
				fputc(*value, to);
		}
		fputs("\"}", to);
	}
	fprintf(to, " %.17g\n", number);
}

void metrics_common(FILE *to, const struct telemetry *t)
{
	metric(to, "webdefender_service_up", "gauge", "Whether a service runs.");
	for (unsigned i = 0; i < t->n; i++)
		metric_sample(to, "webdefender_service_up", "service", t->services[i].name,
			      t->services[i].state == SERVICE_RUNNING);
	metric(to, "webdefender_service_starts_total", "counter", "How often a role was started.");
	for (unsigned i = 0; i < t->n; i++)
		metric_sample(to, "webdefender_service_starts_total", "service",
			      t->services[i].name, t->services[i].starts);
	metric(to, "webdefender_service_memory_bytes", "gauge", "Resident memory of a service.");
	for (unsigned i = 0; i < t->n; i++)
		metric_sample(to, "webdefender_service_memory_bytes", "service",
			      t->services[i].name, t->services[i].rss);
	metric(to, "webdefender_machine_cpu_ratio", "gauge", "Processor in use, 0 to 1.");
	metric_sample(to, "webdefender_machine_cpu_ratio", NULL, NULL, t->cpu / 1000.0);
	metric(to, "webdefender_machine_memory_used_bytes", "gauge",
	       "Memory that is not available.");
	metric_sample(to, "webdefender_machine_memory_used_bytes", NULL, NULL, t->memory);
	metric(to, "webdefender_machine_memory_bytes", "gauge", "Memory in all.");
	metric_sample(to, "webdefender_machine_memory_bytes", NULL, NULL, t->memory_total);
	metric(to, "webdefender_disk_used_bytes", "gauge",
	       "Used on the disk of the state directory.");
	metric_sample(to, "webdefender_disk_used_bytes", NULL, NULL, t->disk);
	metric(to, "webdefender_disk_bytes", "gauge", "Size of the disk of the state directory.");
	metric_sample(to, "webdefender_disk_bytes", NULL, NULL, t->disk_total);
}

/* ---- the hub ---- */

struct metrics {
	struct role *role;
	metrics_fill *fill;
	void *arg;
};

static void on_ask(void *arg, uint16_t type, const void *p, size_t n)
{
	struct metrics *m = arg;
	char *text = NULL;
	size_t size = 0;
	FILE *to;

	(void)p;
	if (type != METRICS_ASK || n) {
		log_err("the metrics role sent a malformed request: starting it again");
		role_restart(m->role);
		return;
	}
	to = open_memstream(&text, &size);
	if (!to)
		return;
	m->fill(m->arg, to);
	if (!fclose(to) && chan_send(role_chan(m->role), METRICS_TEXT, text, size))
		log_err("metrics: %zu bytes are too many to hand over", size);
	free(text);
}

static void on_up(void *arg, struct chan *c)
{
	(void)arg;
	(void)c;
}

static void on_down(void *arg, const char *why)
{
	(void)arg;
	log_warn("the metrics role is down (%s); it is started again", why);
}

struct metrics *metrics_start(struct event_base *base, const char *listen, const char *state,
			      metrics_fill *fill, void *arg)
{
	static const struct role_ops ops = {.up = on_up, .message = on_ask, .down = on_down};
	char o1[] = "--state", o2[] = "--listen";
	char *argv[] = {o1, (char *)state, o2, (char *)listen, NULL};
	struct metrics *m;

	if (!*listen)
		return NULL;
	m = calloc(1, sizeof(*m));
	if (!m)
		log_fatal("out of memory");
	m->fill = fill;
	m->arg = arg;
	m->role = role_start(base, "metrics", argv, &ops, m);
	return m;
}

void metrics_stop(struct metrics *m)
{
	if (!m)
		return;
	role_stop(m->role);
	free(m);
}

/* ---- the role ---- */

struct exporter {
	struct event_base *base;
	struct evhttp *http;
	struct chan *hub;
	struct event *again, *late;
	char host[256], port[8];
	bool complained;
	struct evhttp_request *waiting[METRICS_WAITING_MAX];
	int n;
};

static const struct timeval answer_within = {ANSWER_S, 0}, try_every = {AGAIN_S, 0};

static void answer(struct exporter *x, int code, const char *what, const void *p, size_t n)
{
	evtimer_del(x->late);
	for (int i = 0; i < x->n; i++) {
		struct evbuffer *b = evbuffer_new();

		evhttp_request_set_on_complete_cb(x->waiting[i], NULL, NULL);
		evhttp_connection_set_closecb(evhttp_request_get_connection(x->waiting[i]), NULL,
					      NULL);
		evhttp_add_header(evhttp_request_get_output_headers(x->waiting[i]), "Content-Type",
				  "text/plain; version=0.0.4; charset=utf-8");
		if (b)
			evbuffer_add(b, p, n);
		evhttp_send_reply(x->waiting[i], code, what, b);
		if (b)
			evbuffer_free(b);
	}
	x->n = 0;
}

static void on_late(evutil_socket_t fd, short what, void *arg)
{
	static const char text[] = "the daemon did not answer in time\n";

	(void)fd;
	(void)what;
	answer(arg, 503, "Service Unavailable", text, sizeof(text) - 1);
}

static void on_client_gone(struct evhttp_connection *c, void *arg)
{
	struct exporter *x = arg;

	for (int i = 0; i < x->n; i++)
		if (evhttp_request_get_connection(x->waiting[i]) == c)
			x->waiting[i--] = x->waiting[--x->n];
}

static void on_scrape(struct evhttp_request *r, void *arg)
{
	struct exporter *x = arg;

	if (x->n == METRICS_WAITING_MAX) {
		evhttp_send_error(r, 503, "too many at once");
		return;
	}
	evhttp_connection_set_closecb(evhttp_request_get_connection(r), on_client_gone, x);
	x->waiting[x->n++] = r;
	if (x->n > 1)
		return;
	chan_send(x->hub, METRICS_ASK, "", 0);
	event_add(x->late, &answer_within);
}

static void on_text(void *arg, uint16_t type, const void *p, size_t n)
{
	if (type == METRICS_TEXT)
		answer(arg, 200, "OK", p, n);
}

static void on_hub_gone(void *arg, const char *why)
{
	struct exporter *x = arg;

	(void)why;
	x->hub = NULL;
	event_base_loopexit(x->base, NULL);
}

static void on_bind(evutil_socket_t fd, short what, void *arg)
{
	struct exporter *x = arg;

	(void)fd;
	(void)what;
	if (!evhttp_bind_socket(x->http, x->host, strtol(x->port, NULL, 10)))
		return;
	if (!x->complained)
		log_warn("metrics: %s port %s cannot be listened on (in use?); it is tried again,"
			 " or choose another: metrics = \"127.0.0.1:PORT\", \"\" for none",
			 x->host, x->port);
	x->complained = true;
	event_add(x->again, &try_every);
}

int metrics_main(const char *listen, const char *user, const char *root)
{
	static const struct chan_ops ops = {.message = on_text, .closed = on_hub_gone};
	struct role_limits limits = {.network = true};
	struct exporter x = {0};
	struct err err;

	if (addr_split(listen, x.host, x.port, &err))
		log_fatal("metrics: %s", err.text);
	if (geteuid() == 0) {
		limits.user = getpwnam(user) ? user : "nobody";
		limits.root = root;
	}
	x.base = event_base_new();
	x.http = x.base ? evhttp_new(x.base) : NULL;
	if (!x.http)
		log_fatal("metrics: out of memory");
	evhttp_set_allowed_methods(x.http, EVHTTP_REQ_GET | EVHTTP_REQ_HEAD);
	evhttp_set_max_headers_size(x.http, HEADERS_MAX);
	evhttp_set_max_body_size(x.http, 0);
	evhttp_set_timeout(x.http, REQUEST_S);
	evhttp_set_cb(x.http, "/metrics", on_scrape, &x);
	x.again = evtimer_new(x.base, on_bind, &x);
	x.late = evtimer_new(x.base, on_late, &x);
	on_bind(-1, 0, &x); /* first with the rights that a port below 1024 needs */
	if (role_confine(&limits, &err))
		log_fatal("metrics: %s", err.text);
	x.hub = chan_new_fd(x.base, ROLE_FD, &ops, &x);
	if (!x.hub)
		log_fatal("metrics: out of memory");
	event_base_dispatch(x.base);
	return 0;
}
