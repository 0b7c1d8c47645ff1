// SPDX-License-Identifier: Apache-2.0
#include <pwd.h>
#include <stddef.h>
#include <unistd.h>

#include "confine.h"
#include "role.h"

static const char *choose_user(const char *user)
{
	if (getpwnam(user))
		return user;
	log_warn("there is no user %s: running as nobody, which separates less; create it with"
		 " `useradd --system --no-create-home --shell /usr/sbin/nologin %s`",
		 user, user);
	return "nobody";
}

int confine(const char *user, const char *root, bool network, struct err *err)
{
	bool privileged = geteuid() == 0;
	struct role_limits limits = {.network = network};

	if (privileged) {
		limits.user = choose_user(user);
		limits.root = root;
	} else {
		log_warn("not started by root: this role keeps uid %d and sees the whole file"
			 " system; for tests only",
			 (int)geteuid());
	}
	return role_confine(&limits, err);
}
