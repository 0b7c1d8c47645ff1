/* SPDX-License-Identifier: Apache-2.0 */
/*
 * result - what a check found
 *
 * A check adds findings; the worst of them is its verdict. Texts are in the language of
 * the reader: formats are looked up in lang.h when they are filled in.
 */
#ifndef WD_AUDIT_RESULT_H
#define WD_AUDIT_RESULT_H

#include "lang.h"
#include "pool.h"
#include "settings.h"
#include "tomcat.h"

/* In the order in which one outweighs the other. */
enum verdict { V_NA, V_GOOD, V_MANUAL, V_ERROR, V_VULNERABLE, V_MAX };
enum risk { RISK_LOW, RISK_MEDIUM, RISK_HIGH };

struct audit;
struct check {
	const char *code, *title;
	enum risk risk;
	const char *guide, *baseline; /* what is good, by either criterion */
	const char *remedy;	      /* in general; findings may say it better */
	const char *anchors;	      /* DISA STIG and others */
	bool layout;		      /* it needs to know every application */
	void (*run)(struct audit *a);
};

struct finding {
	enum verdict verdict;
	enum risk risk;
	const char *object; /* path, element or process */
	int line;	    /* 0: none */
	const char *observed;
	const char *remedy; /* NULL: the check's */
	char fix;	    /* 'A' 'C' 'M', 0: nothing to fix */
	bool note;	    /* good, and yet worth saying */
	size_t count;	    /* objects it stands for */
	const struct waiver *waiver;
};

struct result {
	const struct check *check;
	enum verdict verdict;
	struct list findings;
	struct list changes; /* struct change, see plan.h: what would put it right */
};

/* One look at one server. */
struct audit {
	struct pool *pool;
	const struct settings *set;
	struct tomcat *t;
	struct result *now;  /* of the check that runs */
	struct list results; /* struct result */
};

/* fmt is looked up in the catalogue of the reader's language. */
struct finding *found(struct audit *a, enum verdict v, const char *object, int line,
		      const char *fmt, ...) __attribute__((format(printf, 5, 6)));
struct finding *found_note(struct audit *a, const char *object, int line, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* A file that does not parse, or cannot be read, as a finding; true if it is readable or absent. */
bool found_readable(struct audit *a, const struct xml *x);
/* Neither its descriptor nor its web.xml must be a riddle: it could be anything. */
bool found_app_readable(struct audit *a, const struct app *app);
/* False, with a finding, when there is no server.xml to go by. */
bool need_server(struct audit *a);
void remedy(struct audit *a, struct finding *f, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool is_guide(const struct audit *a);

void audit_run(struct audit *a, const struct check *c); /* adds to a->results */
const struct waiver *audit_waived(const struct audit *a, const char *code, const char *object);
const char *verdict_name(enum verdict v);
const char *risk_name(enum risk r);

#endif
