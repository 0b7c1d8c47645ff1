# SPDX-License-Identifier: Apache-2.0
# defacing - in enforce, a defacing script with root's rights changes not one byte or attribute,
# and each attempt is an event with operation, path, pid, uid, comm and exe.
. /root/case/lib.sh
protect enforce
cd /srv/www || exit 1
dir=$(find . -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | head -n 1)
echo outside >/srv/outside
mkdir -p /srv/tree/sub && echo x >/srv/tree/sub/file && tar -C /srv/tree -cf /srv/tree.tar sub
cp -a index.html /srv/copy.html
echo far >/tmp/far
python3 /root/case/walk.py /srv/www --inodes >/tmp/before

# operation expected in an event; its path; the command
while IFS='|' read -r op path command; do
	case $op in '' | '#'*) continue ;; esac
	rm -f /tmp/pid
	# The command's own shell, so that the pid on record can be compared.
	bash -c "echo \$\$ >/tmp/pid; $command" >/tmp/out 2>&1
	status=$?
	wanted() {
		wdctl events -n 40 --json | jq -s -e --arg op "$op" --arg path "/srv/www${path:+/$path}" \
			--argjson least "$(cat /tmp/pid)" 'any(.op == $op and (.path == $path or .path2 == $path)
			and .denied and .outcome == "denied" and .pid >= $least and .tgid >= $least and .uid == 0
			and (.comm | length) > 0 and (.exe | startswith("/usr/")) and .source == "kmod")'
	}
	if [ $status != 0 ] && until_true 5 wanted; then ok "denied and told: $command"; else
		not_ok "denied and told: $command (status $status; $(head -n 1 /tmp/out))"
		wdctl events -n 3 --json
	fi
done <<END
open|index.html|echo 0wned > index.html
open|index.html|echo 0wned >> index.html
open|index.html|cp /srv/outside index.html
open|index.html|dd if=/dev/zero of=index.html bs=1 count=5 conv=notrunc
open|index.html|tee index.html </srv/outside
open|index.html|python3 -c 'open("index.html", "r+b").write(b"0wned")'
truncate|index.html|truncate -s 0 index.html || python3 -c 'import os; os.truncate("index.html", 0)'
create|shell.php|echo '<?php ?>' > shell.php
create|shell.php|cp /srv/outside shell.php
create|new.html|touch new.html
utimes|index.html|touch index.html
utimes|index.html|touch -d 2000-01-01 index.html
unlink|index.html|rm -f index.html
unlink|index.html|unlink index.html
unlink|index.html|rm -rf $dir index.html
rmdir|$dir|python3 -c 'import os; os.rmdir("$dir")'
rename|index.html|mv index.html away.html
rename|index.html|mv /srv/copy.html index.html
rename|$dir|mv $dir /srv/elsewhere
rename|index.html|mv -f index.html /srv/elsewhere
rename|tree|mv /srv/tree tree
chmod|index.html|chmod 777 index.html
chmod|$dir|chmod 000 $dir
chmod||chmod 777 /srv/www
chown|index.html|chown nobody index.html
link|hard.html|ln index.html hard.html
link|index.html|ln index.html /srv/hard.html
symlink|link.html|ln -s /etc/passwd link.html
symlink|link.html|ln -sf /etc/passwd link.html
mkdir|planted|mkdir planted
mkdir|planted|mkdir -p planted/deep
mknod|fifo|mkfifo fifo
mknod|node|mknod node c 1 3
create|x.tar|tar -cf x.tar /srv/outside
mkdir|sub|tar -xf /srv/tree.tar
setxattr|index.html|setfattr -n user.owned -v 1 index.html
setxattr|index.html|python3 -c 'import os; os.setxattr("index.html", "user.a", b"1")'
ioctl|index.html|chattr +i index.html
open|index.html|python3 -c 'import os; os.open("index.html", os.O_RDONLY | os.O_TRUNC)'
open|index.html|bash -c 'exec 3<>index.html'
open|index.html|fallocate -l 1M index.html
unlink|index.html|cp --remove-destination /srv/outside index.html
create|far.txt|mv /tmp/far far.txt
create|inst|install -m 755 /srv/outside inst
rename|index.html|python3 -c 'import os; os.replace("/srv/copy.html", "index.html")'
chmod|$dir|chmod -R 777 $dir
chown|index.html|chgrp nogroup index.html
chown|index.html|chown -h nobody index.html
rmdir|$dir|rmdir $dir
acl|index.html|setfacl -m u:nobody:rw index.html
mkdir|sub|rsync -a /srv/tree/ ./
unlink|index.html|unshare -m rm -f index.html
open|index.html|chroot / /bin/sh -c 'echo 0wned >/srv/www/index.html'
END
# sed -i makes its new file in the directory under a random name
bash -c 'sed -i s/title/0wned/ index.html' >/tmp/out 2>&1 && not_ok "sed -i" || ok "denied: sed -i ($(head -n 1 /tmp/out))"
cd /
for i in 1 2 3; do rsync -a --delete /srv/tree/ /srv/www/ >/dev/null 2>&1; done
python3 /root/case/walk.py /srv/www --inodes >/tmp/after
if cmp -s /tmp/before /tmp/after; then ok "not one byte or attribute changed ($(wc -l </tmp/after) entries, inode times included)"; else
	not_ok "the tree changed"
	diff /tmp/before /tmp/after | head
fi
cat /srv/www/index.html >/dev/null && ok "reading works" || not_ok "reading works"
wdctl verify >/tmp/verify && ok "verify: $(tail -n 1 /tmp/verify)" || { not_ok verify; cat /tmp/verify; }
kill -9 "$(wdctl status --json | jq -r .pid)"
sleep 0.5
rm -rf /srv/www/index.html 2>/dev/null
python3 /root/case/walk.py /srv/www --inodes >/tmp/after
cmp -s /tmp/before /tmp/after && ok "enforcement outlives the agent" || not_ok "enforcement outlives the agent"
finish
