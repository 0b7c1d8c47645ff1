/* SPDX-License-Identifier: Apache-2.0 */
/* lang - the same words in English, Korean and Chinese; English is the key */
#ifndef WD_AUDIT_LANG_H
#define WD_AUDIT_LANG_H

enum lang { LANG_EN, LANG_KO, LANG_ZH };

struct lang_entry {
	const char *en, *ko, *zh;
};

/* The text itself where the catalogue does not have it. */
const char *lang_tr(enum lang l, const char *en) __attribute__((format_arg(2)));
int lang_by_name(const char *name); /* -1: none of ours */
const char *lang_name(enum lang l);
const struct lang_entry *lang_entries(int *n); /* for the test */

#endif
