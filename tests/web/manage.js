// SPDX-License-Identifier: Apache-2.0
// manage - users and their sessions, what is told to whom and when, a maintenance window, settings
import { check, dialogOf, firstLogin, go, guest, open, origin, picture, prove, sh, that, until, wdpub } from "./browser.js";

const person = (page, name) => page.getByRole("table", { name: "People" }).locator("tbody tr", { has: page.locator("b", { hasText: new RegExp(`^${name}$`) }) });
const login = async (page, user, password) => {
	await page.goto(origin);
	await page.fill("[name=user]", user);
	await page.fill("[name=password]", password);
	await page.click("button[type=submit]");
};

export async function people(page, phone, password) {
	const theirs = await open(), own = "an evening by the fire";
	let once, app;

	await check("a user is made, with mail and phone; the one-time password is shown once", async () => {
		await go(page, "#/users");
		await page.getByRole("button", { name: "Add a user" }).click();
		const box = dialogOf(page, "Add a user");
		await box.locator("[name=name]").fill("piano");
		await box.locator("[name=role]").selectOption("operator");
		await box.locator("[name=email]").fill("piano@example.org");
		await box.locator("[name=phone]").fill("+821000000000");
		await box.getByRole("button", { name: "Add" }).click();
		await prove(page, phone(), password);
		once = await page.locator("[data-one-time]").innerText();
		await page.locator("dialog footer button").click();
		that((await person(page, "piano").innerText()).includes("piano@example.org"), "the contact is missing");
	});
	await check("their first sign-in shows a QR code that an authenticator reads", async () => {
		await login(theirs, "piano", once);
		await theirs.locator("svg.qr").waitFor();
		that((await theirs.locator("svg.qr").boundingBox()).width >= 120, "it is too small for a camera");
		await picture(theirs, "first-login");
		await theirs.locator("button.link").click();
		app = await firstLogin(theirs, "piano", once, own);
	});
	await check("another role: what they have open ends at once, by itself", async () => {
		await person(page, "piano").getByRole("button", { name: "Edit" }).click();
		await dialogOf(page, "piano").locator("[name=role]").selectOption("auditor");
		await dialogOf(page, "piano").getByRole("button", { name: "Save" }).click();
		await prove(page, phone(), password);
		await until("it shows", async () => (await person(page, "piano").innerText()).includes("Auditor"));
		await theirs.locator("[name=user]").waitFor();
		that((await theirs.locator("main").innerText()).includes("session"), "it does not say why");
	});
	await check("a session is ended from the list: that window has to sign in again", async () => {
		await login(theirs, "piano", own);
		await theirs.locator("[name=code]").fill(await app.code());
		await theirs.click("button[type=submit]");
		await theirs.waitForSelector(".shell");
		await page.reload();
		await page.getByRole("table", { name: "Sessions" }).locator("tbody tr", { hasText: "piano" }).getByRole("button", { name: "End" }).click();
		await theirs.locator("[name=user]").waitFor();
	});
	await check("reset: a new one-time password, the old one and its codes are worth nothing", async () => {
		await person(page, "piano").getByRole("button", { name: "Reset" }).click();
		await prove(page, phone(), password);
		const fresh = await page.locator("[data-one-time]").innerText();
		that(fresh !== once, "the same one");
		await page.locator("dialog footer button").click();
		await login(theirs, "piano", own);
		await theirs.locator(".notice.critical").waitFor();
		await login(theirs, "piano", fresh);
		await theirs.locator("[data-secret]").waitFor();
	});
	await check("disabled, they are let in no more", async () => {
		await person(page, "piano").getByRole("button", { name: "Edit" }).click();
		await dialogOf(page, "piano").getByText("May not sign in").click();
		await dialogOf(page, "piano").getByRole("button", { name: "Save" }).click();
		await prove(page, phone(), password);
		await person(page, "piano").locator(".badge", { hasText: "Disabled" }).waitFor();
	});
	await check("removed, after the name was typed", async () => {
		await person(page, "piano").getByRole("button", { name: "Remove" }).click();
		const box = dialogOf(page, "Remove this user?");
		that(await box.getByRole("button", { name: "Remove" }).isDisabled(), "it can be pressed at once");
		await box.locator("[name=confirm]").fill("piano");
		await box.getByRole("button", { name: "Remove" }).click();
		await prove(page, phone(), password);
		await until("gone", async () => !(await person(page, "piano").count()));
	});
	await theirs.context().close();
}

