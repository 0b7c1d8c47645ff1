#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// messages - every language says all that the pages ask for, and nothing else
import { readdirSync, readFileSync } from "node:fs";

const www = "publisher/console/www";
const languages = ["en", "zh", "ko"];
const tables = Object.fromEntries(await Promise.all(languages.map(async (l) => [l, (await import(`../../${www}/i18n/${l}.js`)).default])));
const sources = ["", "ui", "pages"].flatMap((d) => readdirSync(`${www}/${d}`).filter((f) => f.endsWith(".js")).map((f) => readFileSync(`${www}/${d}/${f}`, "utf8"))).join("\n");
const keys = Object.keys(tables.en);
const asked = new Set([...sources.matchAll(/"([a-z][\w-]*(?:\.[\w-]+)+)"/g)].map((m) => m[1]).filter((k) => keys.includes(k)));
const literal = [...sources.matchAll(/\bt\("([^"]+)"/g)].map((m) => m[1]);
/* t(`role.${x}`) and word("op", x): whatever begins so is asked for. */
const prefixes = [...sources.matchAll(/\bt\(`([^`$]+)\$\{/g)].map((m) => m[1]).concat([...sources.matchAll(/\bword\("([^"]+)"/g)].map((m) => `${m[1]}.`));
const holes = (text) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort().join();
let passed = 0, failed = 0;

function check(name, wrong) {
	if (wrong.length) {
		failed++;
		console.log(`not ok ${name}: ${wrong.slice(0, 12).join(", ")}`);
	} else {
		passed++;
		console.log(`ok ${name}`);
	}
}
for (const l of languages.slice(1)) {
	const k = Object.keys(tables[l]);
	check(`${l} has every message of en`, keys.filter((x) => !k.includes(x)));
	check(`${l} has no message that en lacks`, k.filter((x) => !keys.includes(x)));
	check(`${l} fills the same holes`, keys.filter((x) => tables[l][x] && holes(tables[l][x]) !== holes(tables.en[x])));
}
for (const l of languages)
	check(`${l} leaves none empty`, Object.entries(tables[l]).filter(([, v]) => typeof v !== "string" || !v.trim()).map(([x]) => x));
check("what the pages ask for is there", literal.filter((x) => !keys.includes(x)));
check("each group of words has at least one", prefixes.filter((p) => !keys.some((x) => x.startsWith(p))));
check("nothing is there that no page asks for", keys.filter((x) => !literal.includes(x) && !asked.has(x) && !prefixes.some((p) => x.startsWith(p))));
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
