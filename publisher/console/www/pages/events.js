// SPDX-License-Identifier: Apache-2.0
// events - the stream of what happened, live; and one event when the address names it
import { html, useCallback, useEffect, useRef, useState } from "htm/preact/standalone";
import { post } from "../api.js";
import { t, word } from "../i18n.js";
import { number, visible } from "../format.js";
import { href, route, setArgs } from "../route.js";
import { may } from "../session.js";
import { useDebounced, useSignal } from "../signal.js";
import { on } from "../stream.js";
import { Outcome, outcomeTone } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { List } from "../ui/list.js";
import { usePaged } from "../ui/paged.js";
import { Act, Empty, Failed, Loading, toast } from "../ui/parts.js";
import { Path, Time } from "../ui/text.js";
import { Check } from "../ui/form.js";
import { EventDetail } from "./event.js";

export const keyOf = (e) => e.key || `${e.host}/${e.id}`;
const linkOf = (e) => href("events", [e.host, e.id]);
const GATHER_MS = 150;
const OUTCOMES = ["denied", "restored", "removed", "failed", "waiting", "pending", "clean", "noted"];

export const columns = () => [
	{ key: "outcome", name: t("event.outcome"), width: "116px", cell: (e) => html`<${Outcome} value=${e.outcome} />` },
	{ key: "when", name: t("event.time"), width: "132px", cell: (e) => html`<${Time} value=${e.time} />` },
	{ key: "op", name: t("event.op"), width: "110px", cell: (e) => html`<span class="ellipsis">${word("op", e.op)}${e.repeat > 1 ? html` <b>×${number(e.repeat)}</b>` : ""}</span>` },
	{ key: "what", name: t("event.path"), width: "minmax(160px, 3fr)", cell: (e) => html`<a class="row-link" href=${linkOf(e)} tabindex="-1"><${Path} value=${e.path || e.detail || e.note} /></a>` },
	{ key: "who", name: t("event.program"), width: "minmax(90px, 1fr)", cell: (e) => html`<span class="ellipsis" title=${visible(e.exe)}>${visible(e.comm) || "–"}</span>` },
	{ key: "where", name: t("event.host"), width: "minmax(90px, 1fr)", cell: (e) => html`<span class="ellipsis">${visible(e.host)}</span>` },
	{ key: "acked", name: t("event.acked"), width: "44px", cell: (e) => e.ack && html`<${Icon} name="check" label=${t("event.acked_by", { by: visible(e.ack.by) })} />` },
];

/* Does an event that just came belong into what is shown? The server filters; this is for the live ones. */
function fits(e, f) {
	const q = (f.q || "").toLowerCase();
	const text = `${e.path || ""} ${e.path2 || ""} ${e.comm || ""} ${e.exe || ""} ${e.note || ""}`.toLowerCase();

	return (!f.host || e.host === f.host) && (!f.site || e.site === f.site) &&
		(!f.outcome || f.outcome.split(",").includes(e.outcome)) && (!f.open || !e.ack) && (!q || text.includes(q));
}

/* The event is newer news of a known one (pending, then restored), or it goes on top. */
function merge(rows, e) {
	const at = rows.slice(0, 500).findIndex((r) => keyOf(r) === keyOf(e));

	if (at < 0)
		return [e, ...rows];
	const next = rows.slice();
	next[at] = { ...rows[at], ...e };
	return next;
}

