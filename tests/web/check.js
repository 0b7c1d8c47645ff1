// SPDX-License-Identifier: Apache-2.0
// check - what administrators do, from the first login on. tests/web/run prepares the rest.
import { readFileSync } from "node:fs";
import { check, firstLogin, guest, open, origin, prove, start, stop, sum, that, until } from "./browser.js";
import { books } from "./books.js";
import { content } from "./content.js";
import { hardware, services } from "./machines.js";
import { maintenance, people, told } from "./manage.js";
import { roles } from "./roles.js";
import { keyboard as byKeys, names as named } from "./senses.js";
import { shots } from "./shots.js";

const password = "a calm evening by the sea";
let page, phone, event;
const text = (selector) => page.locator(selector).first().innerText();
const go = (hash) => page.evaluate((h) => { location.hash = h; }, hash);

async function login() {
	await check("a wrong password is refused without saying what was wrong", async () => {
		await page.goto(origin);
		await page.fill("[name=user]", "admin");
		await page.fill("[name=password]", "not the password");
		await page.click("button[type=submit]");
		await page.waitForSelector(".notice.critical");
		that(!(await page.$("[data-secret]")), "it went on");
	});
	await check("first login: one-time password, new password, authenticator", async () => {
		phone = await firstLogin(page, "admin", process.env.PASSWORD, password);
	});
	await check("the one-time password has served", async () => {
		const other = await open();
		await other.goto(origin);
		await other.fill("[name=user]", "admin");
		await other.fill("[name=password]", process.env.PASSWORD);
		await other.click("button[type=submit]");
		await other.waitForSelector(".notice.critical");
		await other.context().close();
	});
	await check("the overview shows the host, and the page is live", async () => {
		await page.waitForSelector(".live.ok");
		await page.waitForSelector(".fleet >> text=web1");
		that((await text(".tile")).startsWith("1"), await text(".tile"));
	});
}

/* How far the web server's clock is ahead: asked a few times, the quickest answer is the best. */
function clocks() {
	const asked = [1, 2, 3, 4, 5].map(() => {
		const from = performance.timeOrigin + performance.now();
		const there = Number(BigInt(guest("date +%s%N").trim().split("\n")[0]) / 1000n) / 1000;
		const to = performance.timeOrigin + performance.now();
		return { ms: (from + to) / 2 - there, error: (to - from) / 2 };
	});

	return process.env.LOCAL_WEB ? { ms: 0, error: 0 } : asked.sort((a, b) => a.error - b.error)[0];
}

async function tampering() {
	await go("#/events");
	await page.waitForSelector(".list, .empty");
	await page.evaluate(() => { window.stayed = true; });
	await check("a tampered page appears live, without reload", async () => {
		const offset = clocks(), sent = Date.now();
		guest("sed 's#Welcome to our shop#0wned <script>alert(1)</script>#' /srv/www/index.html >/tmp/defaced; tee /srv/www/index.html </tmp/defaced >/tmp/copy");
		const row = page.locator(".list-row", { hasText: "index.html" }).first();
		await row.waitFor({ timeout: 30000 });
		const seen = Date.now();
		that(await page.evaluate(() => window.stayed), "the page was loaded anew");
		const [e] = await page.evaluate(async () => (await (await fetch("/api/v1/events?q=index.html")).json()).rows);
		return `${Math.round(seen - Date.parse(e.time) - offset.ms)} ms after ${process.env.LOCAL_WEB ? "verifying found it" : "the kernel saw it"} (+- ${Math.ceil(offset.error)}), ${seen - sent} ms after the command was sent`;
	});
	await check("it is restored by itself, and the row says so without reload", async () => {
		await page.locator(".list-row", { hasText: "index.html" }).filter({ hasText: "Restored" }).first().waitFor({ timeout: 60000 });
		that(await page.evaluate(() => window.stayed), "the page was loaded anew");
	});
	await check("a planted file with a hostile name is text and nothing else", async () => {
		guest("echo x > '/srv/www/<img src=x onerror=alert(1)>.php'");
		await page.locator(".list-row", { hasText: "<img src=x onerror=alert(1)>.php" }).first().waitFor({ timeout: 30000 });
		that(await page.evaluate(() => !document.querySelector("main img")), "it became an element");
	});
	await check("the keyboard leads through the list and into an event", async () => {
		await page.locator(".list-row[tabindex='0']").first().focus();
		await page.keyboard.press("End");
		await page.keyboard.press("Home");
		await page.keyboard.press("ArrowDown");
		that(await page.evaluate(() => document.activeElement.matches(".list-row")), "no row has the focus");
		await page.keyboard.press("Enter");
		await page.waitForSelector(".headline");
		await page.goBack();
		await page.waitForSelector(".list");
	});
	await check("paused, news wait; resumed, they come", async () => {
		await page.click("button[aria-pressed]:has-text('Pause')");
		const before = await page.locator(".list").getAttribute("aria-rowcount");
		guest("echo y > /srv/www/while-paused.php");
		await page.waitForSelector("button:has-text('Resume (1'), button:has-text('Resume (2'), button:has-text('Resume (3')", { timeout: 30000 });
		that(before === (await page.locator(".list").getAttribute("aria-rowcount")), "rows came while paused");
		await page.click("button:has-text('Resume')");
		await page.locator(".list-row", { hasText: "while-paused.php" }).first().waitFor();
	});
}

