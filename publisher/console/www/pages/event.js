// SPDX-License-Identifier: Apache-2.0
// event - one event: who, what, when; how the bytes differ; how long each step took
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, seg, url } from "../api.js";
import { t, word } from "../i18n.js";
import { bytes, duration, micros, number, visible } from "../format.js";
import { href } from "../route.js";
import { may } from "../session.js";
import { useLoad } from "../signal.js";
import { on } from "../stream.js";
import { Outcome } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Act, Card, Empty, Facts, Loaded, Loading, toast } from "../ui/parts.js";
import { Full, Hash, Mono, Path, Time } from "../ui/text.js";
import { FormDialog } from "../ui/dialog.js";
import { Field } from "../ui/form.js";

/* Kernel -> guard -> treated -> publisher. Clocks of two machines may differ: never below nothing. */
function Steps({ e }) {
	const at = [["event.step_kernel", e.time], ["event.step_seen", e.seen], ["event.step_done", e.done], ["event.step_received", e.received]]
		.filter(([, time]) => micros(time) !== null);
	const total = Math.max(1, micros(at.at(-1)?.[1]) - micros(at[0]?.[1]));

	return html`<ol class="steps">${at.map(([name, time], i) => {
		const us = i ? micros(time) - micros(at[i - 1][1]) : null;
		return html`<li key=${name}><span class="steps-dot" aria-hidden="true"></span><b>${t(name)}</b><${Full} value=${time} />
			${i > 0 && html`<span class="steps-took">+ ${us < 0 ? t("event.clock_differs") : duration(us)}
				<i aria-hidden="true"><i style=${{ width: `${Math.max(2, Math.min(100, (us / total) * 100))}%` }}></i></i></span>`}</li>`;
	})}</ol>`;
}

function Diff({ e }) {
	const texts = useLoad(() => get(`/events/${seg(e.host)}/${seg(e.id)}/texts`), [e.key, e.evidence_state]);
	const [made, setMade] = useState(null);

	useEffect(() => {
		let alive = true;
		if (texts.data && (texts.data.original !== null || texts.data.tampered !== null))
			import("../ui/diff.js").then((m) => alive && setMade(() => m.Diff));
		return () => { alive = false; };
	}, [texts.data]);
	return html`<${Loaded} of=${texts}>${(d) => d.original === null && d.tampered === null
		? html`<${Empty} icon="file" title=${t("diff.none")}>${visible(d.why)}<//>`
		: !made ? html`<${Loading} />`
		: html`<${made} original=${d.original ?? ""} tampered=${d.tampered ?? ""} />${d.why && html`<p class="hint">${visible(d.why)}</p>`}${d.truncated && html`<p class="hint">${t("diff.truncated")}</p>`}`}<//>`;
}

function Ack({ e, done }) {
	const [open, set] = useState(false), [note, setNote] = useState("");

	if (e.ack)
		return html`<span class="is-acked"><${Icon} name="check" /> ${t("event.acked_by", { by: visible(e.ack.by) })} <${Time} value=${e.ack.time} relative /></span>`;
	return may("act") && html`<button type="button" class="primary" name="ack" onClick=${() => set(true)}><${Icon} name="check" /><span>${t("do.ack")}</span></button>
		${open && html`<${FormDialog} title=${t("do.ack")} action=${t("do.ack")} onClose=${(ok) => { set(false); ok && done(); }}
			submit=${() => post("/events/ack", { keys: [e.key || `${e.host}/${e.id}`], ...(note ? { note } : {}) })}>
			${(error) => html`<${Field} label=${t("event.ack_note")} name="note" type="area" maxlength="500" autofocus value=${note} onInput=${setNote} error=${error} />`}<//>`}`;
}

const user = (id) => (id === null || id === undefined ? "–" : id === 0 ? "0 (root)" : String(id));

