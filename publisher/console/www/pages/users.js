// SPDX-License-Identifier: Apache-2.0
// users - people and roles (for those who manage them); one's own password and sessions (for all)
import { html, useState } from "htm/preact/standalone";
import { get, post, patch, put, del, seg } from "../api.js";
import { t } from "../i18n.js";
import { visible } from "../format.js";
import { may, session } from "../session.js";
import { useLoad, useSignal } from "../signal.js";
import { Badge } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { Dialog, FormDialog, Typed } from "../ui/dialog.js";
import { Check, Field } from "../ui/form.js";
import { Table } from "../ui/list.js";
import { Act, Card, Facts, Loaded, Notice, toast } from "../ui/parts.js";
import { Time } from "../ui/text.js";

const ROLES = ["administrator", "operator", "auditor"];

function Edit({ user, close, given }) {
	const [v, set] = useState(user || { name: "", role: "operator", email: "", phone: "" });

	async function submit() {
		const { name, role, email, phone, disabled } = v;
		if (!user)
			given(name, (await post("/users", { name, role, email: email || "", phone: phone || "" })).password);
		else
			await patch(`/users/${seg(name)}`, { role, email: email || "", phone: phone || "", disabled: !!disabled });
	}
	return html`<${FormDialog} title=${user ? visible(user.name) : t("user.add")} action=${user ? t("do.save") : t("do.add")} onClose=${close} submit=${submit}>${(error) => html`
		${!user && html`<${Field} label=${t("login.user")} name="name" required autofocus maxlength="32" pattern="[a-z][a-z0-9._\\-]*" autocapitalize="off" hint=${t("user.name_hint")} value=${v.name} onInput=${(name) => set({ ...v, name })} error=${error} />`}
		<${Field} label=${t("user.role")} name="role" value=${v.role} options=${ROLES.map((r) => [r, t(`role.${r}`)])} hint=${t(`role.${v.role}.hint`)} onInput=${(role) => set({ ...v, role })} error=${error} />
		<${Field} label=${t("user.email")} name="email" type="email" value=${v.email} onInput=${(email) => set({ ...v, email })} error=${error} />
		<${Field} label=${t("user.phone")} name="phone" type="tel" placeholder="+82…" value=${v.phone} onInput=${(phone) => set({ ...v, phone })} error=${error} />
		${user && html`<${Check} label=${t("user.disabled")} name="disabled" checked=${v.disabled} onChange=${(disabled) => set({ ...v, disabled })} />`}`}<//>`;
}

const OneTime = ({ name, password, close }) => html`<${Dialog} title=${t("user.one_time", { name: visible(name) })} onClose=${close}><div class="dialog-body">
	<p>${t("user.one_time_text")}</p><code class="mono secret" data-one-time>${password}</code></div><footer><button type="button" class="primary" onClick=${close}>${t("do.close")}</button></footer><//>`;