function Bar({ f, set, paused, setPaused, held }) {
	return html`<div class="filterbar" role="search">
		<label class="search"><span class="sr">${t("do.search")}</span><${Icon} name="search" /><input type="search" name="q" placeholder=${t("event.search")}
			value=${f.q || ""} onInput=${(e) => set({ ...f, q: e.target.value })} maxlength="200" /></label>
		<label><span class="sr">${t("event.outcome")}</span><select name="outcome" value=${f.outcome || ""} onChange=${(e) => set({ ...f, outcome: e.target.value })}>
			<option value="">${t("event.all_outcomes")}</option>${f.outcome?.includes(",") && html`<option value=${f.outcome}>${f.outcome.split(",").map((o) => word("outcome", o)).join(", ")}</option>`}
			${OUTCOMES.map((o) => html`<option key=${o} value=${o} selected=${o === f.outcome}>${word("outcome", o)}</option>`)}</select></label>
		<label><span class="sr">${t("event.host")}</span><input name="host" class="narrow" placeholder=${t("event.host")} value=${f.host || ""} onInput=${(e) => set({ ...f, host: e.target.value.trim() })} /></label>
		<${Check} label=${t("event.only_open")} name="open" checked=${f.open} onChange=${(open) => set({ ...f, open: open || "" })} />
		<button type="button" class=${`push ${paused ? "primary" : ""}`} aria-pressed=${paused ? "true" : "false"} onClick=${() => setPaused(!paused)}>
			<${Icon} name=${paused ? "play" : "pause"} /><span>${paused ? t("event.resume", { n: number(held) }) : t("event.pause")}</span></button></div>`;
}

function Stream() {
	const { args } = useSignal(route);
	const [f, setF] = useState(args);
	const [paused, setPaused] = useState(false), [chosen, setChosen] = useState(new Set()), [held, setHeld] = useState([]);
	const settled = useDebounced(f, 250), stopped = useRef(paused);
	const list = usePaged("/events", settled);

	stopped.current = paused;
	useEffect(() => setArgs(settled), [settled]);
	useEffect(() => {
		let batch = [], timer = 0, last = -GATHER_MS;
		// Up to 1,000 a second may come: the first enters the page at once, those that follow together.
		const flush = () => {
			const now = batch;
			batch = [];
			timer = 0;
			last = performance.now();
			if (stopped.current)
				setHeld((h) => now.reduce(merge, h));
			else
				list.change((rows) => now.reduce(merge, rows));
		};
		const soon = (e) => { batch.push(e); timer ||= setTimeout(flush, Math.max(0, last + GATHER_MS - performance.now())); };
		const acked = ({ keys, by }) => list.change((rows) => rows.map((r) => (keys.includes(keyOf(r)) ? { ...r, ack: { by, time: new Date().toISOString() } } : r)));
		const offs = [on("event", (e) => fits(e, settled) && soon(e)), on("ack", acked), on("reset", list.reload)];
		return () => { clearTimeout(timer); offs.forEach((off) => off()); };
	}, [settled]);
	const resume = useCallback((now) => {
		setPaused(now);
		if (!now)
			setHeld((h) => { list.change((rows) => h.reduceRight(merge, rows)); return []; });
	}, []);
	const choose = (id) => setChosen((s) => { const n = new Set(s); n.delete(id) || n.add(id); return n; });

	async function acknowledge() {
		const keys = [...chosen].slice(0, 1000);
		const { acknowledged } = await post("/events/ack", { keys });
		setChosen(new Set());
		toast(t("event.acked_n", { n: number(acknowledged ?? keys.length) }));
		list.reload();
	}
	return html`<div class="fill"><${Bar} f=${f} set=${setF} paused=${paused} setPaused=${resume} held=${held.length} />
		${chosen.size > 0 && html`<div class="selection" role="status">${t("list.chosen", { n: number(chosen.size) })}
			<${Act} icon="check" class="primary" run=${acknowledge}>${t("do.ack")}<//><button type="button" class="quiet" onClick=${() => setChosen(new Set())}>${t("do.clear")}</button></div>`}
		<${Failed} error=${list.error} retry=${list.reload} />
		${!list.rows.length && !list.error ? list.loading ? html`<${Loading} />` : html`<${Empty} icon="shield" title=${t("event.none")}>${t("event.none_text")}<//>`
		: html`<${List} label=${t("page.events")} rows=${list.rows} columns=${columns()} keyOf=${keyOf} href=${linkOf} more=${list.more} ended=${list.ended}
			chosen=${may("act") ? chosen : null} onChoose=${may("act") ? choose : null} top=${(e) => `tone-${outcomeTone(e.outcome)}`} />`}</div>`;
}

export function Events() {
	const { parts } = useSignal(route);

	return parts.length >= 2 ? html`<${EventDetail} key=${parts.join("/")} host=${parts[0]} id=${parts.slice(1).join("/")} />` : html`<${Stream} />`;
}
