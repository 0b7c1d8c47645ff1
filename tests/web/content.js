// SPDX-License-Identifier: Apache-2.0
// content - publish, roll back, verify and restore from the pages; the web server has what they say
import { unlinkSync, writeFileSync } from "node:fs";
import { check, go, guest, picture, prove, that, until } from "./browser.js";

const { BACKUP, LOCAL_WEB } = process.env;
const job = (page, word) => page.locator(".notice", { hasText: word });
const releases = (page) => page.getByRole("table", { name: "Releases" });

export async function content(page, phone, password) {
	let was;

	await go(page, "#/sites/www");
	await releases(page).waitFor();
	await check("publish now: the job says what each host has", async () => {
		was = Number(await releases(page).locator("tr.current b").innerText());
		writeFileSync(`${BACKUP}/offer.html`, "<p>Today only</p>\n");
		await page.getByRole("button", { name: "Publish now" }).click();
		await job(page, "Done.").waitFor({ timeout: 60000 });
		const said = await page.locator(".job-rows").innerText();
		that(/web1 · www (Applied|Up to date)/.test(said), said);
		that(guest("cat /srv/www/offer.html").includes("Today only"), "the file is not there");
		return said.replaceAll("\n", ", ");
	});
	await check("the new release is in the table, without reload", async () => {
		await until("a higher number", async () => Number(await releases(page).locator("tr.current b").innerText()) > was);
	});
	await check("roll back: a note, a second proof, and the web server has the old content", async () => {
		const old = releases(page).locator("tbody tr", { has: page.locator("b", { hasText: new RegExp(`^${was}$`) }) });
		await old.getByRole("button", { name: "Roll back" }).click();
		await page.fill("dialog [name=note]", "the offer is over");
		await picture(page, "rollback");
		await page.locator("dialog").getByRole("button", { name: "Roll back" }).click();
		await prove(page, phone(), password);
		await job(page, "Done.").waitFor({ timeout: 60000 });
		that(guest("ls /srv/www").split("\n").every((f) => f !== "offer.html"), "offer.html is still there");
		await page.locator(".headline .badge", { hasText: "Held" }).waitFor();
		await until("its note in the table", async () => (await releases(page).innerText()).includes("the offer is over"));
	});
	await check("verify now: how many files, how many wrong, until it is done", async () => {
		if (LOCAL_WEB)
			writeFileSync(`${LOCAL_WEB}/index.html`, "0wned\n"); // nobody watches here: verifying finds it
		await page.getByRole("button", { name: "Verify now" }).click();
		await job(page, "Done.").locator(".job-rows").waitFor({ timeout: 60000 });
		const said = await page.locator(".job-rows").innerText();
		that(/web1 · www \d+ files compared, \d+ wrong, \d+ put right, 0 not/.test(said), said);
		that(Number(/(\d+) files/.exec(said)[1]) > 10, said);
		if (LOCAL_WEB)
			that(/1 wrong, 1 put right/.test(said), said);
		await picture(page, "verified");
		return said.replaceAll("\n", ", ");
	});
	await check("restore from a file's page: the host is verified, its visitors get the true page", async () => {
		await go(page, "#/files/www/index.html?file=1");
		if (LOCAL_WEB)
			writeFileSync(`${LOCAL_WEB}/index.html`, "0wned again\n");
		await page.getByRole("button", { name: "Verify and restore on the hosts" }).click();
		await job(page, "Done.").locator(".job-rows").waitFor({ timeout: 60000 });
		that(guest("cat /srv/www/index.html").includes("Welcome to our shop"), "the page is not the true one");
		return (await page.locator(".job-rows").innerText()).replaceAll("\n", ", ");
	});
	await check("publishing again ends the hold", async () => {
		await go(page, "#/sites/www");
		unlinkSync(`${BACKUP}/offer.html`);
		await page.getByRole("button", { name: "Publish now" }).click();
		await job(page, "Done.").waitFor({ timeout: 60000 });
		await page.locator(".headline .badge", { hasText: "In step" }).waitFor();
	});
}
