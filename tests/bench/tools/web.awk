# SPDX-License-Identifier: Apache-2.0
# web.awk - from the lines "web|STATE|SHAPE|REQUESTS|TOTAL WORKER|ROUND" of guest/kernel.sh to a table
#
# A state's figure is the mean of its rounds. Where rounds of webdefender lie between rounds of plain,
# each is compared with the two around it: the median and mean of these differences, and twice the mean's
# standard error.
BEGIN { FS = "|"; shapes = split("-c 10|-c 200|-c 10 -k", shape, "|") }
$1 == "web" {
	split($5, v, " ")
	per = v[1] / $4
	if (!($2 in seen)) { seen[$2] = 1; order[n++] = $2 }
	sum[$2, $3] += per
	count[$2, $3]++
	at[$2, $3, $6] = per
	own[$2, $3, $6] = v[2] / $4
	if ($6 > rounds) rounds = $6
}
function mean(state, s) { return count[state, s] ? sum[state, s] / count[state, s] : 0 }
function sort(list, k,    i, j, x) {
	for (i = 2; i <= k; i++) {
		x = list[i]
		for (j = i - 1; j > 0 && list[j] > x; j--) list[j + 1] = list[j]
		list[j + 1] = x
	}
}
function compare(values, s, what,    i, d, all, squares, k, m, before, after, list) {
	for (i = 1; i < rounds; i++) {
		if (!(("plain", s, i) in values) || !(("plain", s, i + 1) in values) || !((guarded, s, i) in values))
			continue
		before = values["plain", s, i]
		after = values["plain", s, i + 1]
		d = 100 * (values[guarded, s, i] / ((before + after) / 2) - 1)
		all += d; squares += d * d; list[++k] = d
	}
	if (k < 2) return
	m = all / k
	sort(list, k)
	printf "%-12s %-22s median %+.4f %%, mean %+.4f %% +- %.4f (%d rounds)\n", s, what,
		k % 2 ? list[(k + 1) / 2] : (list[k / 2] + list[k / 2 + 1]) / 2, m,
		2 * sqrt((squares / k - m * m) / (k - 1)), k
}
END {
	guarded = "webdefender, enforce"
	printf "%-24s %22s %22s %22s\n", "", "10 at a time", "200 at a time", "keep-alive"
	for (i = 0; i < n; i++) {
		printf "%-24s", order[i]
		for (j = 1; j <= shapes; j++) {
			p = mean(order[i], shape[j])
			if (!p || !mean("plain", shape[j])) { printf " %12s %9s ", p ? int(p) : "-", ""; continue }
			printf " %12.0f %+8.3f %%", p, 100 * (p / mean("plain", shape[j]) - 1)
		}
		print ""
	}
	print "webdefender against the rounds of plain around it:"
	for (j = 1; j <= shapes; j++) {
		compare(at, shape[j], "all")
		compare(own, shape[j], "nginx's worker alone")
	}
}
