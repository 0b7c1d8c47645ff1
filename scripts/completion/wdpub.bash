# SPDX-License-Identifier: Apache-2.0
# bash completion for wdpub(1)

# Names out of `wdpub site list` or `wdpub host list`; nothing when the daemon is not running.
_wdpub_names() {
	wdpub "$1" list --json 2>/dev/null | sed -n "s/^ *\"$1\": \"\(.*\)\",\{0,1\}$/\1/p" | sort -u
}

_wdpub() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]} second=${COMP_WORDS[2]} words=
	COMPREPLY=()

	case $prev in
	--dir | -d) compopt -o dirnames; return ;;
	-o | --output | --socket | --state) compopt -o default; return ;;
	--site | -s) mapfile -t COMPREPLY < <(compgen -W "$(_wdpub_names site)" -- "$cur"); return ;;
	--host | -H) mapfile -t COMPREPLY < <(compgen -W "$(_wdpub_names host)" -- "$cur"); return ;;
	--exclude | -x | --filter | -f | --except | -e | --unfilter | -u | --note | --find | -q | --from | --to | -t | --hours | --op | --outcome | --connect | -c | --address | -a | --name | -n | --lines | --above) return ;;
	esac

	if [ "$COMP_CWORD" = 1 ]; then
		words='init site host push status overview releases rollback log events event file filter evidence user settings maintenance hass audit advisories alarm notify service backup restore verify seal unseal --help --version'
	elif [ "$COMP_CWORD" = 2 ]; then
		case $command in
		site) words='add list show set remove' ;;
		host) words='add set list metrics remove' ;;
		event) words='list show diff ack' ;;
		file) words='list history restore' ;;
		filter) words='list preview add remove' ;;
		evidence) words='list export' ;;
		user) words='add list set remove passwd reset-totp sessions end' ;;
		settings) words='show set' ;;
		log) words='audit verify find export' ;;
		maintenance) words='off' ;;
		hass) words='status cut' ;;
		alarm) words='list ack test' ;;
		notify) words='show set test log' ;;
		service) words='list start stop restart' ;;
		backup | restore) compopt -o default ;;
		audit) words='list show run fix undo jobs waive unwaive waivers' ;;
		advisories) words='show update' ;;
		push | releases | rollback) words=$(_wdpub_names site) ;;
		verify | seal | unseal) words=$(_wdpub_names host) ;;
		esac
	elif [ "$COMP_CWORD" = 3 ]; then
		case "$command $second" in
		'site remove' | 'site set' | 'site show' | 'file '* | 'filter '*) words=$(_wdpub_names site) ;;
		'host remove' | 'host set' | 'evidence list' | 'hass status' | 'hass cut') words=$(_wdpub_names host) ;;
		'audit show' | 'audit run' | 'audit fix' | 'audit undo' | 'audit jobs') words=$(_wdpub_names host) ;;
		'host metrics') words="- $(_wdpub_names host)" ;;
		'event show' | 'event diff' | 'event ack') words=$(wdpub event list --open --json 2>/dev/null | sed -n 's/^ *"key": "\(.*\)",\{0,1\}$/\1/p') ;;
		'alarm ack') words=$(wdpub alarm list --json 2>/dev/null | sed -n 's/^ *"id": \([0-9]*\),$/\1/p') ;;
		'user end') words=$(wdpub user sessions --json 2>/dev/null | sed -n 's/^ *"id": "\(.*\)",$/\1/p') ;;
		'notify test') words='mail sms webhook syslog' ;;
		'service '*) words="- $(_wdpub_names host)" ;;
		'audit waive') words=$(printf 'WT-%02d ' {1..13}; printf 'WX-%02d ' {1..11}) ;;
		'advisories update') compopt -o default ;;
		verify*) words=$(_wdpub_names site) ;;
		esac
	fi
	case $cur in
	-*)
		words='--json --socket --state --help'
		case "$command $second" in
		init*) words+=' --name --address' ;;
		'alarm list') words+=' --all --host --follow -n' ;;
		'alarm ack') words+=' --note' ;;
		backup*) words+=' --passphrase-file --without-keys' ;;
		restore*) words+=' --passphrase-file --replace' ;;
		'site add') words+=' --dir --exclude' ;;
		'site set') words+=' --filter --except --unfilter' ;;
		'host add') words+=' --site --connect --output --again' ;;
		'host set') words+=' --site --connect' ;;
		push*) words+=' --wait --no-wait --note --allow-empty --above' ;;
		rollback*) words+=' --note --wait --no-wait' ;;
		status*) words+=' --check' ;;
		'log audit') words+=' --lines --user --find' ;;
		'log verify') words+=' --head' ;;
		verify*) words+=' --wait --site' ;;
		'log find') words+=' --kind --host --level --from --to --lines' ;;
		'log export') words+=' --kind --format --output --host --level --find --from --to' ;;
		log*) words+=' --lines --follow --host' ;;
		'event list') words+=' --host --site --find --outcome --op --open --from --to --lines' ;;
		'event ack') words+=' --note' ;;
		'file restore') words+=' --host --wait' ;;
		'host metrics') words+=' --hours' ;;
		'user add') words+=' --role --email --phone --language' ;;
		'user set') words+=' --role --email --phone --language --disable --enable' ;;
		events*) words+=' --lines --follow --host' ;;
		seal*) words+=' --forget' ;;
		unseal*) words+=' --for --challenge' ;;
		'evidence export') words+=' --output' ;;
		'audit run' | 'audit undo') words+=' --no-wait' ;;
		'audit fix') words+=' --base --only --preview --yes --no-wait' ;;
		'audit waive') words+=' --host --object --owner --reason --expires' ;;
		'hass cut') words+=' --yes' ;;
		esac
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -F _wdpub wdpub
