# SPDX-License-Identifier: Apache-2.0
# bash completion for wdctl(1)

_wdctl_audit() {
	local cur=$1 prev=$2 words
	case $prev in
	--format) words="table json html csv junit sarif" ;;
	--criterion) words="baseline guide" ;;
	--lang) words="en ko zh" ;;
	--fail-on) words="low medium high manual never" ;;
	--only | --fix-only) words=$(printf 'WT-%02d ' {1..13}; printf 'WX-%02d ' {1..11}) ;;
	--base | --home | --exclude | --protected | --state)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
	--waivers | --advisories | --advisories-key)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	--user) mapfile -t COMPREPLY < <(compgen -u -- "$cur"); return ;;
	undo) words=$(ls "${WD_AGENT_STATE:-/var/lib/webdefender}/audit/undo" 2>/dev/null) ;;
	*)
		words="--base --home --all --criterion --only --format --lang --fail-on --no-extras --user
			--exclude --waivers --advisories --advisories-key --fix --preview --yes --allow
			--fix-only --none-is-well --rename --settle --protected --state --force --help"
		[ "$COMP_CWORD" != 2 ] || words="tomcat undo list --help"
		;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}

# Items of evidence, as far as the caller may read them.
_wdctl_items() {
	cut -d' ' -f1 "${WD_AGENT_STATE:-/var/lib/webdefender}/evidence/chain" 2>/dev/null
}

_wdctl_sites() {
	sed -n 's/^[[:space:]]*site[[:space:]]*"\([^"]*\)".*/\1/p' \
		"${WD_AGENT_CONFIG:-/etc/webdefender/agent.conf}" 2>/dev/null
}

_wdctl() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "status mode protect unprotect filter events verify restore evidence hass
			audit seal unseal enrol --help --version" -- "$cur")
		return
	fi
	case $prev in
	--mode | -m) mapfile -t COMPREPLY < <(compgen -W "off audit enforce" -- "$cur"); return ;;
	--output | -o) mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
	esac
	case ${COMP_WORDS[1]} in
	status) mapfile -t COMPREPLY < <(compgen -W "--json" -- "$cur") ;;
	mode)
		if [ "$COMP_CWORD" = 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "off audit enforce" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "$(_wdctl_sites)" -- "$cur"; compgen -d -- "$cur")
		fi
		;;
	protect) mapfile -t COMPREPLY < <(compgen -W "--mode --force" -- "$cur"; compgen -d -- "$cur") ;;
	unprotect)
		mapfile -t COMPREPLY < <(compgen -W "$(cat /sys/kernel/webdefender/roots/*/path 2>/dev/null)" -- "$cur"
			compgen -d -- "$cur")
		;;
	filter)
		if [ "$COMP_CWORD" = 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "list add remove --json" -- "$cur")
		elif [ "$COMP_CWORD" = 3 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(cat /sys/kernel/webdefender/roots/*/path 2>/dev/null)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -d -S / -- "$cur")
		fi
		;;
	events) mapfile -t COMPREPLY < <(compgen -W "--follow --lines --json" -- "$cur") ;;
	verify) mapfile -t COMPREPLY < <(compgen -W "--json $(_wdctl_sites)" -- "$cur") ;;
	restore) mapfile -t COMPREPLY < <(compgen -W "--json $(_wdctl_sites)" -- "$cur"; compgen -f -- "$cur") ;;
	evidence)
		if [ "$COMP_CWORD" = 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "list show export check" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "--json --output $(_wdctl_items)" -- "$cur")
		fi
		;;
	audit) _wdctl_audit "$cur" "$prev" ;;
	hass)
		if [ "$COMP_CWORD" = 2 ]; then
			mapfile -t COMPREPLY < <(compgen -W "status test-sms provision --json" -- "$cur")
		elif [ "${COMP_WORDS[2]}" = provision ]; then
			mapfile -t COMPREPLY < <(compgen -W "--phone --name --pin-file --beat --misses --cut-on-loss
				--grace --sms-hour --sms-day --reserve --fold --rules-only --no-qr --json" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -W "--json" -- "$cur")
		fi
		;;
	seal) mapfile -t COMPREPLY < <(compgen -W "--modules-disabled --lockdown --json" -- "$cur") ;;
	unseal) mapfile -t COMPREPLY < <(compgen -W "--response --json" -- "$cur") ;;
	enrol)
		mapfile -t COMPREPLY < <(compgen -W "--site --mode --publisher --listen --force" -- "$cur"
			compgen -f -- "$cur")
		;;
	esac
}
complete -F _wdctl wdctl