async function detail() {
	await check("the event's page says who, what, when, step by step", async () => {
		await page.locator(".list-row", { hasText: "index.html" }).filter({ hasText: "Restored" }).first().locator("a").click();
		await page.waitForSelector(".steps li:nth-child(3)");
		event = new URL(page.url()).hash;
		const body = await text("main");
		for (const what of [...(process.env.LOCAL_WEB ? [] : ["tee", "Kernel module", "0 (root)"]), "Kernel saw it", "Dealt with"])
			that(body.includes(what), `"${what}" is missing`);
		return (await page.locator(".steps-took").allInnerTexts()).join(", ").replaceAll("\n", " ");
	});
	await check("the diff shows the tampered line as text", async () => {
		await page.waitForSelector(".diff tr.added", { timeout: 60000 });
		that((await text(".diff tr.added .code")).includes("0wned <script>alert(1)</script>"), await text(".diff tr.added .code"));
		that((await text(".diff tr.removed .code")).includes("Welcome to our shop"), "the original line is missing");
		that(await page.evaluate(() => !document.querySelector(".diff script")), "it became an element");
	});
	await check("evidence is an attachment", async () => {
		const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
		const bytes = readFileSync(await download.path());
		that(bytes.readUInt32LE(0) === 0xfd2fb528, "this is not zstd");
		return `${download.suggestedFilename()}, ${bytes.length} bytes`;
	});
	await check("acknowledging with a note", async () => {
		await page.click("button[name=ack]");
		await page.fill("dialog [name=note]", "seen <b>at night</b>");
		await page.click("dialog button[type=submit]");
		await page.waitForSelector(".is-acked");
		that((await text(".is-acked")).includes("admin"), await text(".is-acked"));
	});
}

async function filter() {
	await go("#/events");
	await check("a filter is made from an event, and shows what it matches first", async () => {
		guest("echo two >> /srv/www/access.log");
		const row = page.locator(".list-row", { hasText: "access.log" }).first();
		await row.waitFor({ timeout: 30000 });
		await row.locator("a").click();
		await page.click("a:has-text('Add to filter')");
		await until("the pattern", async () => (await page.inputValue("[name=pattern]")) === "*.log");
		await page.waitForSelector(".sample >> text=access.log");
	});
	await check("what is no pattern is refused before saving, at its field", async () => {
		await page.fill("[name=pattern]", "../etc/");
		await page.waitForSelector(".notice.critical");
		const said = await text(".notice.critical");
		that(/pattern/.test(said), said);
		await page.fill("[name=pattern]", "*.log");
		await page.waitForSelector(".sample >> text=access.log");
		return said;
	});
	await check("saving it asks for a second proof, and then it is in force on the host", async () => {
		await page.click("#editor button:has-text('Save')");
		await prove(page, phone, password);
		await page.waitForSelector("table >> text=*.log");
		await until("the agent has it", () => {
			guest("echo three >> /srv/www/access.log");
			return /three/.test(guest("sleep 2; cat /srv/www/access.log"));
		}, 60000);
	});
}

async function files() {
	await check("a site's page says how far its web server is", async () => {
		await go("#/sites/www");
		await page.locator("table a", { hasText: "web1" }).waitFor();
	});
	await check("a release is shown as files; a hostile name is text", async () => {
		await go("#/files/www/news");
		await page.locator(".list-row", { hasText: "<img src=x onerror=alert(1)>.html" }).waitFor();
		that(await page.evaluate(() => !document.querySelector("main img")), "it became an element");
	});
	await check("what a filter excepts is no longer part of the release", async () => {
		await go("#/files/www");
		await page.locator(".list-row", { hasText: "index.html" }).filter({ hasText: /Protected|open/ }).waitFor();
		that(!(await page.locator(".list-row", { hasText: "access.log" }).count()), "access.log is still published");
	});
	await check("a file's history names its releases and who touched it", async () => {
		await page.locator(".list-row", { hasText: "index.html" }).locator("a").click();
		await page.waitForSelector("table >> text=1");
		await page.waitForSelector(".related .badge >> text=Restored");
	});
}

