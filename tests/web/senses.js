// SPDX-License-Identifier: Apache-2.0
// senses - without a mouse, and without eyes: keys alone, and names of all that can be used
import { check, go, guest, open, origin, Phone, that, until, wdpub } from "./browser.js";
import { PAGES } from "./shots.js";

const focus = (page) => page.evaluate(() => {
	const e = document.activeElement, s = getComputedStyle(e), box = e.getBoundingClientRect();
	const shown = s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== "none" || e.matches("main, body, dialog, [tabindex='-1']");
	return { name: (e.getAttribute("aria-label") || e.innerText || e.labels?.[0]?.innerText || e.name || e.tagName).trim().split("\n")[0], shown, seen: box.width > 0 && box.height > 0 };
});

/* Tab until what has the focus is wanted; on the way every stop has to be seen. */
async function tabTo(page, wanted, most = 80) {
	const unseen = [];

	for (let i = 0; i < most; i++) {
		await page.keyboard.press("Tab");
		const at = await focus(page);
		if (!at.shown || !at.seen)
			unseen.push(at.name);
		if (await page.evaluate(wanted)) {
			that(!unseen.length, `no sign of the focus at: ${unseen.join(", ")}`);
			return i + 1;
		}
	}
	throw new Error(`${most} tabs do not lead to ${wanted}`);
}

/* One round with keys alone: in, to the newest event, acknowledge it, out. */
export async function keyboard(password) {
	const once = wdpub("user", "add", "keys", "--role", "operator").password;
	const page = await open();

	await check("keys only: sign in, with new password and authenticator", async () => {
		await page.goto(origin);
		await page.waitForSelector("[name=user]");
		await until("the field for the name", () => page.evaluate(() => document.activeElement?.name === "user"));
		await page.keyboard.type("keys");
		await page.keyboard.press("Tab");
		await page.keyboard.type(once);
		await page.keyboard.press("Enter");
		await page.waitForSelector("[data-secret]");
		const phone = new Phone(await page.getAttribute("[data-secret]", "data-secret"));
		await until("the field for the password", () => page.evaluate(() => document.activeElement?.name === "password"));
		for (const text of [`${password} by hand`, `${password} by hand`]) {
			await page.keyboard.type(text);
			await page.keyboard.press("Tab");
		}
		that(await page.evaluate(() => document.activeElement.name === "code"), `after the passwords comes ${(await focus(page)).name}`);
		await page.keyboard.type(await phone.code());
		await page.keyboard.press("Enter");
		await page.waitForSelector(".shell");
	});
	await check("keys only: a page that opens has the focus; a link at the top leads back to it", async () => {
		await page.waitForSelector(".tiles");
		that(await page.evaluate(() => document.activeElement.id === "main"), (await focus(page)).name);
		await page.keyboard.press("Tab");
		that(await page.evaluate(() => !!document.activeElement.closest("main")), (await focus(page)).name);
		await tabTo(page, () => document.activeElement.matches(".skip"));
		await page.keyboard.press("Enter");
		that(await page.evaluate(() => document.activeElement.id === "main"), "it does not lead to the page");
	});
	await check("keys only: to the events, into the newest, acknowledged with a note", async () => {
		guest("echo z > /srv/www/by-keys.php");
		await page.evaluate(() => document.activeElement.blur());
		await tabTo(page, () => document.activeElement.getAttribute("href") === "#/events");
		await page.keyboard.press("Enter");
		await page.waitForSelector(".list-row >> text=by-keys.php");
		const tabs = await tabTo(page, () => document.activeElement.matches(".list-row"));
		await page.keyboard.press("Enter");
		await page.waitForSelector(".headline");
		await tabTo(page, () => document.activeElement.name === "ack");
		await page.keyboard.press("Enter");
		await until("the note", () => page.evaluate(() => document.activeElement.name === "note"));
		await page.keyboard.type("seen by keys");
		await tabTo(page, () => document.activeElement.type === "submit", 5);
		await page.keyboard.press("Enter");
		await page.waitForSelector(".is-acked");
		return `${tabs} tabs to the list`;
	});
	await check("keys only: out again", async () => {
		await tabTo(page, () => document.activeElement.matches(".whoami button"));
		await page.keyboard.press("Enter");
		await page.waitForSelector("[name=user]");
	});
	await page.context().close();
}

const USABLE = new Set(["button", "link", "textbox", "searchbox", "combobox", "checkbox", "spinbutton", "tab", "image", "img", "dialog", "grid", "table", "progressbar", "radio", "listbox", "slider", "switch", "navigation", "region", "Date", "InputTime", "DateTime"]);

/* What a screen reader is told, by the browser's own accessibility tree. */
async function nameless(page, where) {
	const cdp = await page.context().newCDPSession(page);
	const { nodes } = await cdp.send("Accessibility.getFullAXTree");
	const bad = nodes.filter((n) => !n.ignored && USABLE.has(n.role?.value) && !n.name?.value?.trim());
	const found = [];

	for (const n of bad) {
		const { outerHTML } = await cdp.send("DOM.getOuterHTML", { backendNodeId: n.backendDOMNodeId }).catch(() => ({ outerHTML: "?" }));
		found.push(`${where}: ${n.role.value} ${outerHTML.slice(0, 100)}`);
	}
	await cdp.detach();
	return [nodes.filter((n) => !n.ignored && USABLE.has(n.role?.value)).length, found];
}

export async function names(page, event) {
	await check("everything that can be used has a name in the browser's accessibility tree", async () => {
		const all = [];
		let n = 0;
		for (const p of [...PAGES, "sites/www", "files/www", "files/www/index.html?file=1", "hosts/web1", ...(event ? [event.replace("#/", "")] : [])]) {
			await go(page, `#/${p}`);
			await page.waitForTimeout(400);
			await page.waitForFunction(() => !document.querySelector(".loading"), null, { timeout: 10000 });
			for (const tab of [null, ...(p === "notifications" ? ["SMS", "Webhook", "Syslog", "Alarm types", "Quiet hours and escalation", "Deliveries"] : [])]) {
				if (tab)
					await page.getByRole("tab", { name: tab }).click();
				const [count, bad] = await nameless(page, tab ? `${p}/${tab}` : p);
				n += count;
				all.push(...bad);
			}
		}
		that(!all.length, all.join("\n"));
		return `${n} of them`;
	});
	await check("in a dialog too, and Tab stays in it", async () => {
		await go(page, "#/users");
		await page.getByRole("button", { name: "Add a user" }).click();
		const [, bad] = await nameless(page, "dialog");
		that(!bad.length, bad.join("\n"));
		for (let i = 0; i < 12; i++) {
			await page.keyboard.press("Tab");
			that(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest("dialog")), "the focus left it");
		}
		await page.keyboard.press("Escape");
		await page.locator("dialog").waitFor({ state: "detached" });
		that(await page.getByRole("button", { name: "Add a user" }).evaluate((e) => e === document.activeElement), "the focus did not come back");
	});
}