function People() {
	const list = useLoad(() => get("/users"), []), me = session.get().user;
	const [editing, setEditing] = useState(null), [removing, setRemoving] = useState(null), [secret, setSecret] = useState(null);
	const manage = may("manage");

	async function reset(u) {
		setSecret({ name: u.name, password: (await post(`/users/${seg(u.name)}/reset`, {})).password });
		list.reload();
	}
	return html`<${Card} title=${t("user.people")} icon="users" actions=${manage && html`<button type="button" class="primary" onClick=${() => setEditing({})}><${Icon} name="plus" /><span>${t("user.add")}</span></button>`}>
		<${Loaded} of=${list}>${(d) => html`<${Table} label=${t("user.people")} rows=${d.rows} keyOf=${(u) => u.name} columns=${[
			{ key: "name", name: t("login.user"), cell: (u) => html`<span><b>${visible(u.name)}</b>${u.name === me ? html` <span class="faint">(${t("user.me")})</span>` : ""}</span>` },
			{ key: "role", name: t("user.role"), cell: (u) => t(`role.${u.role}`) },
			{ key: "contact", name: t("user.contact"), cell: (u) => html`<span class="ellipsis note">${[u.email, u.phone].filter(Boolean).map(visible).join(", ") || "–"}</span>` },
			{ key: "state", name: t("files.state"), cell: (u) => u.disabled ? html`<${Badge} tone="neutral">${t("user.is_disabled")}<//>` : u.first ? html`<${Badge} tone="info" icon="pending">${t("user.first")}<//>` : html`<${Badge} tone=${u.totp ? "ok" : "warning"} icon=${u.totp ? "seal" : "warning"}>${u.totp ? t("user.totp") : t("user.no_totp")}<//>` },
			{ key: "last", name: t("user.last_login"), cell: (u) => html`<${Time} value=${u.last_login} relative />` },
			{ key: "act", name: "", class: "buttons", cell: (u) => manage && html`<button type="button" class="quiet" onClick=${() => setEditing(u)}>${t("do.edit")}</button>
				<${Act} class="quiet" run=${() => reset(u)}>${t("user.reset")}<//>${u.name !== me && html`<button type="button" class="quiet danger-text" onClick=${() => setRemoving(u)}>${t("do.remove")}</button>`}` },
		]} />`}<//><//>
		${editing && html`<${Edit} user=${editing.name ? editing : null} given=${(name, password) => setSecret({ name, password })} close=${(ok) => { setEditing(null); ok && list.reload(); }} />`}
		${removing && html`<${Typed} title=${t("user.remove_title")} text=${t("user.remove_text")} word=${removing.name} action=${t("do.remove")} run=${async () => { await del(`/users/${seg(removing.name)}`); list.reload(); }} onClose=${() => setRemoving(null)} />`}
		${secret && html`<${OneTime} ...${secret} close=${() => setSecret(null)} />`}`;
}

function Me() {
	const s = useSignal(session), sessions = useLoad(() => get("/sessions"), []);
	const [open, setOpen] = useState(false), [v, set] = useState({ old: "", new: "" });

	return html`<${Card} title=${t("user.mine")} icon="seal" actions=${html`<button type="button" onClick=${() => { set({ old: "", new: "" }); setOpen(true); }}>${t("user.password")}</button>`}>
		<${Facts} rows=${[[t("login.user"), visible(s.user)], [t("user.role"), html`${t(`role.${s.role}`)} – <span class="faint">${t(`role.${s.role}.hint`)}</span>`]]} />
		<h3>${t("user.sessions")}</h3><${Loaded} of=${sessions}>${(d) => html`<${Table} label=${t("user.sessions")} rows=${d.rows} keyOf=${(x) => x.id} columns=${[
			{ key: "user", name: t("login.user"), cell: (x) => html`${visible(x.user)} ${x.current ? html`<${Badge} tone="info">${t("user.this_session")}<//>` : ""}` },
			{ key: "address", name: t("auditlog.address"), cell: (x) => visible(x.address) },
			{ key: "agent", name: t("user.agent"), cell: (x) => html`<span class="ellipsis note" title=${visible(x.agent)}>${visible(x.agent)}</span>` },
			{ key: "seen", name: t("host.seen"), cell: (x) => html`<${Time} value=${x.seen} relative />` },
			{ key: "act", name: "", cell: (x) => !x.current && html`<${Act} class="quiet danger-text" run=${async () => { await del(`/sessions/${seg(x.id)}`); sessions.reload(); }}>${t("user.end_session")}<//>` }]} />`}<//><//>
		${open && html`<${FormDialog} title=${t("user.password")} action=${t("do.save")} onClose=${(ok) => { setOpen(false); ok && toast(t("user.password_done")); }} submit=${() => put("/me/password", v)}>${(error) => html`
			<${Field} label=${t("user.old_password")} name="old" type="password" autocomplete="current-password" required autofocus value=${v.old} onInput=${(old) => set({ ...v, old })} error=${error} />
			<${Field} label=${t("login.new_password")} name="new" type="password" autocomplete="new-password" required minlength="12" hint=${t("login.password_hint")} value=${v.new} onInput=${(x) => set({ ...v, new: x })} error=${error} />`}<//>`}`;
}

export function Users() {
	useSignal(session);
	return html`${may("read-users") ? html`<${People} />` : html`<${Notice} tone="info">${t("user.only_admins")}<//>`}<${Me} />`;
}
