// SPDX-License-Identifier: Apache-2.0
// proof - before a dangerous act: password and code once more
import { html, useState, useEffect } from "htm/preact/standalone";
import { onProof, put } from "../api.js";
import { session } from "../session.js";
import { t } from "../i18n.js";
import { Field } from "./form.js";
import { FormDialog } from "./dialog.js";

export function Proof() {
	const [asking, setAsking] = useState(null); // resolve function of the call that waits
	const [v, setV] = useState({ password: "", code: "" });

	useEffect(() => {
		onProof(() => new Promise((resolve) => {
			setV({ password: "", code: "" });
			setAsking(() => resolve);
		}));
	}, []);
	if (!asking)
		return null;
	async function submit() {
		session.set({ ...session.get(), ...(await put("/session/proof", v)) });
	}
	function close(given) {
		asking(given);
		setAsking(null);
	}
	return html`<${FormDialog} title=${t("proof.title")} action=${t("proof.confirm")} submit=${submit} onClose=${close}>
		${(error) => html`<p>${t("proof.text")}</p>
		<${Field} label=${t("login.password")} name="password" type="password" autocomplete="current-password" autofocus required
			value=${v.password} onInput=${(password) => setV({ ...v, password })} error=${error} />
		<${Field} label=${t("login.code")} name="code" inputmode="numeric" autocomplete="one-time-code" pattern="[0-9]{6}" maxlength="6" required
			value=${v.code} onInput=${(code) => setV({ ...v, code })} error=${error} />`}<//>`;
}
