// SPDX-License-Identifier: Apache-2.0
// tomcat - the audit page against a real Tomcat: judge, preview, fix, undo, waive. tomcat.sh prepares.
import { readFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { check, dialogOf, firstLogin, open, picture, prove, start, stop, sum, that, until } from "./browser.js";

const password = "a calm evening by the sea";
const { BASE, WORK } = process.env;
const sh = (script) => execFileSync("bash", ["-c", script], { encoding: "utf8" });
const wdpub = (...args) => JSON.parse(execFileSync("wdpub", [...args, "--json"], { encoding: "utf8" }));
const later = (days) => new Date(Date.now() + days * 86400e3).toISOString().slice(0, 10);
let page, phone;
const go = (hash) => page.evaluate((h) => { location.hash = h; }, hash);
const row = (code) => page.locator("table.matrix tr", { has: page.locator("code", { hasText: new RegExp(`^${code}$`) }) });
const cell = (code) => row(code).locator("td button");
const verdict = async (code) => (await cell(code).innerText()).trim();
const turns = (code, word, s = 180) => until(`${code} ${word}`, async () => (await verdict(code)) === word, s * 1000);
const close = async () => { while (await page.locator("dialog").count()) await page.keyboard.press("Escape"); };
/* A reload would hide that the page does not learn of news. */
const stayed = () => page.evaluate(() => window.stayed).then((yes) => that(yes, "the page was loaded anew"));

async function detail(code) {
	await cell(code).click();
	return page.locator("dialog").first();
}

async function judged() {
	await go("#/audit");
	await page.locator("table.matrix").waitFor({ timeout: 300000 }); // audits run at the lowest priority
	await page.evaluate(() => { window.stayed = true; });
	await check("Debian's Tomcat is judged as the reference has it", async () => {
		const said = [];
		for (let i = 1; i <= 13; i++)
			said.push((await verdict(`WT-${String(i).padStart(2, "0")}`))[0]);
		that(said.join("") === "VGGGGVVGVVVVG", said.join(""));
		return said.join(" ");
	});
	await check("the page and wdctl on the host say the same", async () => {
		const report = JSON.parse(sh("wdctl audit tomcat --format json || true"));
		const words = { GOOD: "Good", VULNERABLE: "Vulnerable", MANUAL: "Look yourself", ERROR: "Unreadable", "N/A": "Not applicable" };
		const server = report.servers.find((s) => s.base === BASE);
		for (const r of server.results)
			that((await verdict(r.code)) === words[r.verdict], `${r.code}: ${r.verdict} there, ${await verdict(r.code)} here`);
		return `${server.results.length} checks`;
	});
	await check("a verdict opens with what was seen, where, what is expected, the remedy", async () => {
		const box = await detail("WT-01");
		const said = await box.innerText();
		for (const what of ["WT-01", "web1", BASE, "Vulnerable", "High", "manager.xml"])
			that(said.includes(what), `"${what}" is missing: ${said}`);
		that(await box.locator(".remedy").count(), "no remedy");
		await picture(page, "audit-detail");
		await close();
	});
	await check("by keyboard: into a verdict, out of it, and back where one was", async () => {
		await cell("WT-09").focus();
		await page.keyboard.press("Enter");
		await page.locator("dialog").waitFor();
		await page.keyboard.press("Escape");
		await page.locator("dialog").waitFor({ state: "detached" });
		that(await cell("WT-09").evaluate((e) => e === document.activeElement), "the focus is elsewhere");
	});
}

async function fixed() {
	const before = sh("snapshot");

	await check("the preview is a diff of the file, and changes nothing", async () => {
		await (await detail("WT-01")).getByRole("button", { name: "Preview the fix" }).click();
		await prove(page, phone, password);
		await page.locator("dialog .unified .added", { hasText: "RemoteCIDRValve" }).first().waitFor({ timeout: 180000 });
		const lines = await page.locator("dialog .unified > *").evaluateAll((all) => all.map((e) => e.getBoundingClientRect().top));
		that(lines.length > 5 && lines.every((y, i) => !i || y > lines[i - 1]), "its lines do not stand one below the other");
		that(sh("snapshot") === before, "something changed");
		await picture(page, "audit-preview");
	});
	await check("applied: the page says so by itself, when the host has been audited again", async () => {
		await dialogOf(page, "Fix WT-01").getByRole("button", { name: "Apply" }).click();
		await turns("WT-01", "Good");
		await stayed();
		await close();
		that(/RemoteCIDRValve/.test(sh("cat /etc/tomcat10/Catalina/localhost/*.xml")), "the file is as it was");
	});
	await check("the Tomcat goes on answering", () => {
		that(sh("curl -s -o /dev/null -w '%{http_code}' http://127.0.0.1:8080/") === "200", "it does not");
	});
	const orders = page.getByRole("table", { name: "Orders" });
	await check("the orders are listed: what, who, how it went", async () => {
		const first = orders.locator("tbody tr").first();
		await until("the fix on top", async () => (await first.innerText()).includes("Fix"));
		const said = await first.innerText();
		for (const what of ["web1", "Fix", "WT-01", "admin", "Done"])
			that(said.includes(what), `"${what}" is missing: ${said}`);
		that((await orders.locator("tbody tr").nth(1).innerText()).includes("Preview"), "the preview is missing");
	});
	await check("undo, from the list of orders: byte for byte, owner, mode, ACL", async () => {
		await orders.locator("tbody tr").first().getByRole("button", { name: "Undo" }).click();
		const box = page.locator("dialog");
		that((await box.innerText()).includes("WT-01"), "it does not say what is undone");
		await picture(page, "audit-undo");
		await box.getByRole("button", { name: "Undo" }).click();
		await prove(page, phone, password);
		await turns("WT-01", "Vulnerable");
		await stayed();
		that(sh("snapshot") === before, "it is not as before");
	});
	await check("what is undone says so, and is not offered again", async () => {
		const fix = orders.locator("tbody tr", { hasText: "Fix" }).first();
		await until("Undone", async () => (await fix.innerText()).includes("Undone"));
		that(!(await fix.getByRole("button", { name: "Undo" }).count()), "Undo is offered");
	});
	await check("an order opens with its answer", async () => {
		await orders.locator("tbody tr", { hasText: "Fix" }).first().getByRole("button", { name: "Done" }).click();
		that((await page.locator("dialog .unified").innerText()).includes("wdctl audit undo"), "the answer is missing");
		await picture(page, "audit-order");
		await close();
	});
}

async function worse() {
	await check("a verdict that worsens is an alarm, on the overview, without reload", async () => {
		await go("#/overview");
		await page.locator(".alarms, .empty").first().waitFor();
		sh("chmod 666 /etc/tomcat10/tomcat-users.xml");
		sh("wdpub audit run web1");
		const alarm = page.locator(".alarms li", { hasText: "was GOOD, is VULNERABLE" }).filter({ hasText: "web1" });
		await alarm.first().waitFor({ timeout: 180000 });
		await stayed();
		await picture(page, "audit-alarm");
		that((await alarm.first().getByRole("link", { name: "Show" }).getAttribute("href")) === "#/audit", "it does not lead to the page");
		return (await alarm.first().innerText()).split("\n").slice(0, 3).join(" ");
	});
	await check("on its own page the verdict changes while one looks", async () => {
		await go("#/audit");
		await turns("WT-04", "Vulnerable");
		await (await detail("WT-04")).getByRole("button", { name: "Preview the fix" }).click();
		await prove(page, phone, password);
		await dialogOf(page, "Fix WT-04").locator(".unified").waitFor({ timeout: 180000 });
		await dialogOf(page, "Fix WT-04").getByRole("button", { name: "Apply" }).click();
		await turns("WT-04", "Good");
		await close();
		that(sh("stat -c %a /etc/tomcat10/tomcat-users.xml").trim() === "640", sh("stat -c %a /etc/tomcat10/tomcat-users.xml"));
	});
	await check("put right, the alarm is over", async () => {
		await go("#/overview");
		await until("no alarm about it", async () => !(await page.locator(".alarms li", { hasText: "WT-04" }).count()));
	});
	await check("\"Audit now\" is a job that tells when it is over", async () => {
		await go("#/audit");
		await page.getByRole("button", { name: "Audit now web1" }).click();
		await page.locator(".notice.ok", { hasText: "Done" }).waitFor({ timeout: 180000 });
	});
}

async function waived() {
	const waivers = page.getByRole("table", { name: "Waivers" });
	const ask = async (expires, reason = "deployments <b>from</b> the office") => {
		const box = dialogOf(page, "Waive WT-11");
		await box.locator("[name=reason]").fill(reason);
		await box.locator("[name=expires]").fill(expires);
		await box.getByRole("button", { name: "Waive" }).click();
		return box;
	};

	await check("a waiver without a reason, or for the past, is refused at its field", async () => {
		await (await detail("WT-11")).getByRole("button", { name: "Waive" }).click();
		await ask(later(3), "");
		that(await page.locator("dialog [name=reason]").evaluate((e) => !e.validity.valid), "an empty reason was sent");
		const box = await ask("2001-01-01");
		await box.locator(".field.wrong [name=expires]").waitFor();
		return box.locator(".field.wrong .hint").innerText();
	});
	await check("with reason and day: waived, by whom, until when", async () => {
		await ask(later(30));
		await turns("WT-11", "Waived");
		await close();
		await stayed();
		const said = await waivers.locator("tbody tr").first().innerText();
		for (const what of ["WT-11", "web1", "admin", "deployments <b>from</b> the office", later(30)])
			that(said.includes(what), `"${what}" is missing: ${said}`);
		that(await page.evaluate(() => !document.querySelector("main td b")), "the reason became an element");
	});
	await check("the finding names who answers for it", async () => {
		that(/admin.*deployments/s.test(await (await detail("WT-11")).innerText()), "it does not");
		await picture(page, "audit-waived");
		await close();
	});
	await check("taken back, it counts again", async () => {
		await page.getByRole("button", { name: "Take back WT-11" }).click();
		await turns("WT-11", "Vulnerable");
		await stayed();
		await until("the list is empty", async () => !(await waivers.count()));
	});
}

async function data() {
	const card = page.locator("section", { has: page.locator("h2", { hasText: "Advisories" }) });

	await check("without advisories the page says what to do", async () => {
		const said = await card.innerText();
		that(said.includes("Stale") && said.includes("wdpub advisories update"), said);
	});
	await check("taken in at the publisher, they are shown without reload", async () => {
		const today = later(0);
		sh(`${WORK}/advisories 7 ${today} && wdpub advisories update ${WORK}/data`);
		await until("their number", async () => /Up to date/.test(await card.innerText()));
		const said = await card.innerText();
		that(said.includes("7") && said.includes(today), said);
		await stayed();
	});
	await check("the report comes as a file, and is what the page shows", async () => {
		const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download the report web1" }).click()]);
		const file = JSON.parse(readFileSync(await download.path(), "utf8"));
		const kept = wdpub("audit", "show", "web1");
		that(JSON.stringify(file) === JSON.stringify(kept.report), "it is another report");
		that(download.suggestedFilename() === "webdefender-audit-web1.json", download.suggestedFilename());
		return `${download.suggestedFilename()}, ${file.servers.length} server`;
	});
}

/* The files of a guarded site are the publisher's: an agent that changed them would repair itself. */
async function guarded() {
	await check("a file in a guarded tree is not fixed there; the page says where", async () => {
		sh(`mkdir -p ${WORK}/backup/WEB-INF && printf '<web-app><servlet><servlet-name>default</servlet-name><servlet-class>org.apache.catalina.servlets.DefaultServlet</servlet-class><init-param><param-name>listings</param-name><param-value>true</param-value></init-param></servlet></web-app>' >${WORK}/backup/WEB-INF/web.xml
			wdpub push www >/dev/null; printf '<Context docBase="${WORK}/www"/>' >/etc/tomcat10/Catalina/localhost/www.xml`);
		await page.getByRole("button", { name: "Audit now web1" }).click();
		await turns("WT-08", "Vulnerable");
		await (await detail("WT-08")).getByRole("button", { name: "Preview the fix" }).click();
		await prove(page, phone, password);
		await page.locator("dialog", { hasText: /fix it at the publisher/ }).first().waitFor({ timeout: 180000 });
		await picture(page, "audit-guarded");
		that(await dialogOf(page, "Fix WT-08").getByRole("button", { name: "Apply" }).isDisabled(), "Apply is offered");
		that(/true/.test(sh(`cat ${WORK}/www/WEB-INF/web.xml`)), "it was changed");
		await close();
		sh("rm /etc/tomcat10/Catalina/localhost/www.xml");
	});
}

async function others() {
	const offered = { operator: [1, 0, 0], auditor: [0, 0, 0] };

	for (const [role, [run, fix, back]] of Object.entries(offered))
		await check(`an ${role} is offered what is theirs, and no more`, async () => {
			const once = wdpub("user", "add", role, "--role", role).password;
			const theirs = await open();
			await firstLogin(theirs, role, once, `${password} and beyond`);
			await theirs.evaluate(() => { location.hash = "#/audit"; });
			await theirs.locator("table.matrix").waitFor();
			that((await theirs.getByRole("button", { name: /^Audit now/ }).count()) === run, "Audit now");
			await theirs.locator("table.matrix button", { hasText: "Vulnerable" }).first().click();
			await theirs.locator("dialog").waitFor();
			that((await theirs.getByRole("button", { name: /Preview the fix|Waive/ }).count()) === fix, "fix or waive");
			that((await theirs.getByRole("button", { name: /Undo|Take back/ }).count()) === back, "undo or take back");
			that(!theirs.troubles.length, theirs.troubles.join("\n"));
			await theirs.context().close();
		});
}

await start();
page = await open();
await check("audit: the administrator signs in", async () => { phone = await firstLogin(page, "admin", process.env.PASSWORD, password); });
await judged();
await fixed();
await worse();
await waived();
await data();
await guarded();
await others();
await check("audit: every page of it fits, down to a phone", async () => {
	const wide = [];
	for (const [look, width, height] of [["light", 1360, 900], ["dark", 1360, 900], ["phone", 390, 844]]) {
		await page.setViewportSize({ width, height });
		await page.evaluate((theme) => localStorage.setItem("wd.theme", theme), look === "dark" ? "dark" : "light");
		await page.reload();
		await page.locator("table.matrix").waitFor();
		await page.getByRole("table", { name: "Orders" }).waitFor();
		if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth))
			wide.push(look);
		await picture(page, `audit-real-${look}`, true);
	}
	that(!wide.length, `too wide: ${wide.join()}`);
});
await check("audit: no policy violation, no script error, no dialog in all this time", () => that(!page.troubles.length, page.troubles.join("\n")));
await stop();
process.exit(sum() ? 0 : 1);
