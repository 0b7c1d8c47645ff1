// SPDX-License-Identifier: Apache-2.0
// browser - Debian's Chromium, people with authenticator apps, and counted lines
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";

const { chromium } = createRequire(resolve("build/web/x.js"))("playwright-core");
export const origin = process.env.ORIGIN;
let passed = 0, failed = 0;

/* One counted line; what went wrong is shown. A later check may build on it, so it goes on. */
export async function check(name, fn) {
	try {
		const said = await fn();
		passed++;
		console.log(`ok ${name}${typeof said === "string" ? ` (${said})` : ""}`);
	} catch (e) {
		failed++;
		console.log(`not ok ${name}\n    ${String(e.stack || e).split("\n").slice(0, 9).join("\n    ")}`);
	}
}

export function sum() {
	console.log(`${passed} passed, ${failed} failed`);
	return failed === 0;
}

export function that(truth, what) {
	if (!truth)
		throw new Error(what);
}

export async function until(what, fn, ms = 30000) {
	for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 100)))
		if (await fn())
			return;
	throw new Error(`not within ${ms / 1000} s: ${what}`);
}

let browser;
export const start = async () => {
	browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
};
export const stop = () => browser.close();

/* A window of one's own. What its console complains of, and dialogs, are kept: both mean trouble. */
export async function open(options = {}) {
	const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en-GB", timezoneId: "Asia/Seoul", viewport: { width: 1360, height: 900 }, acceptDownloads: true, ...options });
	const page = await context.newPage();

	page.setDefaultTimeout(20000);
	page.troubles = [];
	page.on("console", (m) => /Content.Security|Refused to|violates/i.test(m.text()) && page.troubles.push(m.text()));
	page.on("pageerror", (e) => page.troubles.push(e.message));
	page.on("dialog", (d) => { page.troubles.push(`dialog: ${d.message()}`); d.dismiss(); });
	return page;
}

/* An authenticator app. A code serves once, so for the next one it may have to wait. */
export class Phone {
	constructor(secret) {
		this.secret = secret;
		this.used = 0;
	}
	async code() {
		await until("the next code", () => Math.floor(Date.now() / 30000) > this.used, 40000);
		this.used = Math.floor(Date.now() / 30000);
		return execFileSync("oathtool", ["--totp", "-b", this.secret], { encoding: "utf8" }).trim();
	}
}

/* As root where the web server is. Without a guest nobody watches: the agent is told to verify. */
const web = process.env.LOCAL_WEB;
export const guest = (script) => (web ? execFileSync("sh", ["-c", `${script.replaceAll("/srv/www", web)}; wdctl verify >/dev/null 2>&1 || true`], { encoding: "utf8" })
	: execFileSync("tests/vm/exec", [process.env.GUEST, "--", "sh", "-c", script], { encoding: "utf8" }));

export async function firstLogin(page, user, oneTime, password) {
	await page.goto(origin);
	await page.fill("[name=user]", user);
	await page.fill("[name=password]", oneTime);
	await page.click("button[type=submit]");
	await page.waitForSelector("[data-secret]");
	const phone = new Phone(await page.getAttribute("[data-secret]", "data-secret"));
	await page.fill("[name=password]", password);
	await page.fill("[name=again]", password);
	await page.fill("[name=code]", await phone.code());
	await page.click("button[type=submit]");
	await page.waitForSelector(".shell");
	return phone;
}

/* One dialog of several that lie upon each other, by its name. */
export const dialogOf = (page, name) => page.getByRole("dialog", { name, exact: true });

/* For people to look at; `whole`: the page to its end, not what fits into the window. */
export async function picture(page, name, whole = false) {
	mkdirSync("build/screenshots", { recursive: true });
	await page.waitForTimeout(300); // what fades in has done so
	const main = whole && (await page.evaluate(() => Math.max(0, document.querySelector("main").scrollHeight - document.querySelector("main").clientHeight)));
	const size = page.viewportSize();
	if (main)
		await page.setViewportSize({ ...size, height: size.height + main });
	await page.screenshot({ path: `build/screenshots/${name}.png` });
	if (main)
		await page.setViewportSize(size);
}

export const go = (page, hash) => page.evaluate((h) => { location.hash = h; }, hash);
export const sh = (script) => execFileSync("bash", ["-c", script], { encoding: "utf8" });
export const wdpub = (...args) => JSON.parse(execFileSync("wdpub", [...args, "--json"], { encoding: "utf8" }));

/* What a link gives as a file: its name and bytes. */
export async function downloaded(page, link) {
	const [d] = await Promise.all([page.waitForEvent("download"), link.click()]);

	return { name: d.suggestedFilename(), bytes: readFileSync(await d.path()) };
}

/* The dialog for a second proof, when it comes; it does not for five minutes after the last. */
export async function prove(page, phone, password) {
	const asked = await page.waitForSelector("dialog [name=code]", { timeout: 3000 }).catch(() => null);

	if (!asked)
		return;
	const box = page.locator("dialog", { has: page.locator("[name=code]") });
	await box.locator("[name=password]").fill(password);
	await box.locator("[name=code]").fill(await phone.code());
	await box.locator("button[type=submit]").click();
	await asked.waitForElementState("hidden").catch(() => {});
}
