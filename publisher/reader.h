/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader - the role that opens evidence: archives that an attacker's file, and perhaps an
 * attacker's agent, has made
 *
 * It has no network and no files: the bytes come from the engine, and what it finds goes back
 * as bytes. At most READER_ARCHIVE_MAX in, READER_TEXT_MAX out.
 */
#ifndef WD_PUBLISHER_READER_H
#define WD_PUBLISHER_READER_H

#include "buf.h"
#include "engine.h"

#define READER_ARCHIVE_MAX (8u << 20)
#define READER_TEXT_MAX (128u << 10)
#define READER_PIECE (512u << 10)

enum reader_result { READER_FOUND, READER_NONE, READER_DAMAGED };

int reader_main(const char *state);
/* The first file below "site/" of the archive: its beginning into out, its size. For tests too. */
enum reader_result reader_extract(const void *archive, size_t n, struct buf *out, uint64_t *size);

/* ---- the engine's end ---- */
struct readers;
struct readers *readers_start(struct event_base *base, const char *state);
void readers_stop(struct readers *r); /* NULL is fine; nobody is called any more */
/*
 * Reads the file at `path` and has it opened. done is called exactly once, later. why: NULL when
 * text holds the beginning of what was found; else a sentence.
 */
typedef void reader_done(void *arg, const char *why, const void *text, size_t n, uint64_t size);
void readers_ask(struct readers *r, const char *path, reader_done *done, void *arg);

#endif
