// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "batch.h"
#include "fsx.h"
#include "ident.h"
#include "step.h"
#include "treat.h"

static bool is_file(const struct spot *s)
{
	return s->look->fd >= 0 && S_ISREG(s->look->st.st_mode);
}

static bool is_dir(const struct spot *s)
{
	return s->look->fd >= 0 && S_ISDIR(s->look->st.st_mode);
}

static const char *op_name(enum finding f)
{
	switch (f) {
	case FINDING_MISSING:
		return "missing";
	case FINDING_FOREIGN:
		return "foreign";
	case FINDING_META:
	case FINDING_LINKED:
		return "meta";
	default:
		return "modified";
	}
}

/* An event of our own, where nothing else tells of this. A reference, like all causes here. */
static struct incident *open_case(struct treatment *t, const char *op, const char *path)
{
	static struct wd_event e; /* large */

	ident_event(&e, t->source, op, t->site->conf->name, "");
	/* As the module names them: from the root of the host. */
	if (fsx_join(e.path, sizeof(e.path), t->site->conf->dir, path))
		snprintf(e.path, sizeof(e.path), "%s", t->site->conf->dir);
	return incident_open(t->place->desk, &e);
}

/* Whose finding is it? NULL only if it is quiet. */
static struct incident *cause_of(struct treatment *t, struct spot *s)
{
	if (s->quiet)
		return NULL;
	t->counts.wrong++;
	return s->cause ? incident_hold(s->cause)
			: open_case(t, op_name(s->look->finding), s->path);
}

void treat_trouble(struct treatment *t, const char *path, const struct hash *need, uint64_t size,
		   struct incident *cause, const char *why)
{
	if (need)
		t->counts.waiting++;
	else
		t->counts.failed++;
	if (t->applying) {
		/* The apply as a whole is tried again; of a tampered file it is told all the same.
		 */
		log_warn("site %s: %s: %s", t->site->conf->name, path, why);
		incident_trouble(cause, need ? TROUBLE_WAITING : TROUBLE_FAILED, why);
		return;
	}
	t->place->trouble(t->place->arg, t->site, path, need, size, cause, why);
}

static void take_evidence(struct spot *s, struct incident *i, const char *why, struct hash *found)
{
	struct evidence_subject subject = {.why = why,
					   .path = s->path,
					   .dirfd = s->dirfd,
					   .name = s->name,
					   .fd = s->look->fd,
					   .expected = s->want};

	incident_evidence(i, &subject, found);
}

/* Something that is no file stands there and has to go; a file is replaced without this. */
static int clear_place(struct treatment *t, struct spot *s, struct incident *i, const char *why)
{
	struct hash found;
	struct err err = {""};

	if (i)
		take_evidence(s, i, why, &found);
	s->touched = true;
	if (!repair_remove(s->dirfd, s->name, &err))
		return 0;
	treat_trouble(t, s->path, NULL, 0, i, err.text);
	return -1;
}

/* ---- files ---- */

/* The vault cannot give it. What is there is kept as evidence and not served any longer. */
static void await_object(struct treatment *t, struct spot *s, struct incident *i,
			 enum depot_result rc)
{
	const char *why = rc == DEPOT_DAMAGED ? "the vault's copy is damaged, fetching it"
					      : "not in the vault, fetching it";
	struct hash found;

	if (rc == DEPOT_DAMAGED)
		depot_drop(t->place->vault, &s->want->hash);
	if (i && is_file(s) && s->look->finding == FINDING_CONTENT) {
		take_evidence(s, i, "content", &found);
		if (!repair_remove(s->dirfd, s->name, NULL))
			s->touched = true;
	}
	treat_trouble(t, s->path, &s->want->hash, s->want->size, i, why);
}

static enum depot_result write_file(struct treatment *t, struct spot *s, struct err *err)
{
	const struct depot *vault = t->place->vault;
	char temp[REPAIR_TEMP];
	enum depot_result rc;

	if (!t->batch)
		return repair_file(vault, s->dirfd, s->name, s->want, &t->site->owner, err);
	rc = repair_stage(vault, s->dirfd, s->want, &t->site->owner, false, temp, err);
	if (rc == DEPOT_OK && batch_add(t->batch, s->dirfd, temp, s->name, s->want->size, err))
		rc = DEPOT_IO;
	return rc;
}

