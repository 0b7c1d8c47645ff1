// SPDX-License-Identifier: Apache-2.0
/*
 * fanperm - the least that a guard by fanotify has to do: a peer to measure beside us
 *
 * usage: fanperm MOUNT     allows every open of the mount, and hears of every close of a
 *                          file that was open for writing; ends when it is killed
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/fanotify.h>
#include <unistd.h>

static int allow(int fan, const struct fanotify_event_metadata *event)
{
	struct fanotify_response answer = {.fd = event->fd, .response = FAN_ALLOW};
	int err = 0;

	if ((event->mask & FAN_OPEN_PERM) && write(fan, &answer, sizeof(answer)) < 0)
		err = -1;
	close(event->fd);
	return err;
}

int main(int argc, char **argv)
{
	static char buffer[65536] __attribute__((aligned(8)));
	int fan = fanotify_init(FAN_CLASS_CONTENT, O_RDONLY);
	ssize_t n;

	if (argc != 2 || fan < 0 ||
	    fanotify_mark(fan, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_CLOSE_WRITE | FAN_OPEN_PERM,
			  AT_FDCWD, argv[1])) {
		perror("fanperm");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while ((n = read(fan, buffer, sizeof(buffer))) > 0) {
		const struct fanotify_event_metadata *event = (const void *)buffer;

		for (; FAN_EVENT_OK(event, n); event = FAN_EVENT_NEXT(event, n))
			if (allow(fan, event))
				return 1;
	}
	return 1;
}
