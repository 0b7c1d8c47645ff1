// SPDX-License-Identifier: Apache-2.0
// books - logs searched and taken along, the audit log's chain verified
import { check, downloaded, go, guest, sh, that, until } from "./browser.js";

/* A CSV file as rows: quoted cells may hold commas, quotes and line ends. */
function rows(text) {
	const out = [[""]];
	let quoted = false;

	for (let i = 0; i < text.length; i++) {
		const c = text[i];
		if (quoted && c === '"' && text[i + 1] === '"')
			out.at(-1)[out.at(-1).length - 1] += text[++i];
		else if (c === '"')
			quoted = !quoted;
		else if (!quoted && c === ",")
			out.at(-1).push("");
		else if (!quoted && c === "\n")
			out.push([""]);
		else if (quoted || c !== "\r")
			out.at(-1)[out.at(-1).length - 1] += c;
	}
	return out.filter((r) => r.length > 1);
}

export async function books(page) {
	await check("the system log is searched as one types", async () => {
		await go(page, "#/logs");
		await page.fill("[name=q]", "rollback");
		await until("only what matches", async () => {
			const texts = await page.locator(".list-row").allInnerTexts();
			return texts.length > 0 && texts.every((x) => /rollback|roll/i.test(x));
		});
		await page.fill("[name=q]", "no-such-word-anywhere");
		await page.locator(".empty").waitFor();
	});
	await check("by level", async () => {
		await page.fill("[name=q]", "");
		await page.selectOption("[name=level]", "warning");
		await until("warnings only", async () => {
			const levels = await page.locator(".list-row .cell.outcome").allInnerTexts();
			return levels.length > 0 && levels.every((x) => x.trim() === "Warning");
		});
	});
	await check("tamper log as CSV: every event of the list, formulas harmless", async () => {
		guest("echo x > '/srv/www/=cmd.html'");
		await go(page, "#/logs/tamper");
		await page.locator(".list-row", { hasText: "=cmd.html" }).first().waitFor({ timeout: 30000 }).catch(() => page.reload());
		await page.locator(".list-row", { hasText: "=cmd.html" }).first().waitFor({ timeout: 30000 });
		const { name, bytes } = await downloaded(page, page.getByRole("link", { name: "CSV" }));
		const table = rows(bytes.toString());
		const kept = await page.evaluate(async () => (await (await fetch("/api/v1/logs/tamper?limit=500")).json()).rows.length);
		that(table.length - 1 === kept && kept > 5, `${table.length - 1} rows of ${kept} events`);
		that(table.every((r) => r.length === table[0].length), "rows of different length");
		that(table.slice(1).every((r) => r.every((c) => !/^[=+@-]/.test(c) || /^-?\d/.test(c))), "a cell would be run as a formula");
		that(bytes.toString().includes("=cmd.html"), "the event is missing");
		return `${name}, ${table.length - 1} events, ${table[0].length} columns`;
	});
	await check("and as JSON, with the search that is on the page", async () => {
		await page.fill("[name=q]", "index.html");
		await until("only what matches", async () => {
			const texts = await page.locator(".list-row").allInnerTexts();
			return texts.length > 0 && texts.every((x) => x.includes("index.html"));
		});
		const { name, bytes } = await downloaded(page, page.getByRole("link", { name: "JSON" }));
		const text = bytes.toString(), all = text.trim().startsWith("[") ? JSON.parse(text) : text.trim().split("\n").map((l) => JSON.parse(l));
		that(all.length > 0 && all.every((e) => JSON.stringify(e).includes("index.html")), "other events are in it");
		return `${name}, ${all.length} events`;
	});
	await check("the audit log tells what was done here, and by whom", async () => {
		await go(page, "#/auditlog");
		for (const act of ["rollback", "service-act", "filter-add", "notify-set"]) {
			await page.fill("[name=q]", act);
			await page.locator(".list-row", { hasText: act }).filter({ hasText: "admin" }).first().waitFor();
		}
		await page.fill("[name=q]", "");
	});
	await check("its chain is verified, entry by entry", async () => {
		await page.getByRole("button", { name: "Verify the chain" }).click();
		const said = page.locator(".notice.ok", { hasText: "chained and unchanged" });
		await said.waitFor();
		const n = Number(/[\d,]+/.exec(await said.innerText())[0].replaceAll(",", ""));
		that(n > 20, `only ${n}`);
		return `${n} entries`;
	});
	await check("a changed entry is named on the page; put back, all is well", async () => {
		const db = `${process.env.WD_PUBLISHER_STATE}/publisher.db`;
		const sql = (s) => sh(`sqlite3 -cmd '.timeout 20000' '${db}' "${s}"`).trim();
		sql("UPDATE audit SET about = about || 'x' WHERE n = 3");
		await page.getByRole("button", { name: "Verify the chain" }).click();
		const said = page.locator(".notice.critical", { hasText: "3" });
		await said.waitFor();
		const text = await said.innerText();
		sql("UPDATE audit SET about = substr(about, 1, length(about) - 1) WHERE n = 3");
		await page.getByRole("button", { name: "Verify the chain" }).click();
		await page.locator(".notice.ok", { hasText: "chained and unchanged" }).waitFor();
		return text;
	});
}
