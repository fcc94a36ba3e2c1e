// Builds the native executable: one static file that needs neither Node.js nor a shared library.
//   node scripts/build-native.mjs [--profile|--sanitize] ENTRY OUTPUT [GCC-OPTION...]
// esbuild bundles the TypeScript into modules and fails if they need Node.js; qjsc compiles these to byte code, which is linked
// with the engine. --profile and --sanitize are passed to build-quickjs.sh. Tests have entries of their own, and may replace the
// options of a release; then $CC names the compiler. $QUICKJS is the directory of an engine to use instead of that of
// build-quickjs.sh.

import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { build } from "esbuild";
import { define } from "./define.mjs";

const engineOptions = process.argv.slice(2, 3).filter((option) => ["--profile", "--sanitize"].includes(option));
const [entry, output, ...customOptions] = process.argv.slice(2 + engineOptions.length);
// Without --no-warnings the linker says that the C library's character set conversions, which are not used, need a shared one.
const release = ["-O2", "-static-pie", "-s", "-fPIE", "-Wl,--gc-sections,--no-warnings"];
const options = customOptions.length > 0 ? customOptions : release;

const { CC, QUICKJS } = process.env;
if (CC !== undefined) engineOptions.push(CC);
const engine = QUICKJS ?? execFileSync("scripts/build-quickjs.sh", engineOptions, { encoding: "utf8" }).trim();
mkdirSync(dirname(output), { recursive: true });
const parts = mkdtempSync(`${output}.parts.`);
process.on("exit", () => rmSync(parts, { recursive: true }));

const { metafile } = await build({
  entryPoints: { program: entry },
  outdir: parts,
  bundle: true,
  // Dynamic imports stay separate modules, which are read when needed.
  splitting: true,
  chunkNames: "[name]-[hash]",
  platform: "neutral",
  format: "esm",
  target: "es2023",
  external: ["posix"],
  minifySyntax: true,
  define,
  metafile: true,
});
const files = Object.entries(metafile.outputs).map(([path, output]) => ({ ...output, name: basename(path) }));
const modules = files.map(({ name }) => name).filter((name) => name !== "program.js");
const imported = files.filter(({ name, entryPoint }) => entryPoint !== undefined && name !== "program.js");

for (const { name, imports } of files) {
  // QuickJS's own import() needs debug information, which qjsc leaves out because it would be read at every start.
  const pieces = readFileSync(`${parts}/${name}`, "utf8").split(/\bimport\(/);
  const found = pieces.length - 1;
  const expected = imports.filter(({ kind }) => kind === "dynamic-import").length;
  if (found !== expected)
    throw new Error(`${name} has ${expected} dynamic imports, but "import(" ${found} times: is it in a string?`);
  writeFileSync(`${parts}/${name}`, pieces.join("importModule("));
}
const dynamic = imported.flatMap(({ name }) => ["-D", name]);
const known = ["-M", "posix", ...dynamic];
execFileSync(`${engine}/qjsc`, ["-c", "-m", "-s", "-N", "program", ...known, "-o", "program.c", "program.js"], {
  cwd: parts,
});

/** The C array that qjsc makes of a module. */
const arrayOf = (name) => `qjsc_${basename(name, ".js").replace(/[^A-Za-z0-9]/g, "_")}`;
const rows = modules.map((name) => `    {"${name}", ${arrayOf(name)}, sizeof ${arrayOf(name)}},\n`);
appendFileSync(`${parts}/program.c`, `static const struct module modules[] = {\n${rows.join("")}    {0},\n};\n`);

const flags = ["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", "-isystem", engine, "-I", parts];
const posix = ["bytes", "events", "files", "module", "programs", "values", "watch"].map(
  (name) => `src/system/posix/${name}.c`,
);
const sources = ["src/main.quickjs.c", "src/system/memory.c", ...posix];
const libraries = [`${engine}/libquickjs.a`, "-lm", "-lpthread"];
const line = [...flags, ...options, "-o", `${parts}/out`, ...sources, ...libraries];
execFileSync(`${engine}/cc`, line, { stdio: "inherit" });
// C has no exceptions: nothing reads the tables for unwinding the stack, a twelfth of the executable.
if (options === release) execFileSync("objcopy", ["--remove-section=.eh_frame", `${parts}/out`], { stdio: "pipe" });
renameSync(`${parts}/out`, output);