static void keep_replaced(struct treatment *t, struct spot *s, struct incident *i, bool writer)
{
	bool bad = s->look->finding == FINDING_CONTENT || s->look->finding == FINDING_TYPE;
	struct hash found = s->look->found;
	int fd;

	if (i && writer && t->place->detached) {
		/* What he writes from here on reaches nobody, but belongs to the evidence. */
		incident_restored(i, &s->want->hash, NULL);
		fd = s->look->fd;
		s->look->fd = -1;
		t->place->detached(t->place->arg, s->path, fd, s->want, i);
		return;
	}
	if (!i || !is_file(s) || !bad) {
		incident_restored(i, &s->want->hash, &found);
		return;
	}
	take_evidence(s, i, s->look->finding == FINDING_TYPE ? "type" : "content", &found);
	incident_restored(i, &s->want->hash, &found);
}

static void put_file(struct treatment *t, struct spot *s, struct incident *i)
{
	bool writer = i && is_file(s) && inspect_has_writer(s->look->fd);
	struct err err = {""};
	enum depot_result rc;

	s->touched = true;
	rc = write_file(t, s, &err);
	if (rc == DEPOT_MISSING || rc == DEPOT_DAMAGED) {
		await_object(t, s, i, rc);
	} else if (rc != DEPOT_OK) {
		treat_trouble(t, s->path, NULL, 0, i, err.text);
	} else {
		t->counts.restored++;
		t->counts.files++;
		t->counts.bytes += s->want->size;
		keep_replaced(t, s, i, writer);
	}
}

static void put_link(struct treatment *t, struct spot *s, struct incident *i)
{
	struct hash found;
	struct err err = {""};

	if (i && s->look->fd >= 0)
		take_evidence(s, i, "content", &found);
	s->touched = true;
	if (repair_link(s->dirfd, s->name, s->want, &t->site->owner, &err)) {
		treat_trouble(t, s->path, NULL, 0, i, err.text);
		return;
	}
	t->counts.restored++;
	t->counts.links++;
	incident_restored(i, NULL, NULL);
}

static enum treated put_dir(struct treatment *t, struct spot *s, struct incident *i)
{
	struct err err = {""};
	int fd = -1;

	s->touched = true;
	if (!repair_mkdir(s->dirfd, s->name, s->want, &t->site->owner, &err)) {
		step("mkdir");
		fd = openat(s->dirfd, s->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			err_sys(&err, "cannot open the new directory");
	}
	if (fd < 0) {
		treat_trouble(t, s->path, NULL, 0, i, err.text);
		return TREATED;
	}
	if (s->look->fd >= 0)
		close(s->look->fd);
	s->look->fd = fd;
	t->counts.restored++;
	incident_restored(i, NULL, NULL);
	s->cause = incident_hold(i);
	return TREATED_FRESH;
}

static enum treated put_original(struct treatment *t, struct spot *s, struct incident *i)
{
	switch (s->want->type) {
	case ENTRY_FILE:
		put_file(t, s, i);
		return TREATED;
	case ENTRY_LINK:
		put_link(t, s, i);
		return TREATED;
	default:
		return put_dir(t, s, i);
	}
}

/* ---- by finding ---- */

static enum treated treat_right(struct treatment *t, struct spot *s)
{
	if (is_dir(s)) {
		t->counts.dirs++;
		s->cause = incident_hold(s->cause);
		return TREATED_ENTER;
	}
	if (!s->want)
		return TREATED;
	if (s->want->type == ENTRY_FILE) {
		t->counts.files++;
		t->counts.bytes += s->want->size;
	} else {
		t->counts.links++;
	}
	return TREATED;
}

static void treat_meta(struct treatment *t, struct spot *s, struct incident *i)
{
	char what[EVENT_DETAIL_MAX];
	struct err err = {""};

	inspect_explain(s->look, what, sizeof(what));
	incident_note(i, "%s", what);
	if (repair_meta(s->look->fd, s->want, &t->site->owner, s->look->meta, &err)) {
		treat_trouble(t, s->path, NULL, 0, i, err.text);
		return;
	}
	t->counts.restored++;
	incident_restored(i, s->want->type == ENTRY_FILE ? &s->want->hash : NULL, &s->look->found);
	treat_right(t, s);
}

static void treat_foreign(struct treatment *t, struct spot *s, struct incident *i)
{
	struct hash found = {{0}};
	struct err err = {""};

	/* A file goes first and is kept then, see treat.h; the rest is kept while it has a name. */
	if (i && !is_file(s))
		take_evidence(s, i, "foreign", &found);
	s->touched = true;
	if (repair_remove(s->dirfd, s->name, &err)) {
		treat_trouble(t, s->path, NULL, 0, i, err.text);
		return;
	}
	step("removed");
	t->counts.removed++;
	if (i && is_file(s))
		take_evidence(s, i, "foreign", &found);
	incident_removed(i, &found);
}

/* A directory of the release before: what strangers put into it must be told from the rest. */
static bool known_dir(const struct spot *s)
{
	return is_dir(s) && s->old && s->old->type == ENTRY_DIR;
}

static enum treated treat_wrong(struct treatment *t, struct spot *s, struct incident *i)
{
	switch (s->look->finding) {
	case FINDING_META:
		treat_meta(t, s, i);
		return TREATED;
	case FINDING_LINKED:
		incident_note(i, "%lu names, should have one", (unsigned long)s->look->st.st_nlink);
		return put_original(t, s, i);
	case FINDING_FOREIGN:
		treat_foreign(t, s, i);
		return TREATED;
	case FINDING_TYPE:
		/* Renaming replaces a file; everything else is kept and makes room first. */
		if ((!is_file(s) || s->want->type == ENTRY_DIR) && clear_place(t, s, i, "type"))
			return TREATED;
		return put_original(t, s, i);
	case FINDING_MOUNT:
		treat_trouble(t, s->path, NULL, 0, i,
			      "another file system is mounted over it: umount it");
		return TREATED;
	case FINDING_UNREADABLE:
		treat_trouble(t, s->path, NULL, 0, i, strerror(s->look->error));
		return TREATED;
	case FINDING_RIGHT:
		incident_note(i, "still open for writing: it got a new inode");
		return put_original(t, s, i);
	default:
		return put_original(t, s, i);
	}
}

static bool must_detach(const struct treatment *t, const struct spot *s)
{
	return t->detach && s->want && is_file(s) && inspect_has_writer(s->look->fd);
}

enum treated treat(struct treatment *t, struct spot *s)
{
	struct incident *i, *given = s->cause;
	enum finding f = s->look->finding;
	enum treated rc;

