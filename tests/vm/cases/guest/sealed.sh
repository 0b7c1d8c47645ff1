# SPDX-License-Identifier: Apache-2.0
# sealed - publisher to kernel and back: sealing, what root may do then, unsealing over the
# network and by hand, an agent that dies, a host that comes back unsealed.
. /root/case/lib.sh
mkdir -p /tmp/cg && mount -t cgroup2 none /tmp/cg
module() { wdctl status --json | jq -r ".module.$1"; }
is() { [ "$2" = "$3" ] && ok "$1" || not_ok "$1: expected '$2', found '$3'"; }
# refused NAME WORDS COMMAND...
refused() {
	local name=$1 words=$2 out
	shift 2
	if out=$("$@" 2>&1); then not_ok "$name: it succeeded"; elif [[ $out = *"$words"* ]]; then ok "$name"; else not_ok "$name: $out"; fi
}
done_() { local name=$1 out; shift; if out=$("$@" 2>&1); then ok "$name"; else not_ok "$name: $out"; fi; }
seen() { [ "$(wdpub host list --json | jq -r '.[] | select(.host == "web1") | .seal')" = "$1" ]; }
is_sealed() { [ "$(module sealed)" = true ]; }
kill_hard() { mkdir -p "/tmp/cg/x$1"; echo "$1" >"/tmp/cg/x$1/cgroup.procs" && echo 1 >"/tmp/cg/x$1/cgroup.kill"; }
same() { diff -r /root/backup /srv/www; }

refused "nothing to seal yet" "not loaded" wdctl unseal
protect enforce
key_there() { [ -s /var/lib/webdefender/trust/seal.key ]; }
until_true 20 key_there && ok "the publisher's key came" || not_ok "the publisher's key came"
keeper=$(module keeper)
is "the keeper is the parent of the guard" "$keeper" "$(ps -o ppid= -p "$(module agent)" | tr -d ' ')"
refused "unsealing what is not sealed" "not sealed" wdpub unseal web1 --for 10m
refused "unsealing an unknown host" "no host" wdpub unseal elsewhere --for 10m
refused "no time said" "--for" wdpub unseal web1
done_ "wdpub seal" wdpub seal web1
is "it is sealed" true "$(module sealed)"
until_true 10 seen sealed && ok "the publisher shows it" || not_ok "the publisher shows it"
wdctl status | grep -q "sealed: only the publisher" && ok "wdctl status says so" || not_ok "wdctl status says so"

agent=$(module agent)
refused "mode by wdctl" "sealed" wdctl mode off
refused "mode by sysfs" "not permitted" sh -c 'echo off >/sys/kernel/webdefender/mode'
mkdir -p /srv/other
refused "another directory" "sealed" wdctl protect /srv/other
refused "rmmod -f" "" sh -c 'rmmod -f webdefender 2>&1; test ! -d /sys/kernel/webdefender'
refused "killing the guard" "not permitted" sh -c "kill -9 $agent"
refused "killing the keeper" "not permitted" sh -c "kill -9 $keeper"
refused "a module" "not permitted" sh -c 'modprobe dummy 2>&1'
alarmed() { wdctl events -n 1000 --json | jq -e 'select(.op == "kernel" or .op == "kill" or .op == "policy")' | grep -c . | grep -qv '^0$'; }
until_true 10 alarmed && ok "the tries are events" || not_ok "the tries are events"
echo sealed >/root/backup/while-sealed.html
until_true 30 same && ok "publishing goes on" || not_ok "publishing goes on"

# It dies as no signal can make it; its files were exchanged before.
cp -a /var/lib/webdefender/trust/release.pub /tmp/release.pub
printf '%064d\n' 1 >/var/lib/webdefender/trust/release.pub
kill_hard "$agent"
another() { local n; n=$(module agent); [ "$n" != 0 ] && [ "$n" != "$agent" ]; }
until_true 20 another && ok "another guard follows" || { not_ok "another guard follows"; tail -n 5 /var/log/agent.log; }
echo after >/root/backup/after-death.html
until_true 40 same && ok "it publishes, with the release key that was read before" || { not_ok "it publishes, with the release key that was read before"; tail -n 5 /var/log/agent.log; }
cp -a /tmp/release.pub /var/lib/webdefender/trust/release.pub
WD_AGENT_STATE=/tmp/other WD_AGENT_SOCKET=/tmp/other.sock timeout 20 webdefenderd 2>/tmp/impostor.log
is "a program of the same name is not the agent" "$(module agent)" "$(cat /sys/kernel/webdefender/agent)"

done_ "wdpub unseal" wdpub unseal web1 --for 10m
is "it is unsealed" false "$(module sealed)"
until_true 10 seen unsealed && ok "the publisher shows that" || not_ok "the publisher shows that"
done_ "mode while unsealed" wdctl mode audit
done_ "mode back" wdctl mode enforce
done_ "wdctl seal" wdctl seal
is "sealed before its time" true "$(module sealed)"
done_ "unsealed for two seconds" wdpub unseal web1 --for 2s
until_true 20 is_sealed && ok "sealed again by itself" || not_ok "sealed again by itself"
is "with the same agent" "$(module agent)" "$(cat /sys/kernel/webdefender/agent)"

# By hand, with no agent left at all.
wdpub host add web2 -o /root/web2.enrol >/dev/null
challenge=$(wdctl unseal --json | jq -r .challenge)
refused "a challenge of another host" "not from web2" wdpub unseal web2 --for 5m --challenge "$challenge"
refused "a challenge cut short" "" wdpub unseal web1 --for 5m --challenge "${challenge%????}"
refused "a challenge miscopied" "" wdpub unseal web1 --for 5m --challenge "${challenge/A/B}x"
guard=$(module agent)
kill_hard "$(module keeper)"
kill_hard "$guard"
gone() { [ "$(module agent)" = 0 ]; }
until_true 20 gone && ok "no agent is left" || not_ok "no agent is left"
(webdefenderd 2>/tmp/late.log &)
refused "without the agent's network it says how" "challenge" sh -c 'until wdpub unseal web1 --for 5m 2>&1 | grep challenge; do sleep 0.2; done; exit 1'
response=$(wdpub unseal web1 --for 5m --challenge "$challenge" --json | jq -r .response)
refused "a response miscopied" "" wdctl unseal --response "${response%?????}AAAAA"
done_ "a response by hand" wdctl unseal --response "$response"
is "unsealed by hand" false "$(module sealed)"
registered() { [ "$(module agent)" != 0 ]; }
until_true 30 registered && ok "then a new agent may register" || { not_ok "then a new agent may register"; cat /tmp/late.log | tail -n 4; }
done_ "sealed with it" wdctl seal
refused "the response serves once" "used" wdctl unseal --response "$response"

# It comes back as after a boot: told, though nobody asked.
until_true 30 seen sealed
done_ "unsealed to unload" wdpub unseal web1 --for 10m
done_ "unloaded" rmmod webdefender
done_ "loaded never to be sealed" modprobe webdefender noseal=1
unsealed_alarm() { wdpub alarm list --json | jq -e '[.. | objects | select(.kind? == "unsealed")] | length > 0'; }
until_true 60 unsealed_alarm && ok "the publisher raises an alarm" || not_ok "the publisher raises an alarm: $(wdpub host list --json | jq -c '.[0].seal')"
until_true 20 registered
refused "noseal is told" "noseal" wdpub seal web1
wdctl status --json | jq -r .note | grep -q "not sealed" && ok "the host says that it should be" || not_ok "the host says that it should be: $(wdctl status --json | jq -r .note)"
finish
