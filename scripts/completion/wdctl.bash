# SPDX-License-Identifier: Apache-2.0
# bash completion for wdctl(1)

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
		mapfile -t COMPREPLY < <(compgen -W "status mode protect unprotect events verify restore evidence
			enrol --help --version" -- "$cur")
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
	enrol)
		mapfile -t COMPREPLY < <(compgen -W "--site --mode --publisher --listen --force" -- "$cur"
			compgen -f -- "$cur")
		;;
	esac
}
complete -F _wdctl wdctl
