# SPDX-License-Identifier: Apache-2.0
# udev - the rule of the hardware unit with a real bridge, Debian's udev and ModemManager
. /root/case/lib.sh
link=/dev/webdefender-hass rule=60-webdefender-hass.rules
is() { if [ "$2" = "$3" ]; then ok "$1"; else not_ok "$1: '$3', not '$2'"; fi; }
property() { udevadm info --query=property --property="$2" --value "$1"; }
word() { stty -F /dev/ttyUSB0 raw -echo && printf '%s\r\n' "$1" >/dev/ttyUSB0; }

install -m 644 /root/rules/$rule /usr/lib/udev/rules.d/$rule
# The host's controller is ours to load; what hangs there udev finds a driver for.
/usr/lib/systemd/systemd-udevd --daemon && modprobe xhci_pci || exit 1
until_true 180 test -c /dev/ttyUSB0 || { not_ok "the bridge's port is there: $(lsmod)" && finish; }
udevadm settle --timeout=60
usb=$(readlink -f /sys/class/tty/ttyUSB0/device/../..)
is "an FTDI 0403:6001 of QEMU" 0403:6001 "$(cat "$usb/idVendor"):$(cat "$usb/idProduct")"
is "the link leads to the port" /dev/ttyUSB0 "$(readlink -f $link)"
is "only root opens it" "600 root root" "$(stat -c '%a %U %G' /dev/ttyUSB0)"
is "the port tells ModemManager to leave it" 1 "$(property /dev/ttyUSB0 ID_MM_PORT_IGNORE)"
is "so does the device" 1 "$(property "$usb" ID_MM_DEVICE_IGNORE)"
is "systemd may wait for the port" systemd "$(property /dev/ttyUSB0 TAGS | tr -d :)"
is "another port is left alone" "" "$(property /dev/ttyS0 ID_MM_PORT_IGNORE)"
complaints=$(udevadm test "$(udevadm info --query=path /dev/ttyUSB0)" 2>&1 | grep -iE "$rule:[0-9]+ .*(invalid|unknown|fail|ignor)")
is "udev has no complaint about the rule" "" "$complaints"

# The plug: the kernel takes the device's interface away and brings it back.
replug() {
	echo 0 >"$usb/authorized"
	until_true 60 test ! -e /dev/ttyUSB0 && udevadm settle --timeout=60
	"$@"
	echo 1 >"$usb/authorized"
	udevadm trigger --settle --action=add "$usb"
	until_true 60 test -c /dev/ttyUSB0 && udevadm settle --timeout=60
}
gone() { [ ! -e $link ] && ok "pulled: the link is gone" || not_ok "pulled: the link is gone"; }
replug gone
is "plugged in: it is back" /dev/ttyUSB0 "$(readlink -f $link)"
is "with the same rights" 600 "$(stat -Lc %a $link)"

echo 'messagebus:x:104:104::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
echo 'messagebus:x:104:' >>/etc/group
mkdir -p /run/dbus && dbus-daemon --system --fork || not_ok "dbus-daemon starts"
# manager NAME WHAT - ModemManager until its log has WHAT of the port, and a while
manager() {
	ModemManager --debug >/var/log/mm.$1 2>&1 &
	pid=$!
	until_true 240 grep -qE "ttyUSB0.*$2" /var/log/mm.$1 && ok "ModemManager, $1: $(grep -m 1 -oE "[^ ]*ttyUSB0.*$2.*" /var/log/mm.$1)" ||
		not_ok "ModemManager, $1, says '$2' of the port: $(grep -E "ttyUSB0" /var/log/mm.$1 || tail -n 5 /var/log/mm.$1)"
	[ "$1" = ruled ] || sleep 15
	kill $pid && wait $pid
}
word part-begin
manager ruled "filtered: device is blocklisted"

# Another rule says that ModemManager shall have the device: then only ours for the port is left.
echo 'SUBSYSTEM=="usb", ATTR{idVendor}=="0403", ENV{ID_MM_DEVICE_PROCESS}="1"' >/usr/lib/udev/rules.d/99-other.rules
udevadm control --reload
replug true
manager forced "allowed: device is allowlisted"
word part-ruled

rm /usr/lib/udev/rules.d/$rule
udevadm control --reload
replug true
[ ! -e $link ] && ok "without the rule there is no link" || not_ok "without the rule there is no link"
is "nor a word for ModemManager" "" "$(property /dev/ttyUSB0 ID_MM_PORT_IGNORE)"
manager bare "allowed: device is allowlisted"
word part-end
sleep 1
finish
