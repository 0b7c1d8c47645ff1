// SPDX-License-Identifier: Apache-2.0
#include <string.h>
#include "result.h"

const char *verdict_name(enum verdict v)
{
	static const char *const names[] = {"N/A", "GOOD", "MANUAL", "ERROR", "VULNERABLE"};

	return v < V_MAX ? names[v] : "?";
}

const char *risk_name(enum risk r)
{
	static const char *const names[] = {"low", "medium", "high"};

	return names[r];
}

bool is_guide(const struct audit *a)
{
	return a->set->guide;
}

static struct finding *add(struct audit *a, enum verdict v, const char *object, int line,
			   const char *fmt, va_list ap)
{
	struct finding *f = pool_alloc(a->pool, sizeof(*f));

	f->verdict = v;
	f->risk = a->now->check->risk;
	f->object = pool_str(a->pool, object);
	f->line = line;
	f->count = 1;
	f->observed = pool_vprintf(a->pool, lang_tr(a->set->lang, fmt), ap);
	f->fix = v == V_VULNERABLE || v == V_MANUAL ? 'M' : 0;
	if (v == V_VULNERABLE)
		f->waiver = audit_waived(a, a->now->check->code, object);
	list_add(a->pool, &a->now->findings, f);
	return f;
}

struct finding *found(struct audit *a, enum verdict v, const char *object, int line,
		      const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add(a, v, object, line, fmt, ap);
	va_end(ap);
	return f;
}

struct finding *found_note(struct audit *a, const char *object, int line, const char *fmt, ...)
{
	struct finding *f;
	va_list ap;

	va_start(ap, fmt);
	f = add(a, V_GOOD, object, line, fmt, ap);
	va_end(ap);
	f->note = true;
	return f;
}

void remedy(struct audit *a, struct finding *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	f->remedy = pool_vprintf(a->pool, lang_tr(a->set->lang, fmt), ap);
	va_end(ap);
}

bool found_readable(struct audit *a, const struct xml *x)
{
	switch (x->state) {
	case XML_FINE:
	case XML_ABSENT:
		return true;
	case XML_DTD:
		found(a, V_MANUAL, x->path, 0,
		      "declares or uses entities of its own: what the server reads may stand elsewhere");
		return false;
	default:
		found(a, V_ERROR, x->path, 0, "cannot be read: %s", x->why);
		return false;
	}
}

bool found_app_readable(struct audit *a, const struct app *app)
{
	/* Without the descriptor nobody knows where the application's files are. */
	if (app->descriptor && !found_readable(a, app->descriptor))
		return false;
	return found_readable(a, app->web);
}

bool need_server(struct audit *a)
{
	if (a->t->server->state == XML_ABSENT) {
		found(a, V_ERROR, a->t->server->path, 0,
		      "no such file: not a Tomcat, or not its base");
		return false;
	}
	return found_readable(a, a->t->server);
}

const struct waiver *audit_waived(const struct audit *a, const char *code, const char *object)
{
	for (size_t i = 0; i < a->set->waivers.n; i++) {
		const struct waiver *w = a->set->waivers.v[i];

		if (strcmp(w->check, code) == 0 && !w->expired &&
		    (!w->object || (object && strcmp(w->object, object) == 0)))
			return w;
	}
	return NULL;
}

void audit_run(struct audit *a, const struct check *c)
{
	struct result *r = pool_alloc(a->pool, sizeof(*r));

	r->check = c;
	a->now = r;
	a->t->doubt = c->layout ? a->t->unclear : NULL;
	c->run(a);
	if (a->t->doubt)
		found(a, V_MANUAL, a->t->server->path, 0, "cannot be resolved: %s", a->t->doubt);
	for (size_t i = 0; c->layout && i < a->t->unreadable.n; i++)
		found(a, V_ERROR, a->t->unreadable.v[i], 0, "cannot be read");
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = r->findings.v[i];

		if (f->verdict > r->verdict)
			r->verdict = f->verdict;
	}
	list_add(a->pool, &a->results, r);
}
