// SPDX-License-Identifier: Apache-2.0
// roles - what doc/openapi.yaml allows each role is what the server allows, and what the pages offer
import { readFileSync } from "node:fs";
import { check, firstLogin, open, prove, that } from "./browser.js";

const LETTER = { administrator: "A", operator: "O", auditor: "R" };
/* Left out: they end the session that asks, or never end. */
const NOT = new Set(["DELETE /session", "GET /stream", "POST /session", "POST /session/totp", "GET /session/first", "POST /session/first"]);

/* [method, path, roles] of each call. The file is ours and written line by line: no YAML parser. */
export function calls() {
	const out = [];
	let path = "", method = "";

	for (const line of readFileSync("doc/openapi.yaml", "utf8").split("\n")) {
		path = /^ {2}(\/\S*):/.exec(line)?.[1] ?? path;
		method = /^ {4}(get|post|put|patch|delete):/.exec(line)?.[1].toUpperCase() ?? method;
		const roles = /x-roles: (\w+)/.exec(line)?.[1];
		if (roles && path && method)
			out.push([method, path, roles]);
		if (/^components:/.test(line))
			break;
	}
	return out;
}

/* From inside the page, with its cookie and token, so that only the role can be the reason. */
const ask = (page, list) => page.evaluate(async (all) => {
	const { csrf } = await (await fetch("/api/v1/session")).json();
	const answers = [];
	for (const [method, path] of all) {
		const init = method === "GET" ? {} : { method, headers: { "X-CSRF-Token": csrf, "Content-Type": "application/json" }, body: "{}" };
		const a = await fetch(`/api/v1${path.replace(/\{act\}/, "restart").replace(/\{kind\}/, "system").replace(/\{\w+\}/g, "nobody-such")}`, init);
		const body = (a.headers.get("Content-Type") || "").includes("json") ? await a.json() : {};
		answers.push([a.status, body.reason || ""]);
	}
	return answers;
}, list);

async function table(page, role) {
	const list = calls().filter(([m, p, r]) => r !== "public" && !NOT.has(`${m} ${p}`));
	const answers = await ask(page, list);
	const wrong = [];
	let refused = 0;

	list.forEach(([method, path, roles], i) => {
		const may = roles === "all" || roles.includes(LETTER[role]);
		const no = answers[i][0] === 403 && answers[i][1] === "forbidden";
		refused += no;
		if (may === no || answers[i][0] === 401)
			wrong.push(`${method} ${path}: ${answers[i].join(" ")}, ${may ? "should be allowed" : "should be refused"}`);
	});
	that(list.length > 40, `only ${list.length} calls were found`);
	that(!wrong.length, wrong.join("\n"));
	return `${list.length} calls, ${refused} refused`;
}

export async function roles(page, phone, password) {
	const people = {};

	for (const role of ["operator", "auditor"])
		await check(`an ${role} is added, with a one-time password shown once`, async () => {
			await page.evaluate(() => { location.hash = "#/users"; });
			await page.click("button:has-text('Add a user')");
			await page.fill("dialog [name=name]", role);
			await page.selectOption("dialog [name=role]", role);
			await page.click("dialog button[type=submit]");
			await prove(page, phone(), password);
			await page.waitForSelector("[data-one-time]");
			people[role] = await page.locator("[data-one-time]").innerText();
			await page.click("dialog footer button");
		});
	for (const role of ["operator", "auditor"]) {
		const theirs = await open();
		await check(`the ${role} signs in and sees no page of others`, async () => {
			await firstLogin(theirs, role, people[role], `${password} and beyond`);
			const nav = await theirs.locator("nav").innerText();
			that(nav.includes("Audit log") === (role === "auditor"), nav);
			that(nav.includes("Settings") === (role === "auditor"), nav);
		});
		await check(`the ${role} is refused what is not theirs, call by call`, () => table(theirs, role));
		await theirs.context().close();
	}
	await check("the administrator is refused nothing that is theirs", () => table(page, "administrator"));
}
