// SPDX-License-Identifier: Apache-2.0
// notifications - who is told what, by which way; and whether it arrived
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, post, put } from "../api.js";
import { t, word } from "../i18n.js";
import { visible } from "../format.js";
import { may } from "../session.js";
import { useEvery, useLoad } from "../signal.js";
import { Badge, Severity } from "../ui/badge.js";
import { atField, Check, Field, lines, unlines } from "../ui/form.js";
import { Table } from "../ui/list.js";
import { Act, Card, Empty, Failed, Loaded, Tabs, toast } from "../ui/parts.js";
import { Time } from "../ui/text.js";

const CHANNELS = ["mail", "sms", "webhook", "syslog"];

/* Fields of a channel: [name, kind, options]. The server knows the rules; it names what is wrong. */
const FIELDS = {
	mail: [["server", "text"], ["port", "number"], ["security", "select", ["starttls", "tls", "none"]], ["user", "text"], ["password", "secret"],
		["from", "text"], ["to", "list"], ["ca", "pem"]],
	sms: [["host", "text"]],
	webhook: [["url", "text"], ["key", "secret"], ["ca", "pem"]],
	syslog: [["target", "text"], ["transport", "select", ["udp", "tcp", "tls"]], ["ca", "pem"]],
};

function input([name, kind, options], part, v, set, error) {
	const label = t(`notify.${part}.${name}`), common = { name: `${part}.${name}`, label, error };

	if (kind === "select")
		return html`<${Field} key=${name} ...${common} value=${v[name] ?? options[0]} options=${options.map((o) => [o, word("notifyopt", o)])} onInput=${(x) => set({ ...v, [name]: x })} />`;
	if (kind === "pem")
		return html`<${Field} key=${name} ...${common} label=${t("notify.ca")} hint=${t("notify.ca_hint")} type="area" class="mono" spellcheck=${false} value=${v[name] ?? ""} onInput=${(x) => set({ ...v, [name]: x })} />`;
	if (kind === "list")
		return html`<${Field} key=${name} ...${common} type="area" value=${lines(v[name])} hint=${t("form.one_a_line")} onInput=${(x) => set({ ...v, [name]: unlines(x) })} />`;
	if (kind === "secret")
		return html`<${Field} key=${name} ...${common} type="password" autocomplete="new-password" value=${v[name] ?? ""} placeholder=${v[`${name}_set`] ? "••••••••" : ""}
			hint=${v[`${name}_set`] ? t("notify.secret_kept") : ""} onInput=${(x) => set({ ...v, [name]: x || undefined })} />`;
	return html`<${Field} key=${name} ...${common} type=${kind} value=${v[name]} onInput=${(x) => set({ ...v, [name]: x })} />`;
}

/* Only what was changed is sent; `_set` is the server's word, not ours. */
function changes(before, after) {
	return Object.fromEntries(Object.entries(after).filter(([k, x]) => !k.endsWith("_set") && JSON.stringify(x) !== JSON.stringify(before?.[k])));
}

/* A form over one part of the settings; lets them change `v`, sends what differs. */
function Part({ part, data, saved, children, extra }) {
	const [v, set] = useState(data[part] || {}), [error, setError] = useState(null);

	useEffect(() => set(data[part] || {}), [data]);
	async function save() {
		setError(null);
		try {
			saved(await put("/notifications", { [part]: Array.isArray(v) ? v : changes(data[part], v) }));
			toast(t("form.saved"));
		} catch (e) {
			if (!e.cancelled)
				setError(e);
		}
	}
	return html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); save(); }}>${children(v, set, error)}
		<${Failed} error=${atField(error) ? null : error} />
		<div class="actions start">${may("manage") && html`<${Act} class="primary" icon="check" run=${save}>${t("do.save")}<//>`}${extra}</div></form>`;
}

function Channel({ part, data, saved }) {
	const [result, setResult] = useState(null);

	async function test() {
		setResult(null);
		try {
			const r = await post("/notifications/test", { channel: part });
			setResult({ tone: r.delivered === false ? "warning" : "ok", text: r.detail || t("notify.test_sent") });
		} catch (e) {
			if (!e.cancelled)
				setResult({ tone: "critical", text: e.message });
		}
	}
	return html`<${Part} part=${part} data=${data} saved=${saved} extra=${may("manage") && html`<${Act} icon="notifications" run=${test}>${t("notify.test")}<//>`}>
		${(v, set, error) => html`<${Check} label=${t(`notify.${part}.enabled`)} name=${`${part}.enabled`} checked=${v.enabled} onChange=${(enabled) => set({ ...v, enabled })} />
		<div class="form-grid">${FIELDS[part].map((f) => input(f, part, v, set, error))}</div>
		${result && html`<p class=${`result ${result.tone}`} role="status" data-test-result=${result.tone}><${Badge} tone=${result.tone}>${t(`result.${result.tone}`)}<//> ${visible(result.text)}</p>`}`}<//>`;
}

