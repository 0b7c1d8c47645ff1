// SPDX-License-Identifier: Apache-2.0
// shell - navigation, the bar above the page, the banner of a maintenance window
import { html, useEffect, useRef, useState } from "htm/preact/standalone";
import { t } from "./i18n.js";
import { theme, language, zone, LANGUAGES } from "./prefs.js";
import { href, route } from "./route.js";
import { session, leave, may } from "./session.js";
import { useSignal } from "./signal.js";
import { live } from "./stream.js";
import { Icon } from "./ui/icon.js";
import { Full } from "./ui/text.js";
import { visible } from "./format.js";
import { PAGES } from "./pages.js";

const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" };
const THEME_ICON = { auto: "contrast", light: "sun", dark: "moon" };

function Nav({ page, close }) {
	const groups = [...new Set(PAGES.map((p) => p.group))];

	return html`<nav aria-label=${t("nav.label")}>${groups.map((g) => html`<div key=${g} class="nav-group">
		<h2>${t(`nav.${g}`)}</h2><ul>${PAGES.filter((p) => p.group === g && (!p.needs || may(p.needs))).map((p) => html`<li key=${p.name}>
			<a href=${href(p.name)} aria-current=${page === p.name ? "page" : null} onClick=${close}>
				<${Icon} name=${p.icon} /><span>${t(`page.${p.name}`)}</span></a></li>`)}</ul></div>`)}</nav>`;
}

const LIVE_TONE = { open: "ok", connecting: "warning", off: "neutral" };

function Live() {
	const state = useSignal(live);

	return html`<span class=${`live ${LIVE_TONE[state]}`} role="status"><i aria-hidden="true"></i><span>${t(`live.${state}`)}</span></span>`;
}

function Choices() {
	const th = useSignal(theme), z = useSignal(zone), l = useSignal(language);

	return html`<div class="choices">
		<div class="segmented" role="group" aria-label=${t("zone.label")}>
			${["local", "utc"].map((k) => html`<button key=${k} type="button" aria-pressed=${z === k ? "true" : "false"} onClick=${() => zone.set(k)}>${t(`zone.${k}`)}</button>`)}</div>
		<select class="compact" aria-label=${t("language.label")} name="language" value=${l} onChange=${(e) => language.set(e.target.value)}>
			${Object.entries(LANGUAGES).map(([k, name]) => html`<option key=${k} value=${k} selected=${k === l}>${name}</option>`)}</select>
		<button type="button" class="quiet icon-only" aria-label=${`${t("theme.label")}: ${t(`theme.${th}`)}`} title=${`${t("theme.label")}: ${t(`theme.${th}`)}`}
			onClick=${() => theme.set(NEXT_THEME[th])}><${Icon} name=${THEME_ICON[th]} /></button></div>`;
}

function Banner({ maintenance: m }) {
	return html`<div class="banner" role="status"><${Icon} name="warning" />
		<span><b>${t("maintenance.banner")}</b> ${visible(m.reason)} (${visible(m.by)}, ${t("maintenance.until")} <${Full} value=${m.until} />)</span></div>`;
}

export function Shell() {
	const s = useSignal(session), { page } = useSignal(route), main = useRef(null);
	const [menu, setMenu] = useState(false);
	const known = PAGES.find((p) => p.name === page && (!p.needs || may(p.needs))) || PAGES[0];

	useEffect(() => {
		document.title = `${t(`page.${known.name}`)} – ${t("app.title")}`;
	});
	useEffect(() => {
		main.current?.scrollTo(0, 0);
		main.current?.focus({ preventScroll: true });
	}, [page]);
	return html`<div class=${`shell ${menu ? "menu-open" : ""}`} onKeyDown=${(e) => e.key === "Escape" && setMenu(false)}>
		<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>${t("nav.skip")}</a>
		<aside>
			<a class="brand" href=${href("overview")} onClick=${() => setMenu(false)}><img src="/icon.svg" alt="" width="28" height="28" /><span>WebDefender</span></a>
			<${Nav} page=${known.name} close=${() => setMenu(false)} />
			<div class="whoami"><div class="avatar" aria-hidden="true">${(s.user || "?").slice(0, 1).toUpperCase()}</div>
				<div class="who-text"><b title=${s.user}>${visible(s.user)}</b><span>${t(`role.${s.role}`)}</span></div>
				<button type="button" class="quiet icon-only" aria-label=${t("do.logout")} title=${t("do.logout")} onClick=${leave}><${Icon} name="out" /></button></div>
			<div class="aside-choices"><${Choices} /></div>
		</aside>
		<div class="scrim" onClick=${() => setMenu(false)}></div>
		<div class="page">
			${s.maintenance && html`<${Banner} maintenance=${s.maintenance} />`}
			<header class="bar"><button type="button" class="quiet icon-only menu" aria-label=${t("nav.menu")} aria-expanded=${menu ? "true" : "false"}
				onClick=${() => setMenu(!menu)}><${Icon} name="more" /></button>
				<h1>${t(`page.${known.name}`)}</h1><${Live} /><${Choices} /></header>
			<main id="main" ref=${main} tabindex="-1"><${known.view} key=${known.name} /></main>
		</div></div>`;
}
