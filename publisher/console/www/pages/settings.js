// SPDX-License-Identifier: Apache-2.0
// settings - certificate, retention, limits, language; a maintenance window
import { html, useEffect, useState } from "htm/preact/standalone";
import { get, put, del } from "../api.js";
import { t } from "../i18n.js";
import { visible } from "../format.js";
import { LANGUAGES } from "../prefs.js";
import { may, refresh, session } from "../session.js";
import { useLoad, useSignal } from "../signal.js";
import { Badge } from "../ui/badge.js";
import { Field, atField } from "../ui/form.js";
import { Act, Card, Facts, Failed, Loaded, toast } from "../ui/parts.js";
import { Full, Hash, Mono, Path } from "../ui/text.js";

const NUMBERS = ["keep_events_days", "keep_log_days", "keep_metrics_days", "evidence_max_mib", "session_minutes"];

function General({ data, saved }) {
	const [v, set] = useState(data), [error, setError] = useState(null);

	useEffect(() => set(data), [data]);
	async function save() {
		setError(null);
		const changed = Object.fromEntries([...NUMBERS, "language"].filter((k) => v[k] !== data[k]).map((k) => [k, v[k]]));
		try {
			saved(await put("/settings", changed));
			toast(t("form.saved"));
		} catch (e) {
			if (!e.cancelled)
				setError(e);
		}
	}
	return html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); save(); }}><div class="form-grid">
		${NUMBERS.filter((k) => k in data).map((k) => html`<${Field} key=${k} name=${k} type="number" label=${t(`settings.${k}`)} value=${v[k]} onInput=${(x) => set({ ...v, [k]: x })} error=${error} />`)}
		${"language" in data && html`<${Field} name="language" label=${t("settings.language")} value=${v.language} options=${Object.entries(LANGUAGES)} onInput=${(language) => set({ ...v, language })} error=${error} hint=${t("settings.language_hint")} />`}</div>
		<${Failed} error=${atField(error) ? null : error} />
		${may("manage") && html`<div><${Act} class="primary" icon="check" run=${save}>${t("do.save")}<//></div>`}</form>`;
}

function Maintenance() {
	const s = useSignal(session), m = s.maintenance;
	const [v, set] = useState({ reason: "", minutes: 60 }), [error, setError] = useState(null);

	async function begin() {
		setError(null);
		try {
			await put("/maintenance", v);
			await refresh();
		} catch (e) {
			if (!e.cancelled)
				setError(e);
		}
	}
	if (m)
		return html`<${Facts} rows=${[[t("maintenance.reason"), visible(m.reason)], [t("maintenance.by"), visible(m.by)], [t("maintenance.since"), html`<${Full} value=${m.since} />`], [t("maintenance.until"), html`<${Full} value=${m.until} />`]]} />
			${may("act") && html`<${Act} icon="close" run=${async () => { await del("/maintenance"); await refresh(); }}>${t("maintenance.end")}<//>`}`;
	return html`<p>${t("maintenance.text")}</p>${may("act") && html`<form class="stack" onSubmit=${(e) => { e.preventDefault(); begin(); }}>
		<${Field} name="reason" label=${t("maintenance.reason")} maxlength="200" required value=${v.reason} onInput=${(reason) => set({ ...v, reason })} error=${error} />
		<${Field} name="minutes" type="number" min="1" max="1440" label=${t("maintenance.minutes")} value=${v.minutes} onInput=${(minutes) => set({ ...v, minutes })} error=${error} />
		<${Failed} error=${atField(error) ? null : error} /><div><${Act} icon="pause" disabled=${!v.reason} run=${begin}>${t("maintenance.begin")}<//></div></form>`}`;
}

export function Settings() {
	const all = useLoad(() => get("/settings"), []);

	return html`<${Loaded} of=${all}>${(d) => html`<div class="columns">
		<${Card} title=${t("settings.general")} icon="settings"><${General} data=${d} saved=${(n) => all.setData(() => ({ ...d, ...n }))} /><//>
		<div class="stack"><${Card} title=${t("maintenance.title")} icon="pause"><${Maintenance} /><//>
		${d.certificate && html`<${Card} title=${t("settings.certificate")} icon="seal"><${Facts} rows=${[d.certificate.subject && [t("settings.subject"), html`<${Mono}>${d.certificate.subject}<//>`], d.certificate.issuer && [t("settings.issuer"), html`<${Mono}>${d.certificate.issuer}<//>`],
			d.certificate.file && [t("settings.file"), html`<${Path} value=${d.certificate.file} class="whole" />`], [t("site.expires"), html`<${Full} value=${d.certificate.expires} />`], [t("settings.fingerprint"), html`<${Hash} value=${d.certificate.fingerprint} />`],
			d.certificate.self_made !== undefined && [t("settings.origin"), html`<${Badge} tone="info">${d.certificate.self_made ? t("settings.self_made") : t("settings.given")}<//>`]]} /><//>`}</div></div>`}<//>`;
}
