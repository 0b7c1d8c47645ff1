// SPDX-License-Identifier: Apache-2.0
// diff - the true text and the tampered one, line by line; loaded only where it is needed
import { html, useMemo, useState } from "htm/preact/standalone";
import { diffLines, diffWordsWithSpace } from "diff";
import { t } from "../i18n.js";
import { visible } from "../format.js";

const CONTEXT = 3;
const LINES_MOST = 4000;

const split = (text) => text.replace(/\n$/, "").split("\n");
/* Tabs are text here, everything else that steers is shown by number. */
const clean = (s) => s.split("\t").map(visible).join("\t");

/* Rows of {sign, a, b, text}: line numbers on both sides. */
function rowsOf(original, tampered) {
	const rows = [];
	let a = 1, b = 1;
	// A page whose every line differs would take minutes: after 2,000 edits it is simply "all new".
	const parts = diffLines(original, tampered, { maxEditLength: 2000 }) ||
		[{ removed: true, value: original }, { added: true, value: tampered }];

	for (const p of parts)
		for (const text of p.value ? split(p.value) : [])
			rows.push(p.added ? { sign: "+", b: b++, text } : p.removed ? { sign: "-", a: a++, text } : { sign: " ", a: a++, b: b++, text });
	return rows;
}

/* Pairs a removed line with the added one after it, to mark the words that differ. */
function mark(rows) {
	for (let i = 0; i < rows.length; i++) {
		let dels = i, adds;
		while (rows[dels]?.sign === "-")
			dels++;
		adds = dels;
		while (rows[adds]?.sign === "+")
			adds++;
		const n = Math.min(dels - i, adds - dels);
		for (let k = 0; k < n && rows[i + k].text.length + rows[dels + k].text.length < 2000; k++) {
			const words = diffWordsWithSpace(rows[i + k].text, rows[dels + k].text);
			rows[i + k].words = words.filter((w) => !w.added);
			rows[dels + k].words = words.filter((w) => !w.removed);
		}
		i = Math.max(i, adds - 1);
	}
	return rows;
}

function fold(rows) {
	const keep = new Set();

	rows.forEach((r, i) => {
		if (r.sign !== " ")
			for (let k = i - CONTEXT; k <= i + CONTEXT; k++)
				keep.add(k);
	});
	const out = [];
	rows.forEach((r, i) => {
		if (keep.has(i))
			out.push(r);
		else if (out.at(-1)?.sign !== "…")
			out.push({ sign: "…", n: 1 });
		else
			out.at(-1).n++;
	});
	return out;
}

const NAMES = { "+": "diff.added", "-": "diff.removed" };

function Line({ r }) {
	if (r.sign === "…")
		return html`<tr class="fold"><td colspan="4">${t("diff.same", { n: r.n })}</td></tr>`;
	return html`<tr class=${{ "+": "added", "-": "removed", " ": "" }[r.sign]}><td class="no">${r.a}</td><td class="no">${r.b}</td>
		<td class="sign">${NAMES[r.sign] ? html`<span class="sr">${t(NAMES[r.sign])}</span><span aria-hidden="true">${r.sign}</span>` : ""}</td>
		<td class="code">${r.words ? r.words.map((w, i) => (w.added || w.removed ? html`<mark key=${i}>${clean(w.value)}</mark>` : clean(w.value))) : clean(r.text)}</td></tr>`;
}

export function Diff({ original, tampered }) {
	const all = useMemo(() => mark(rowsOf(original, tampered)), [original, tampered]);
	const [whole, set] = useState(false);
	const rows = whole ? all : fold(all);
	const count = (s) => all.filter((r) => r.sign === s).length;

	return html`<div class="diff-head"><span class="added">+${count("+")} ${t("diff.tampered")}</span><span class="removed">−${count("-")} ${t("diff.original")}</span>
		<button type="button" class="quiet" aria-pressed=${whole ? "true" : "false"} onClick=${() => set(!whole)}>${whole ? t("diff.changes") : t("diff.whole")}</button></div>
		<div class="diff" tabindex="0" role="region" aria-label=${t("diff.title")}><table>${rows.slice(0, LINES_MOST).map((r, i) => html`<${Line} key=${i} r=${r} />`)}</table></div>
		${rows.length > LINES_MOST && html`<p class="hint">${t("diff.truncated")}</p>`}`;
}
