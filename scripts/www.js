#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// www - bundles the console's pages: ours, and the three libraries that npm brought
//
// usage: scripts/www.js MODULES OUT     MODULES: a node_modules directory; OUT: is replaced
//
// The charts, the differ and each language are files of their own, loaded when they are needed.
// Fails when what a first visit loads is larger, compressed, than the budget.
import { createRequire } from "node:module";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const BUDGET = 150 * 1024;
const [modules, out] = process.argv.slice(2).map((a) => resolve(a));
if (!out) {
	console.error("usage: scripts/www.js MODULES OUT");
	process.exit(2);
}
const from = resolve(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../publisher/console/www");
const esbuild = createRequire(join(modules, "x.js"))("esbuild");
const fresh = `${out}.new`;

rmSync(fresh, { recursive: true, force: true });
mkdirSync(fresh, { recursive: true });
const made = await esbuild.build({
	entryPoints: [join(from, "main.js")], outdir: fresh, bundle: true, splitting: true, format: "esm",
	minify: true, target: ["es2022"], nodePaths: [modules], metafile: true, legalComments: "none",
	charset: "utf8", entryNames: "[name]", chunkNames: "part-[hash]", logLevel: "warning",
});
const style = await esbuild.build({ entryPoints: [join(from, "style.css")], outdir: fresh, minify: true, charset: "utf8", logLevel: "warning" });
if (made.errors.length || style.errors.length)
	process.exit(1);
for (const name of ["index.html", "icon.svg"])
	copyFileSync(join(from, name), join(fresh, name));

/* The licences of what is inside travel with it. */
const notices = ["diff", "htm", "uplot", "preact"].map((name) => {
	const dir = join(modules, name);
	try {
		const file = readdirSync(dir).find((f) => /^licen[cs]e/i.test(f));
		return `==== ${name} ====\n${readFileSync(join(dir, file), "utf8")}\n`;
	} catch {
		return `==== ${name} ====\nMIT (part of htm's standalone module)\n`;
	}
});
writeFileSync(join(fresh, "LICENSES.txt"), notices.join("\n"));

/* What the first page needs: the entry, what it imports at once, one language, style, page, icon. */
const outputs = made.metafile.outputs;
const name = (path) => relative(fresh, resolve(path));
const first = new Set(["index.html", "icon.svg", "style.css"]);
(function add(path) {
	if (first.has(name(path)))
		return;
	first.add(name(path));
	for (const i of outputs[path].imports)
		if (i.kind === "import-statement")
			add(i.path);
})(Object.keys(outputs).find((p) => name(p) === "main.js"));
const packed = (file) => gzipSync(readFileSync(join(fresh, file)), { level: 9 }).length;
const languages = Object.keys(outputs).filter((p) => /i18n\/..\.js$/.test(outputs[p].entryPoint || "")).map((p) => packed(name(p)));
const total = [...first].reduce((n, f) => n + packed(f), 0) + Math.max(0, ...languages);

console.log(`www: ${readdirSync(fresh).length} files, first load ${(total / 1024).toFixed(1)} KB compressed (at most ${BUDGET / 1024})`);
if (total > BUDGET) {
	console.error("www: the first load is over its budget; load what is not needed at once by import()");
	process.exit(1);
}
rmSync(out, { recursive: true, force: true });
renameSync(fresh, out);
