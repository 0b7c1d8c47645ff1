// SPDX-License-Identifier: Apache-2.0
/* wd-audit - what `wdctl audit` does, alone */
#include "audit.h"

int main(int argc, char **argv)
{
	return audit_main(argc, argv);
}
