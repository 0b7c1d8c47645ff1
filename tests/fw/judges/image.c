/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * image.c - writes the EEPROM of a provisioned unit
 *
 * usage: image ELF FILE
 */
#include <setjmp.h>
#include <stdio.h>
#include "rig.h"

jmp_buf scenario_end;
char scenario_failure[400];

int main(int argc, char **argv)
{
	struct rig *r;
	FILE *f;

	if (argc != 3) {
		fprintf(stderr, "usage: %s ELF FILE\n", argv[0]);
		return 2;
	}
	if (setjmp(scenario_end)) {
		fprintf(stderr, "image: %s\n", scenario_failure);
		return 1;
	}
	r = rig_new(argv[1], true);
	rig_run(r, 1000);
	f = fopen(argv[2], "wb");
	if (!f || fwrite(machine_eeprom(r->machine), 1, MEGA162_EEPROM, f) != MEGA162_EEPROM) {
		perror(argv[2]);
		return 1;
	}
	fclose(f);
	rig_free(r);
	return 0;
}
