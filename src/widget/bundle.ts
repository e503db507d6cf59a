/**
 * Builds dist/widget: the widget's script as one AMD module that leaves nothing in the page's global
 * scope, and beside it what the archive needs. Run by `npm run build`.
 */
import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build, transform, type Plugin } from "esbuild";
import { STYLES } from "./browser/view/styles.ts";

const here = import.meta.dirname;
const target = join(here, "../../dist/widget");
const browsers = ["chrome109", "firefox115", "safari16"];

/** Texts of the list of integrations, which Kommo shows itself. */
const ONLY_IN_KOMMO = ["short_description", "description", "tour_description", "call_action"];

/** What is text in the source goes along without what no browser needs of it. */
const smaller: Plugin = {
  name: "smaller",
  setup(bundle) {
    bundle.onLoad({ filter: /view\/styles\.ts$/ }, async () => {
      const { code } = await transform(STYLES, { loader: "css", minify: true, target: browsers });
      return { contents: `export const STYLES = ${JSON.stringify(code)};`, loader: "js" };
    });
    bundle.onLoad({ filter: /i18n\/en\.json$/ }, async ({ path }) => {
      const contents = JSON.stringify(
        JSON.parse(await readFile(path, "utf8")),
        (name, value: unknown) => (ONLY_IN_KOMMO.includes(name) ? undefined : value),
      );
      return { contents, loader: "json" };
    });
  },
};

await mkdir(target, { recursive: true });
await build({
  entryPoints: [join(here, "browser/script.ts")],
  outfile: join(target, "script.js"),
  bundle: true,
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: browsers,
  format: "iife",
  globalName: "widget",
  plugins: [smaller],
  // The variable of esbuild is one of this function, and not of the page.
  banner: { js: 'define([],function(){"use strict";' },
  footer: { js: "return function(){widget.createWidget(this)};});" },
});
await cp(join(here, "assets"), join(target, "assets"), {
  recursive: true,
  filter: (path) => !path.endsWith(".svg"),
});