async function notifications() {
	await go("#/notifications");
	await page.waitForSelector("[name='mail.server']");
	await check("a bad setting is named at its field, and nothing is kept", async () => {
		await page.fill("[name='mail.port']", "70000");
		await page.click("main button:has-text('Save')");
		await prove(page, phone, password);
		await page.waitForSelector(".field.wrong [name='mail.port']");
		const said = await text(".field.wrong .hint");
		that(said.includes("65535"), said);
		return said;
	});
	await check("mail settings are saved; the password does not come back", async () => {
		for (const [name, value] of Object.entries({ server: "127.0.0.1", port: process.env.MAIL_PORT, user: "alarm", password: "pass word %1", from: "wd@example.org", to: "ops@example.org", ca: readFileSync(process.env.CA, "utf8") }))
			await page.fill(`[name='mail.${name}']`, value);
		await page.check("[name='mail.enabled']");
		await page.click("main button:has-text('Save')");
		await prove(page, phone, password);
		await page.waitForSelector(".toast.ok");
		await page.reload();
		await page.waitForSelector("[name='mail.server']");
		that((await page.inputValue("[name='mail.server']")) === "127.0.0.1", "it was not kept");
		that((await page.inputValue("[name='mail.password']")) === "", "the password came back");
	});
	await check("a test mail arrives at a real server, by STARTTLS and AUTH", async () => {
		await page.click("button:has-text('Send test')");
		await page.waitForSelector("[data-test-result]", { timeout: 30000 });
		that((await page.getAttribute("[data-test-result]", "data-test-result")) === "ok", await text("[data-test-result]"));
		await until("the mail", () => readFileSync(process.env.MAIL, "utf8").includes("ops@example.org"));
		const mail = JSON.parse(readFileSync(process.env.MAIL, "utf8").trim().split("\n").at(-1));
		that(mail.tls && mail.login, JSON.stringify(mail));
		return mail.subject;
	});
	await check("the delivery log shows it", async () => {
		await page.click("[role=tab]:has-text('Deliveries')");
		await page.waitForSelector("table >> text=ops@example.org");
	});
}

const keyboard = () => byKeys(password);
const names = () => named(page, event);

async function looks() {
	await check("languages: every page changes at once, none shows a key", async () => {
		for (const [l, word, lang] of [["zh", "总览", "zh-Hans"], ["ko", "개요", "ko"], ["en", "Overview", "en"]]) {
			await page.selectOption(".bar [name=language]", l);
			await page.waitForSelector(`nav >> text=${word}`);
			that((await page.getAttribute("html", "lang")) === lang, "the document's language");
		}
	});
	await check("times switch between local and UTC", async () => {
		await go(event);
		await page.waitForSelector(".steps time");
		const local = await text(".steps time");
		await page.click(".bar button:has-text('UTC')");
		await until("UTC", async () => (await text(".steps time")) !== local && (await text(".steps time")).includes("UTC"));
		await page.click(".bar button:has-text('Local')");
		return `${local} = ${await text(".steps time")}`;
	});
	await check("no page is wider than the window, down to a phone", async () => {
		const wide = await shots(page, origin, "build/screenshots", [...(event ? [["event", event]] : []), ["file", "#/files/www/index.html?file=1"], ["site", "#/sites/www"], ["host", "#/hosts/web1"]]);
		that(!wide.length, wide.join("\n"));
		return "pictures in build/screenshots";
	});
}

/* In this order: each builds on what those before have left. ONLY="content people": these alone. */
const FLOWS = { tampering, detail, filter, files, notifications, content, services, told, maintenance, people, books, roles, keyboard, names, looks, hardware };
const only = (process.env.ONLY || Object.keys(FLOWS).join(" ")).split(" ");

await start();
page = await open();
await login();
for (const name of only)
	await FLOWS[name](page, () => phone, password, event);
await check("no policy violation, no script error, no dialog in all this time", () => that(!page.troubles.length, page.troubles.join("\n")));
await stop();
process.exit(sum() ? 0 : 1);