export async function told(page, phone, password) {
	const tab = async (name) => { await go(page, "#/notifications"); await page.getByRole("tab", { name }).click(); };
	const save = async (box = page.locator("main")) => {
		await box.getByRole("button", { name: "Save" }).first().click();
		await prove(page, phone(), password);
	};

	await check("per alarm type: which way, and the limit of load", async () => {
		await tab("Alarm types");
		const mail = page.locator("[name=kind-login-failed-mail]"), was = await mail.isChecked();
		await mail.setChecked(!was);
		await page.getByLabel("Processor busy for long: Limit %").fill("77");
		await save();
		await page.locator(".toast.ok").waitFor();
		await page.reload();
		await page.getByRole("tab", { name: "Alarm types" }).click();
		that((await page.locator("[name=kind-login-failed-mail]").isChecked()) === !was, "the way was not kept");
		that((await page.getByLabel("Processor busy for long: Limit %").inputValue()) === "77", "the limit was not kept");
		that(wdpub("notify").kinds.find((k) => k.kind === "login-failed").mail === !was, "wdpub says otherwise");
	});
	await check("a limit that is none is refused, and nothing is kept", async () => {
		await page.getByLabel("Processor busy for long: Limit %").fill("0");
		await save();
		await page.locator("main .notice.critical, .toast.critical").first().waitFor();
		const said = await page.locator("main .notice.critical, .toast.critical").first().innerText();
		that(wdpub("notify").kinds.find((k) => k.kind === "cpu-high").limit === 77, "it was kept");
		return said;
	});
	await check("quiet hours are kept, and told by wdpub as well", async () => {
		await tab("Quiet hours and escalation");
		const card = page.getByRole("region", { name: "Quiet hours" });
		await card.locator("[name='quiet.enabled']").check();
		await card.locator("[name='quiet.from']").fill("23:30");
		await card.locator("[name='quiet.to']").fill("06:15");
		await save(card);
		await until("kept", () => { const q = wdpub("notify").quiet; return q.enabled && q.from === "23:30" && q.to === "06:15"; });
		await card.locator("[name='quiet.enabled']").uncheck();
		await save(card);
		await until("off", () => !wdpub("notify").quiet.enabled);
	});
	await check("escalation: after how long, to whom; a bad address is named at its field", async () => {
		const card = page.getByRole("region", { name: "Escalation" });
		await card.locator("[name='escalate.minutes']").fill("20");
		await card.locator("[name='escalate.to']").fill("no address");
		await save(card);
		await card.locator(".field.wrong [name='escalate.to'], .notice.critical").first().waitFor();
		const said = await card.locator(".field.wrong .hint, .notice.critical").first().innerText();
		await card.locator("[name='escalate.to']").fill("head@example.org");
		await save(card);
		await until("kept", () => { const x = wdpub("notify").escalate; return x.minutes === 20 && x.to.join() === "head@example.org"; });
		return said;
	});
	await check("an alarm is sent by mail, and the delivery log says so", async () => {
		sh("wdpub alarm test");
		await tab("Deliveries");
		await until("two deliveries", async () => (await page.locator("tbody tr", { hasText: "ops@example.org" }).filter({ hasText: "Delivered" }).count()) >= 2, 60000);
	});
}

export async function maintenance(page, phone, password) {
	const other = await open();
	const once = wdpub("user", "add", "watcher", "--role", "auditor").password;

	await firstLogin(other, "watcher", once, `${password} and beyond`);
	await check("maintenance wants a reason", async () => {
		await go(page, "#/settings");
		that(await page.getByRole("button", { name: "Begin" }).isDisabled(), "it can begin without");
	});
	await check("with one it begins, and everybody sees the banner at once", async () => {
		await page.fill("[name=reason]", "new disks <i>tonight</i>");
		await page.fill("[name=minutes]", "30");
		await page.getByRole("button", { name: "Begin" }).click();
		await prove(page, phone(), password);
		for (const who of [page, other]) {
			await who.locator(".banner", { hasText: "new disks <i>tonight</i>" }).waitFor();
			that(!(await who.locator(".banner i").count()), "the reason became an element");
		}
		await picture(page, "maintenance");
	});
	await check("while it lasts, alarms are kept but not sent", async () => {
		const list = () => wdpub("alarm", "list", "--all"), last = Math.max(0, ...list().map((a) => a.id));
		for (const a of list().filter((x) => x.state === "open"))
			sh(`wdpub alarm ack ${a.id}`); // what is acknowledged does not count on
		guest("echo w > /srv/www/in-maintenance.php; echo 0wned >> /srv/www/index.html");
		const fresh = () => list().filter((a) => a.id > last);
		await until("the alarm", () => fresh().some((a) => /tampering|scrub/.test(a.kind)), 60000);
		// A test mail after it is delivered: had the alarm been sent, it would be there by now.
		sh("wdpub notify test mail");
		const log = wdpub("notify", "log"), ids = new Set(fresh().map((a) => a.id));
		that(log.some((d) => d.state === "delivered"), "no delivery at all");
		that(!log.some((d) => ids.has(d.alarm) && d.state === "delivered"), "it was sent");
		return `${ids.size} kept`;
	});
	await check("ended, the banner goes for everybody", async () => {
		await page.getByRole("button", { name: "End it now" }).click();
		for (const who of [page, other])
			await who.locator(".banner").waitFor({ state: "detached" });
	});
	await other.context().close();
	await check("settings: a number out of range is named at its field; a right one is kept", async () => {
		await page.fill("[name=session_minutes]", "1");
		await page.getByRole("button", { name: "Save" }).click();
		await prove(page, phone(), password);
		await page.locator(".field.wrong [name=session_minutes]").waitFor();
		const said = await page.locator(".field.wrong .hint").innerText();
		await page.fill("[name=session_minutes]", "90");
		await page.getByRole("button", { name: "Save" }).click();
		await until("kept", () => wdpub("settings").session_minutes === 90);
		return said;
	});
}
