// SPDX-License-Identifier: Apache-2.0
// parts - cards, notices, empty places, definition lists, buttons
import { html, useState } from "htm/preact/standalone";
import { Icon } from "./icon.js";
import { t } from "../i18n.js";
import { visible } from "../format.js";

export function Card({ title, icon, actions, children, class: cls = "", id }) {
	return html`<section class=${`card ${cls}`} aria-label=${title || null} id=${id || null}>
		${(title || actions) && html`<header class="card-head">
			${title && html`<h2>${icon && html`<${Icon} name=${icon} size=${17} />`}<span>${title}</span></h2>`}
			${actions && html`<div class="actions">${actions}</div>`}
		</header>`}
		${children}
	</section>`;
}

/* What the server said, in its own words: it knows the field and the remedy. */
export function failureText(e) {
	if (!e)
		return "";
	if (e.reason === "offline")
		return t("fail.offline");
	if (e.status === 403 && e.reason === "forbidden")
		return t("fail.forbidden");
	if (e.status === 429 || e.reason === "throttled")
		return t("fail.throttled", { n: e.retryAfter || "?" });
	return visible(e.message);
}

export function Notice({ tone = "info", children, onClose }) {
	return html`<div class=${`notice ${tone}`} role=${tone === "critical" ? "alert" : "status"}>
		<${Icon} name=${tone} /><div class="notice-text">${children}</div>
		${onClose && html`<button type="button" class="quiet icon-only" aria-label=${t("do.close")} onClick=${onClose}>
			<${Icon} name="close" /></button>`}
	</div>`;
}

export function Failed({ error, retry }) {
	if (!error || error.cancelled)
		return null;
	return html`<${Notice} tone="critical">${failureText(error)}
		${retry && html` <button type="button" class="link" onClick=${retry}>${t("do.retry")}</button>`}<//>`;
}

export function Empty({ icon = "ok", title, children }) {
	return html`<div class="empty"><${Icon} name=${icon} size=${36} />
		<p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;
}

export const Loading = () =>
	html`<div class="loading" role="status"><span class="spinner" aria-hidden="true"></span>${t("load.wait")}</div>`;

/* The four states of a page that asks the server for something. */
export function Loaded({ of, children, empty }) {
	if (!of.data)
		return of.error ? html`<${Failed} error=${of.error} retry=${of.reload} />` : html`<${Loading} />`;
	return html`<${Failed} error=${of.error} retry=${of.reload} />${empty && !(of.data.rows || []).length ? empty : children(of.data)}`;
}

export function Facts({ rows }) {
	return html`<dl class="facts">${rows.filter(Boolean).map(([name, value]) =>
		html`<div key=${name}><dt>${name}</dt><dd>${value === "" || value === undefined || value === null
			? html`<span class="faint">–</span>` : value}</dd></div>`)}</dl>`;
}

/* A button that cannot be pressed twice while its act runs, and that shows what went wrong. */
export function Act({ run, icon, children, class: cls = "", disabled, label, onError }) {
	const [busy, setBusy] = useState(false);

	async function press() {
		setBusy(true);
		try {
			await run();
		} catch (e) {
			if (!e.cancelled)
				(onError || toastFailure)(e);
		} finally {
			setBusy(false);
		}
	}
	return html`<button type="button" class=${cls} disabled=${busy || disabled} aria-busy=${busy ? "true" : null}
		aria-label=${label || null} title=${label || null} onClick=${press}>
		${icon && html`<${Icon} name=${icon} />`}${children && html`<span>${children}</span>`}</button>`;
}

export function Tabs({ value, tabs, onChange, label }) {
	const keys = tabs.map(([k]) => k);

	function move(e) {
		const step = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
		if (!step)
			return;
		e.preventDefault();
		const next = keys[(keys.indexOf(value) + step + keys.length) % keys.length];
		onChange(next);
		e.currentTarget.querySelector(`[data-key="${next}"]`)?.focus();
	}
	return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${move}>
		${tabs.map(([key, name]) => html`<button key=${key} type="button" role="tab" data-key=${key}
			aria-selected=${key === value ? "true" : "false"} tabindex=${key === value ? 0 : -1}
			onClick=${() => onChange(key)}>${name}</button>`)}</div>`;
}

/* ---- short words at the edge of the screen ---- */
let pushToast = () => {};

export const toast = (text, tone = "ok") => pushToast({ text, tone });
export const toastFailure = (e) => e.cancelled || toast(failureText(e), "critical");

export function Toasts() {
	const [list, set] = useState([]);

	pushToast = (one) => {
		const id = Math.random();
		set((l) => [...l.slice(-3), { ...one, id }]);
		setTimeout(() => set((l) => l.filter((x) => x.id !== id)), one.tone === "critical" ? 12000 : 4000);
	};
	return html`<div class="toasts" role="status" aria-live="polite">${list.map((x) =>
		html`<div key=${x.id} class=${`toast ${x.tone}`}><${Icon} name=${x.tone} /><span>${x.text}</span>
			<button type="button" class="quiet icon-only" aria-label=${t("do.close")}
				onClick=${() => set((l) => l.filter((y) => y.id !== x.id))}><${Icon} name="close" size=${14} /></button></div>`)}</div>`;
}