function Kinds({ data, saved }) {
	return html`<${Part} part="kinds" data=${data} saved=${saved}>${(v, set) => {
		const rows = Array.isArray(v) ? v : [];
		const change = (kind, more) => set(rows.map((k) => (k.kind === kind ? { ...k, ...more } : k)));
		return html`<${Table} label=${t("notify.kinds")} rows=${rows} keyOf=${(k) => k.kind} columns=${[
			{ key: "kind", name: t("notify.kind"), cell: (k) => word("alarm", k.kind) }, { key: "severity", name: t("notify.severity"), cell: (k) => html`<${Severity} value=${k.severity} />` },
			{ key: "limit", name: t("notify.limit"), class: "num", cell: (k) => (typeof k.limit === "number" ? html`<input type="number" class="tiny" min="1" max="100" aria-label=${`${word("alarm", k.kind)}: ${t("notify.limit")}`} value=${k.limit} onInput=${(e) => change(k.kind, { limit: Number(e.target.value) })} />` : "–") },
			...CHANNELS.map((c) => ({ key: c, name: t(`notify.${c}`), class: "center", cell: (k) => html`<${Check} hidden label=${`${word("alarm", k.kind)}: ${t(`notify.${c}`)}`} name=${`kind-${k.kind}-${c}`} checked=${k[c]} onChange=${(on) => change(k.kind, { [c]: on })} />` })),
		]} />`;
	}}<//>`;
}

function Times({ data, saved }) {
	return html`<div class="columns"><${Card} title=${t("notify.quiet")} icon="moon"><${Part} part="quiet" data=${data} saved=${saved}>${(v, set, error) => html`
		<${Check} label=${t("notify.quiet.enabled")} name="quiet.enabled" checked=${v.enabled} onChange=${(enabled) => set({ ...v, enabled })} />
		<div class="form-grid"><${Field} name="quiet.from" type="time" label=${t("notify.quiet.from")} value=${v.from} onInput=${(from) => set({ ...v, from })} error=${error} />
		<${Field} name="quiet.to" type="time" label=${t("notify.quiet.to")} value=${v.to} onInput=${(to) => set({ ...v, to })} error=${error} /></div>
		<${Check} label=${t("notify.quiet.critical")} name="quiet.critical_breaks" checked=${v.critical_breaks} onChange=${(critical_breaks) => set({ ...v, critical_breaks })} />`}<//><//>
		<${Card} title=${t("notify.escalate")} icon="warning"><${Part} part="escalate" data=${data} saved=${saved}>${(v, set, error) => html`
		<${Field} name="escalate.minutes" type="number" min="0" label=${t("notify.escalate.minutes")} value=${v.minutes} onInput=${(minutes) => set({ ...v, minutes })} error=${error} />
		<${Field} name="escalate.every_minutes" type="number" min="0" label=${t("notify.escalate.every")} value=${v.every_minutes} onInput=${(every_minutes) => set({ ...v, every_minutes })} error=${error} />
		<${Field} name="escalate.to" type="area" label=${t("notify.escalate.to")} hint=${t("form.one_a_line")} value=${lines(v.to)} onInput=${(x) => set({ ...v, to: unlines(x) })} error=${error} />`}<//><//></div>`;
}

const DELIVERY = { delivered: ["ok", "ok"], waiting: ["info", "pending"], failed: ["critical", "critical"], folded: ["neutral", "neutral"] };

function Deliveries() {
	const list = useLoad(() => get("/notifications/log", { limit: 100 }), []);

	useEvery(5000, list.reload);
	return html`<${Loaded} of=${list} empty=${html`<${Empty} icon="notifications" title=${t("notify.no_deliveries")} />`}>${(d) => html`<${Table} label=${t("notify.log")} rows=${d.rows} keyOf=${(r) => r.id} columns=${[
		{ key: "time", name: t("event.time"), cell: (r) => html`<${Time} value=${r.time} />` }, { key: "channel", name: t("notify.channel"), cell: (r) => word("notify", r.channel) },
		{ key: "to", name: t("notify.to"), cell: (r) => html`<span class="ellipsis note">${visible(r.to)}</span>` },
		{ key: "state", name: t("files.state"), cell: (r) => { const [tone, icon] = DELIVERY[r.state] || ["neutral", "neutral"]; return html`<${Badge} tone=${tone} icon=${icon}>${word("delivery", r.state)}<//>`; } },
		{ key: "tries", name: t("notify.tries"), class: "num", cell: (r) => r.tries }, { key: "detail", name: t("event.note"), cell: (r) => visible(r.detail) },
	]} />`}<//>`;
}

export function Notifications() {
	const all = useLoad(() => get("/notifications"), []), [tab, setTab] = useState("mail");
	const tabs = [...CHANNELS.map((c) => [c, t(`notify.${c}`)]), ["kinds", t("notify.kinds")], ["times", t("notify.times")], ["log", t("notify.log")]];

	return html`<${Tabs} label=${t("page.notifications")} value=${tab} tabs=${tabs} onChange=${setTab} />
		${tab === "log" ? html`<${Card}><${Deliveries} /><//>` : html`<${Loaded} of=${all}>${(d) => CHANNELS.includes(tab)
			? html`<${Card} key=${tab} title=${t(`notify.${tab}`)}><${Channel} key=${tab} part=${tab} data=${d} saved=${(n) => all.setData(() => ({ ...d, ...n }))} /><//>`
			: tab === "kinds" ? html`<${Card} title=${t("notify.kinds")}><${Kinds} data=${d} saved=${(n) => all.setData(() => ({ ...d, ...n }))} /><//>`
			: html`<${Times} data=${d} saved=${(n) => all.setData(() => ({ ...d, ...n }))} />`}<//>`}`;
}
