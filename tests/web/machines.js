// SPDX-License-Identifier: Apache-2.0
// machines - services stopped and started, on the publisher and on a host; the hardware unit
import { execFileSync } from "node:child_process";
import { check, dialogOf, go, guest, picture, prove, sh, that, until } from "./browser.js";

const { PUBLISHER, UNIT, GUEST, CUT_KEY, RESTORE_KEY, PHONE } = process.env;
const unit = (command) => JSON.parse(execFileSync("socat", ["-t", "4", "-", `UNIX-CONNECT:${UNIT}`], { input: `${command}\n`, encoding: "utf8" }));
const sent = () => unit("outbox").map((m) => m.text);
const code = (key, n) => sh(`oathtool -b -d 8 -c ${n} ${key}`).trim();

const service = (page, host, name) => page.getByRole("table", { name: "Services" }).locator("tbody tr").filter({ has: page.locator("b", { hasText: new RegExp(`^${name}$`) }) }).filter({ hasText: host });
const pid = async (row) => Number(await row.locator("td[data-label='PID']").innerText());

export async function services(page, phone, password) {
	const press = async (row, name) => {
		await row.getByRole("button", { name, exact: true }).click();
		await prove(page, phone(), password);
	};

	await go(page, "#/hosts");
	await page.getByRole("table", { name: "Services" }).waitFor();
	await check("a service of the publisher is stopped, and started, from the page", async () => {
		const row = service(page, "Publisher", "notify");
		await press(row, "Stop notify");
		await row.locator(".badge", { hasText: "Stopped" }).waitFor({ timeout: 30000 });
		that(sh(`pgrep -P ${PUBLISHER} -f -- '--role notify' || true`).trim() === "", "its process is there");
		await press(row, "Start notify");
		await row.locator(".badge", { hasText: "Running" }).waitFor({ timeout: 30000 });
	});
	await check("restarted, it is another process", async () => {
		const row = service(page, "Publisher", "notify");
		await until("a process", async () => (await pid(row)) > 0);
		const before = await pid(row);
		await press(row, "Restart notify");
		await until("another process", async () => (await pid(row)) > 0 && (await pid(row)) !== before);
		return `${before} -> ${await pid(row)}`;
	});
	await check("what would end the console itself is not offered", async () => {
		that(!(await service(page, "Publisher", "engine").getByRole("button", { name: "Stop engine" }).count()), "the engine can be stopped");
	});
	await check("a service of the web server is restarted from the page of that host", async () => {
		await go(page, "#/hosts/web1");
		const row = service(page, "", "link");
		await until("its process", async () => (await pid(row)) > 0);
		const before = await pid(row);
		await press(row, "Restart link");
		await until("another process", async () => (await row.count()) && (await pid(row)) > 0 && (await pid(row)) !== before, 60000);
		return `${before} -> ${await pid(row)}`;
	});
}

export async function hardware(page, phone, password) {
	if (!UNIT) {
		console.log("skip the hardware unit: the firmware or its simulator are not built");
		return;
	}
	const card = page.locator(".unit", { hasText: "web1" });

	await go(page, "#/hass");
	await check("the hardware unit: line, network, heartbeat, as the unit says them", async () => {
		await until("all is well", async () => /Well/.test(await card.locator(".card-head").innerText()), 60000);
		const said = await card.innerText();
		for (const what of ["Connected", "Registered", "dBm", "Vouched"])
			that(said.includes(what), `"${what}" is missing: ${said}`);
		await picture(page, "hass-unit");
	});
	await check("the publisher's SMS go by this unit, and a test arrives on the phone", async () => {
		await go(page, "#/notifications");
		await page.getByRole("tab", { name: "SMS" }).click();
		await page.check("[name='sms.enabled']");
		await page.fill("[name='sms.host']", "web1");
		await page.getByRole("button", { name: "Save" }).click();
		await prove(page, phone(), password);
		await page.locator(".toast.ok").waitFor();
		await go(page, "#/hass");
		const before = sent().length;
		await card.getByRole("button", { name: "Send test SMS" }).click();
		await until("the SMS", () => sent().slice(before).some((s) => /test/i.test(s)), 60000);
		return sent().at(-1);
	});
	await check("CUT needs the host's name, typed", async () => {
		await card.getByRole("button", { name: "Cut" }).click();
		const box = dialogOf(page, "Cut web1 off the network?");
		const press = box.getByRole("button", { name: "Cut" });
		await box.locator("[name=confirm]").fill("web");
		that(await press.isDisabled(), "a part of the name is enough");
		that(!unit("status").cut, "it is cut already");
		await picture(page, "hass-cut");
		await box.locator("[name=confirm]").fill("web1");
		await press.click();
		await prove(page, phone(), password);
		await until("the relay", () => unit("status").cut, 40000);
	});
	await check("the phones are told, and the page shows the host cut off", async () => {
		await until("the SMS", () => sent().some((s) => /network CUT by publisher/.test(s)), 60000);
		if (GUEST && !process.env.LOCAL_WEB) { // its cable is really pulled
			await go(page, "#/hosts");
			await until("it is away", async () => /Away|Silent/.test(await page.locator(".card.linked", { hasText: "web1" }).innerText()), 90000);
			await picture(page, "hosts-cut");
			await go(page, "#/hass");
		} else {
			await card.locator(".badge", { hasText: "CUT" }).waitFor({ timeout: 30000 });
		}
	});
	await check("nothing on the pages can undo it", async () => {
		await go(page, "#/hass");
		await card.waitFor();
		that(!(await card.getByRole("button", { name: /restore|connect/i }).count()), "there is a way");
	});
	await check("RESTORE by SMS, with its code: the page sees the host again", async () => {
		unit(`sms ${PHONE} RESTORE ${code(RESTORE_KEY, 0)}`);
		await until("the relay", () => !unit("status").cut, 40000);
		await until("all is well", async () => /Well/.test(await card.locator(".card-head").innerText()), 120000);
		that(CUT_KEY !== RESTORE_KEY, "one secret for both");
	});
}
