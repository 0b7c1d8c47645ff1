// SPDX-License-Identifier: Apache-2.0
// main - starts; shows the way in, or the shell with the page that the address names
import { html, render, useEffect, useState } from "htm/preact/standalone";
import { useTable, messages, t } from "./i18n.js";
import { language } from "./prefs.js";
import { session, refresh } from "./session.js";
import { useSignal } from "./signal.js";
import { Failed, Loading, Toasts } from "./ui/parts.js";
import { Proof } from "./ui/proof.js";
import { Login } from "./pages/login.js";
import { Shell } from "./shell.js";

function App() {
	const s = useSignal(session);
	const [error, setError] = useState(null);
	const begin = () => refresh().then(() => setError(null), setError);

	useSignal(messages);
	useEffect(() => {
		begin();
	}, []);
	if (!s)
		return html`<main class="gate">${error ? html`<${Failed} error=${error} retry=${begin} />` : html`<${Loading} />`}</main>`;
	return html`${s.state === "open" ? html`<${Shell} />` : html`<${Login} />`}<${Proof} /><${Toasts} />`;
}

await useTable(language.get());
document.title = t("app.title");
render(html`<${App} />`, document.getElementById("app"));
