// SPDX-License-Identifier: Apache-2.0
// list - a long list of which only what can be seen is in the page: 100,000 rows scroll like 100
//
// Rows are of one height. Older rows are asked for (more()) when the end comes near. With the
// keyboard: up, down, page, home, end; Enter opens; Space chooses.
import { html, useEffect, useLayoutEffect, useRef, useState } from "htm/preact/standalone";
import { useMedia } from "../signal.js";
import { t } from "../i18n.js";

const AROUND = 10;
const PHONE = "(max-width: 719px)";

export function List({ rows, columns, keyOf, href, label, more, ended, chosen, onChoose, tall = 44, phone = 84, top }) {
	const narrow = useMedia(PHONE), height = narrow ? phone : tall;
	const box = useRef(null);
	const [at, setAt] = useState({ scroll: 0, view: 600 });
	const [focus, setFocus] = useState(0);
	const first = Math.max(0, Math.floor(at.scroll / height) - AROUND);
	const last = Math.min(rows.length, Math.ceil((at.scroll + at.view) / height) + AROUND);

	useLayoutEffect(() => {
		const see = () => setAt({ scroll: box.current.scrollTop, view: box.current.clientHeight });
		const watch = new ResizeObserver(see);
		see();
		watch.observe(box.current);
		return () => watch.disconnect();
	}, []);
	useEffect(() => {
		if (more && !ended && last >= rows.length - AROUND)
			more();
	}, [last, rows.length, ended]);

	function show(i) {
		const next = Math.max(0, Math.min(rows.length - 1, i));
		const y = next * height, el = box.current;

		if (y < el.scrollTop)
			el.scrollTop = y;
		else if (y + height > el.scrollTop + el.clientHeight)
			el.scrollTop = y + height - el.clientHeight;
		setFocus(next);
		requestAnimationFrame(() => el.querySelector(`[data-i="${next}"]`)?.focus({ preventScroll: true }));
	}
	function key(e) {
		const page = Math.max(1, Math.floor(at.view / height) - 1);
		const to = { ArrowDown: focus + 1, ArrowUp: focus - 1, PageDown: focus + page, PageUp: focus - page,
			Home: 0, End: rows.length - 1 }[e.key];

		if (to !== undefined) {
			e.preventDefault();
			show(to);
		} else if (e.key === " " && onChoose && e.target.dataset.i) {
			e.preventDefault();
			onChoose(keyOf(rows[focus]));
		} else if (e.key === "Enter" && href && e.target.dataset.i) {
			location.hash = href(rows[focus]);
		}
	}
	const cells = (row) => columns.map((c) => html`<div key=${c.key} role="gridcell" class=${`cell ${c.key} ${c.class || ""}`}
		>${c.cell(row)}</div>`);
	const grid = { "--columns": (onChoose ? "36px " : "") + columns.map((c) => c.width || "1fr").join(" ") };

	return html`<div class="list" role="grid" aria-label=${label} aria-rowcount=${ended ? rows.length + 1 : -1}
		style=${grid} onKeyDown=${key}>
		<div class="list-head" role="row" aria-rowindex="1">
			${onChoose && html`<div role="columnheader"><span class="sr">${t("list.choose")}</span></div>`}
			${columns.map((c) => html`<div key=${c.key} role="columnheader" class=${c.key}>${c.name}</div>`)}</div>
		<div class="list-box" ref=${box} tabindex="-1" onScroll=${(e) => setAt({ scroll: e.currentTarget.scrollTop, view: e.currentTarget.clientHeight })}>
			<div class="list-rows" style=${{ height: `${rows.length * height}px` }}>
			${rows.slice(first, last).map((row, k) => { const i = first + k, id = keyOf(row); return html`
				<div key=${id} data-i=${i} class=${`list-row ${top ? top(row) || "" : ""} ${chosen?.has(id) ? "chosen" : ""}`} role="row"
					aria-rowindex=${i + 2} aria-selected=${onChoose ? (chosen.has(id) ? "true" : "false") : null}
					tabindex=${i === Math.min(focus, rows.length - 1) ? 0 : -1} style=${{ top: `${i * height}px`, height: `${height}px` }}
					onFocus=${() => setFocus(i)}
					onClick=${(e) => href && !e.target.closest("button, a, input, label") && (location.hash = href(row))}>
					${onChoose && html`<div role="gridcell" class="cell choose"><input type="checkbox" tabindex="-1" checked=${chosen.has(id)}
						aria-label=${t("list.choose")} onChange=${() => onChoose(id)} /></div>`}
					${cells(row)}
				</div>`; })}</div></div></div>`;
}

/* A short list: a real table, which becomes cards on a phone (data-label names each cell). */
export function Table({ rows, columns, keyOf, label, current }) {
	return html`<div class="table-box"><table aria-label=${label}><thead><tr>${columns.map((c) =>
		html`<th key=${c.key} scope="col" class=${c.class || ""}>${c.name}</th>`)}</tr></thead>
		<tbody>${rows.map((r) => html`<tr key=${keyOf(r)} class=${current && current(r) ? "current" : ""}>${columns.map((c) =>
			html`<td key=${c.key} class=${c.class || ""} data-label=${c.name}>${c.cell(r)}</td>`)}</tr>`)}</tbody></table></div>`;
}
