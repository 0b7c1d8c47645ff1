// SPDX-License-Identifier: Apache-2.0
/*
 * wd-auditor - the audits of the agent, in a process of their own
 *
 * wd-auditor [--confined] WORDS... does what `wdctl audit WORDS...` does. The guard starts it:
 * XML and archives are never parsed in the process that may write the sites. Only changing
 * the server (--fix, undo) runs unconfined.
 */
#include <string.h>
#include "audit.h"
#include "audit_confine.h"

int main(int argc, char **argv)
{
	struct err err = {""};

	log_open("wd-auditor", NULL, LOG_L_WARN);
	if (argc > 1 && strcmp(argv[1], "--confined") == 0) {
		if (audit_confine(&err)) {
			log_err("%s", err.text);
			return 2;
		}
		argv[1] = argv[0];
		argc--;
		argv++;
	}
	return audit_main(argc, argv);
}
