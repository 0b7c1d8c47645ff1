// SPDX-License-Identifier: Apache-2.0
// auditlog - every operator's act, each entry chained to the one before
import { html, useState } from "htm/preact/standalone";
import { post } from "../api.js";
import { t, word } from "../i18n.js";
import { number, short, visible } from "../format.js";
import { useDebounced } from "../signal.js";
import { Badge } from "../ui/badge.js";
import { Icon } from "../ui/icon.js";
import { List } from "../ui/list.js";
import { usePaged } from "../ui/paged.js";
import { Act, Empty, Failed, failureText, Loading, Notice } from "../ui/parts.js";
import { Time } from "../ui/text.js";

const RESULTS = { ok: ["ok", "ok"], refused: ["warning", "warning"], failed: ["critical", "critical"] };

const columns = () => [
	{ key: "outcome", name: t("auditlog.result"), width: "116px", cell: (a) => { const [tone, icon] = RESULTS[a.result] || ["neutral", "neutral"]; return html`<${Badge} tone=${tone} icon=${icon}>${word("actresult", a.result)}<//>`; } },
	{ key: "when", name: t("event.time"), width: "132px", cell: (a) => html`<${Time} value=${a.time} />` },
	{ key: "who", name: t("auditlog.user"), width: "130px", cell: (a) => html`<span class="ellipsis" title=${visible(a.address)}>${visible(a.user)}</span>` },
	{ key: "what", name: t("auditlog.act"), width: "minmax(180px, 3fr)", cell: (a) => html`<span class="ellipsis" title=${visible(a.detail)}><b>${visible(a.act)}</b> ${visible(a.object)} <span class="faint">${visible(a.detail)}</span></span>` },
	{ key: "where", name: t("auditlog.address"), width: "minmax(90px, 1fr)", cell: (a) => html`<span class="ellipsis">${visible(a.address)}</span>` },
	{ key: "size", name: t("auditlog.hash"), width: "120px", cell: (a) => html`<code class="faint" title=${a.hash}>${short(a.hash)}</code>` },
];

export function AuditLog() {
	const [q, setQ] = useState(""), asked = useDebounced(q, 300), [chain, setChain] = useState(null);
	const list = usePaged("/audit-log", { q: asked });

	/* A broken chain is an answer, not a mishap: it stays on the page with what the server says of it. */
	async function verify() {
		try {
			setChain(await post("/audit-log/verify", {}));
		} catch (e) {
			setChain({ intact: false, text: failureText(e) });
		}
	}

	return html`<div class="fill"><div class="filterbar" role="search"><label class="search"><span class="sr">${t("do.search")}</span><${Icon} name="search" /><input type="search" name="q" placeholder=${t("auditlog.search")} maxlength="200" value=${q} onInput=${(e) => setQ(e.target.value)} /></label>
		<span class="push"><${Act} icon="seal" run=${verify}>${t("auditlog.verify")}<//></span></div>
		${chain && html`<${Notice} tone=${chain.intact ? "ok" : "critical"} onClose=${() => setChain(null)}>${chain.intact ? t("auditlog.intact", { n: number(chain.entries) }) : visible(chain.text)}<//>`}
		<${Failed} error=${list.error} retry=${list.reload} />
		${list.rows.length ? html`<${List} label=${t("page.auditlog")} rows=${list.rows} columns=${columns()} keyOf=${(a) => a.n} more=${list.more} ended=${list.ended} />`
			: list.loading ? html`<${Loading} />` : !list.error && html`<${Empty} icon="auditlog" title=${t("log.none")} />`}</div>`;
}
