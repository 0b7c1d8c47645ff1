// SPDX-License-Identifier: Apache-2.0
// login - name and password, then the code; the first time: a new password and the authenticator
import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { get, post } from "../api.js";
import { t } from "../i18n.js";
import { language, LANGUAGES } from "../prefs.js";
import { session, enter, leave } from "../session.js";
import { useLoad, useSignal } from "../signal.js";
import { Field, atField } from "../ui/form.js";
import { Failed, Loaded, Notice } from "../ui/parts.js";
import { Qr } from "../ui/strip.js";

function Step({ title, text, action, submit, children }) {
	const [error, setError] = useState(null), [busy, setBusy] = useState(false), form = useRef(null);

	// The browser minds autofocus once, when the document is loaded; here are several steps.
	useEffect(() => form.current.querySelector("[autofocus]")?.focus(), []);
	async function onSubmit(e) {
		e.preventDefault();
		setBusy(true);
		setError(null);
		try {
			enter(await submit());
		} catch (x) {
			setError(x);
		} finally {
			setBusy(false);
		}
	}
	return html`<form ref=${form} onSubmit=${onSubmit} class="stack"><h1>${title}</h1>${text && html`<p class="lead">${text}</p>`}
		${children(error)}
		<${Failed} error=${atField(error) ? null : error} />
		<button type="submit" class="primary wide" disabled=${busy}>${action}</button></form>`;
}

const Code = ({ value, onInput, error, ...more }) => html`<${Field} label=${t("login.code")} name="code" class="code" inputmode="numeric"
	autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required value=${value} onInput=${onInput} error=${error} ...${more} />`;

function Password() {
	const [user, setUser] = useState(""), [password, setPassword] = useState("");

	return html`<${Step} title=${t("login.title")} action=${t("login.next")} submit=${() => post("/session", { user, password })}>
		${(error) => html`${session.get().ended && html`<${Notice} tone="warning">${t("login.ended")}<//>`}
		<${Field} label=${t("login.user")} name="user" autocomplete="username" autofocus required maxlength="64" autocapitalize="off" spellcheck=${false}
			value=${user} onInput=${setUser} error=${error} />
		<${Field} label=${t("login.password")} name="password" type="password" autocomplete="current-password" required maxlength="1024"
			value=${password} onInput=${setPassword} error=${error} />`}<//>`;
}

function Second() {
	const [code, setCode] = useState("");

	return html`<${Step} title=${t("login.second")} text=${t("login.second_text")} action=${t("login.enter")} submit=${() => post("/session/totp", { code })}>
		${(error) => html`<${Code} value=${code} onInput=${setCode} error=${error} autofocus />`}<//>`;
}

function First() {
	const secret = useLoad(() => get("/session/first"), []);
	const [v, set] = useState({ password: "", again: "", code: "" });
	const differ = v.again && v.again !== v.password;

	async function submit() {
		if (v.password !== v.again)
			throw Object.assign(new Error(t("login.differ")), { field: "again" });
		return post("/session/first", { password: v.password, code: v.code });
	}
	return html`<${Step} title=${t("login.first")} text=${t("login.first_text")} action=${t("login.enter")} submit=${submit}>
		${(error) => html`
		<${Field} label=${t("login.new_password")} name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="1024"
			hint=${t("login.password_hint")} value=${v.password} onInput=${(password) => set({ ...v, password })} error=${error} autofocus />
		<${Field} label=${t("login.again")} name="again" type="password" autocomplete="new-password" required value=${v.again}
			onInput=${(again) => set({ ...v, again })} error=${differ ? { field: "again", message: t("login.differ") } : error} />
		<h2>${t("login.authenticator")}</h2><p>${t("login.scan")}</p>
		<${Loaded} of=${secret}>${(s) => html`<div class="enrol">${s.qr && html`<${Qr} code=${s.qr} label=${t("login.qr")} />`}
			<div><p class="faint">${t("login.secret")}</p><code class="mono secret" data-secret=${s.secret}>${(s.secret || "").replace(/(.{4})/g, "$1 ")}</code></div></div>`}<//>
		<${Code} value=${v.code} onInput=${(code) => set({ ...v, code })} error=${error} />`}<//>`;
}

export function Login() {
	const s = useSignal(session), l = useSignal(language);
	const step = { none: Password, totp: Second, first: First }[s.state] || Password;

	useEffect(() => {
		document.title = `${t("login.title")} – ${t("app.title")}`;
	});
	return html`<main class="gate"><div class="gate-card">
		<div class="brand"><img src="/icon.svg" alt="" width="36" height="36" /><span>WebDefender</span></div>
		<${step} key=${s.state} />
		${s.state !== "none" && html`<button type="button" class="link" onClick=${leave}>${t("login.back")}</button>`}
		</div><div class="gate-foot"><select class="compact" aria-label=${t("language.label")} name="language" value=${l}
			onChange=${(e) => language.set(e.target.value)}>${Object.entries(LANGUAGES).map(([k, n]) => html`<option key=${k} value=${k} selected=${k === l}>${n}</option>`)}</select></div></main>`;
}
