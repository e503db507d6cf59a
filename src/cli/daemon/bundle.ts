/**
 * Writes all that `run` needs into few files, dist/cli/run.js and dist/run/: the daemon then starts in
 * half the time, with less memory. Not minified, so that what is told of a fault can be read: above each
 * module stands its file. Other commands stay as they are. Run by `npm run build`.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { build, type Plugin } from "esbuild";

const root = join(import.meta.dirname, "../../..");
const source = join(root, "src");

/** Not loaded by a plain installation: drivers, colours, and compilers that no route of ours asks for. */
const SELDOM = [
  ...["mysql2", "pg", "pino-pretty"],
  ...["@fastify/ajv-compiler", "@fastify/fast-json-stringify-compiler"],
];

/** What the entry of the program has in common with the daemon: there must be one of each. */
const SHARED = ["lib/known-secrets", "cli/chosen-account"];

/** A module knows its own place, also where it is in one file with all others. */
const ownPlace: Plugin = {
  name: "own place",
  setup(building) {
    for (const name of SHARED)
      building.onResolve({ filter: new RegExp(`/${basename(name)}\\.ts$`) }, () => ({
        path: `../${name}.js`,
        external: true,
      }));
    building.onLoad({ filter: /^\/.*\/src\/.*\.ts$/ }, async ({ path }) => {
      const file = relative(source, path).replace(/\.ts$/, ".js");
      // Every file that is written lies one folder below dist.
      const url = `new URL(${JSON.stringify(`../${file}`)},import.meta.url).href`;
      const folder = `(import.meta.dirname+${JSON.stringify(`/../${dirname(file)}`)})`;
      const contents = (await readFile(path, "utf8"))
        .replaceAll("import.meta.main", "false")
        .replaceAll("import.meta.dirname", folder)
        .replaceAll(/import\.meta\.url(?!\)\.href)/g, url);
      return { contents, loader: "ts" };
    });
  },
};

/**
 * Node's own modules are asked for by `require`, and for what is used of them. An `import` of one reads all
 * that it exports, and so loads what stands behind it: `fetch` and HTTP/2 with `node:http`, WebCrypto with
 * `node:crypto`.
 */
const nodeByRequire: Plugin = {
  name: "node by require",
  setup(building) {
    building.onResolve({ filter: /^(node:)?[a-z0-9_]+(\/[a-z]+)?$/ }, ({ path, kind }) => {
      if (!isBuiltin(path)) return undefined;
      return kind === "require-call" ? { path, external: true } : { path, namespace: "node" };
    });
    building.onLoad({ filter: /./, namespace: "node" }, ({ path }) => ({
      contents: [
        `const own = require(${JSON.stringify(path)}), pick = (name) => own[name];`,
        "export default own;",
        // What nobody imports is left out.
        ...Object.keys(process.getBuiltinModule(path) ?? {}).map(
          (name, at) =>
            `const _${at} = /* @__PURE__ */ pick("${name}"); export { _${at} as ${name} };`,
        ),
      ].join("\n"),
    }));
  },
};

const NOTHING = "module.exports = {};";

/** Parts of packages that nothing here asks for, and that bring much with them when they are loaded. */
const UNUSED: readonly (readonly [file: RegExp, instead: string])[] = [
  // Other ways to ask than `node:http`: with them comes all of `fetch`.
  [
    /\/axios\/lib\/adapters\/(fetch|xhr)\.js$/,
    "export default null; export const getFetch = null;",
  ],
  // Nothing is uploaded as a form: with it comes a list of all types of files.
  [/\/form-data\/lib\/form_data\.js$/, NOTHING],
];

const withoutUnused: Plugin = {
  name: "without unused",
  setup(building) {
    for (const [filter, contents] of UNUSED) building.onLoad({ filter }, () => ({ contents }));
    building.onLoad({ filter: /\/axios\/lib\/utils\.js$/ }, async ({ path }) => ({
      // A mere look at it loads `fetch`.
      contents: (await readFile(path, "utf8")).replaceAll("G.FormData", "undefined"),
    }));
    building.onResolve({ filter: /^(node:)?http2$/ }, ({ path }) => ({
      path,
      namespace: "unused",
    }));
    building.onLoad({ filter: /./, namespace: "unused" }, () => ({ contents: NOTHING }));
  },
};

/** In one byte a character: with a single one beyond, Node.js keeps the whole text in two bytes each. */
const inAscii = (text: string): string =>
  text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

const written = join(root, "dist/run");
rmSync(written, { recursive: true, force: true });
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/run.ts"],
  outdir: "dist",
  outbase: "src",
  chunkNames: "run/[name]-[hash]",
  plugins: [ownPlace, withoutUnused, nodeByRequire],
  bundle: true,
  write: false,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  legalComments: "eof",
  logLevel: "warning",
  external: ["jsonc-parser", ...SELDOM],
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: {
    js: `import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);`,
  },
});
mkdirSync(written);
for (const { path, text } of outputFiles) writeFileSync(path, inAscii(text));
