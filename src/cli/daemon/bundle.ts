/**
 * Writes all that `run` needs into few files, dist/cli/run.js and dist/run/: the daemon then starts in
 * half the time, with less memory. Not minified, so that what is told of a fault can be read: above each
 * module stands its file. Other commands stay as they are. Run by `npm run build`.
 */
import { readFile } from "node:fs/promises";
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

await build({
  absWorkingDir: root,
  entryPoints: ["src/cli/run.ts"],
  outdir: "dist",
  outbase: "src",
  chunkNames: "run/[name]-[hash]",
  plugins: [ownPlace],
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  charset: "utf8",
  legalComments: "eof",
  logLevel: "warning",
  external: ["jsonc-parser", ...SELDOM],
  // Packages in CommonJS ask for Node's own modules by `require`.
  banner: {
    js: `import { createRequire as requireFrom } from "node:module";\nconst require = requireFrom(import.meta.url);`,
  },
});
