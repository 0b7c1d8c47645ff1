// SPDX-License-Identifier: Apache-2.0
#include "hass_port.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static speed_t speed_of(int baud)
{
	static const struct {
		int baud;
		speed_t speed;
	} known[] = {{9600, B9600},
		     {19200, B19200},
		     {38400, B38400},
		     {57600, B57600},
		     {115200, B115200}};

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (known[i].baud == baud)
			return known[i].speed;
	return B0;
}

bool hass_port_speed_ok(int baud)
{
	return speed_of(baud) != B0;
}

/* HUPCL off: closing must not toggle lines that some adapters wire to a reset. */
static int set(int fd, const char *path, int baud, struct err *err)
{
	struct termios t, now;

	if (tcgetattr(fd, &t))
		return err_sys(err, "%s is no serial port", path);
	cfmakeraw(&t);
	t.c_cflag &= ~(CSTOPB | CRTSCTS | HUPCL);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_iflag &= ~(IXON | IXOFF);
	t.c_cc[VMIN] = 1; /* nothing there is EAGAIN; 0 bytes is the end */
	t.c_cc[VTIME] = 0;
	cfsetispeed(&t, speed_of(baud));
	cfsetospeed(&t, speed_of(baud));
	if (tcsetattr(fd, TCSANOW, &t) || tcgetattr(fd, &now))
		return err_sys(err, "%s cannot be set to %d baud", path, baud);
	/* tcsetattr() succeeds if it could do any part of it. */
	if (cfgetospeed(&now) != speed_of(baud) || (now.c_lflag & (ICANON | ECHO)))
		return err_set(err, "%s cannot be set to %d baud, raw", path, baud);
	tcflush(fd, TCIOFLUSH);
	return 0;
}

int hass_port_open(const char *path, int baud, struct err *err)
{
	/* Without O_NONBLOCK, open() waits for a carrier. */
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return err_sys(err, "%s cannot be opened: is the unit's cable plugged in", path);
	if (fstat(fd, &st) || !S_ISCHR(st.st_mode)) {
		err_set(err, "%s is no device: hass { port = ... } names the serial port", path);
	} else if (flock(fd, LOCK_EX | LOCK_NB)) {
		err_sys(err, "%s is in use by another program", path);
	} else if (!set(fd, path, baud, err)) {
		ioctl(fd, TIOCEXCL); /* ModemManager and people: the next open() fails */
		return fd;
	}
	close(fd);
	return -1;
}