	s->cause = NULL;
	s->touched = false;
	if ((f == FINDING_RIGHT && !must_detach(t, s)) || (f == FINDING_META && is_dir(s))) {
		s->cause = given; /* a directory's own attributes come when its names are done */
		rc = treat_right(t, s);
		if (rc == TREATED)
			s->cause = NULL;
		return rc;
	}
	if (f == FINDING_FOREIGN && t->keep_foreign)
		return TREATED;
	if (f == FINDING_FOREIGN &&
	    repair_is_leftover(t->place->vault, s->name, s->look->fd, &s->look->st)) {
		s->touched = !unlinkat(s->dirfd, s->name, 0);
		return TREATED;
	}
	if ((f == FINDING_FOREIGN || f == FINDING_TYPE) && known_dir(s))
		return TREATED_EMPTYING;
	s->cause = given;
	i = cause_of(t, s);
	s->cause = NULL;
	rc = treat_wrong(t, s, i);
	incident_put(i);
	return rc;
}

void treat_directory(struct treatment *t, const char *path, int fd, const struct entry *self,
		     bool touched, struct incident *cause)
{
	struct inspect look = {
		.want = self, .owner = t->site->owner, .finding = FINDING_META, .fd = fd};
	struct incident *i = NULL;
	struct err err = {""};
	bool quiet;

	if (fstat(fd, &look.st))
		return;
	look.meta = inspect_meta(fd, &look.st, self, &t->site->owner);
	if (filters_touch(&t->site->want.filters, path))
		look.meta &= ~META_MTIME; /* excepted files come and go in it */
	if (!look.meta)
		return;
	/* Our own work in it moved its time. */
	quiet = t->applying || (touched && look.meta == META_MTIME);
	if (!quiet) {
		char what[EVENT_DETAIL_MAX];

		t->counts.wrong++;
		i = cause ? incident_hold(cause) : open_case(t, "meta", path);
		inspect_explain(&look, what, sizeof(what));
		incident_note(i, "%s", what);
	}
	if (repair_meta(fd, self, &t->site->owner, look.meta, &err)) {
		treat_trouble(t, path, NULL, 0, i, err.text);
	} else if (!quiet) {
		t->counts.restored++;
		incident_restored(i, NULL, NULL);
	}
	incident_put(i);
}
