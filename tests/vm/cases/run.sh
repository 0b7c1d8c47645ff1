# SPDX-License-Identifier: Apache-2.0
# A case is two scripts of one name: tests/vm/cases/NAME here, guest/NAME.sh in the guest.
# Sourced by the first; runs the second, with the word $stage, in a guest with a small site in /root/backup.
set -euo pipefail
cd "$(dirname "$0")/../../.."
name=$(basename "$0")
site=build/bench/site-small
if [ ! -d "$site" ]; then
	tests/bench/mksite -q "$site.$$" 0.04
	mv -T "$site.$$" "$site" 2>/dev/null || rm -rf "$site.$$" # another was quicker
fi
exec tests/vm/run --timeout 900 "$@" --copy "$site:/root/backup" \
	--copy tests/vm/cases/guest:/root/case -- bash "/root/case/$name.sh" ${stage:-}