function Who({ e }) {
	return html`<${Facts} rows=${[
		[t("event.program"), html`<${Mono}>${e.comm || "–"}<//>`], [t("event.exe"), e.exe && html`<${Path} value=${e.exe} />`],
		[t("event.pid"), e.pid ?? "–"], [t("event.uid"), user(e.uid) + (e.euid !== e.uid && e.euid !== undefined ? ` → ${user(e.euid)}` : "")],
		[t("event.loginuid"), user(e.loginuid)], [t("event.source"), word("source", e.source)],
	]} />`;
}

function What({ e }) {
	return html`<${Facts} rows=${[
		[t("event.op"), word("op", e.op) + (e.repeat > 1 ? ` ×${number(e.repeat)}` : "")], [t("event.path"), html`<${Path} value=${e.path} class="whole" />`],
		e.path2 && [t("event.path2"), html`<${Path} value=${e.path2} class="whole" />`], e.detail && [t("event.detail"), html`<${Mono}>${e.detail}<//>`],
		[t("event.host"), html`<a href=${href("hosts", [e.host])}>${visible(e.host)}</a>`], [t("event.site"), visible(e.site)],
		[t("event.expected"), html`<${Hash} value=${e.expected} />`], [t("event.found"), html`<${Hash} value=${e.found} />`],
		e.note && [t("event.note"), visible(e.note)],
	]} />`;
}

/* Files of its kind, or of its name: where the site begins in the host's path, only the host knows. */
export function suggestions(path) {
	const name = path.split("/").pop(), dot = name.lastIndexOf(".");

	return [...new Set([dot > 0 ? `*${name.slice(dot)}` : null, name].filter(Boolean))];
}

export function EventDetail({ host, id }) {
	const ev = useLoad(() => get(`/events/${seg(host)}/${seg(id)}`), [host, id]);

	useEffect(() => {
		const offs = [on("event", (e) => e.host === host && e.id === id && ev.reload()), on("ack", (a) => a.keys.includes(`${host}/${id}`) && ev.reload()), on("reset", ev.reload)];
		return () => offs.forEach((off) => off());
	}, [ev.reload]);
	return html`<p class="crumbs"><a href=${href("events")}>${t("page.events")}</a><${Icon} name="right" size=${12} /><span class="ellipsis">${visible(id)}</span></p>
	<${Loaded} of=${ev}>${(e) => html`
		<div class="headline"><${Outcome} value=${e.outcome} /><h2><${Path} value=${e.path || e.detail || e.note} class="whole" /></h2>
			<div class="actions"><${Ack} e=${e} done=${() => { toast(t("event.acked_n", { n: 1 })); ev.reload(); }} />
			${may("manage") && e.path && html`<a class="button" href=${href("filters", [], { site: e.site, pattern: suggestions(e.path)[0], path: e.path })}><${Icon} name="filters" /><span>${t("event.add_filter")}</span></a>`}
			${e.evidence_state === "complete" && html`<a class="button" download href=${url(`/events/${seg(host)}/${seg(id)}/evidence`)}><${Icon} name="download" /><span>${t("event.evidence")} (${bytes(e.evidence_size)})</span></a>`}
			</div></div>
		<div class="columns">
			<${Card} title=${t("event.what")} icon="file"><${What} e=${e} />${e.evidence_state === "partial" && html`<p class="hint">${t("event.evidence_partial")}</p>`}<//>
			<${Card} title=${t("event.who")} icon="users"><${Who} e=${e} /><//>
			<${Card} title=${t("event.when")} icon="pending" class="span-2"><${Steps} e=${e} /><//>
			<${Card} title=${t("diff.title")} icon="events" class="span-2"><${Diff} e=${e} /><//>
			${(e.related || []).length > 0 && html`<${Card} title=${t("event.related")} icon="link" class="span-2"><ul class="related">${e.related.map((r) => html`<li key=${`${r.host}/${r.id}`}>
				<${Outcome} value=${r.outcome} /><a href=${href("events", [r.host, r.id])}><${Path} value=${r.path} /></a><span class="faint">${word("op", r.op)}</span><${Time} value=${r.time} /></li>`)}</ul><//>`}
		</div>`}<//>`;
}
