/**
 * Builds dist/widget: the widget's script as one AMD module that leaves nothing in the page's global
 * scope, and beside it what the archive needs. Run by `npm run build`.
 */
import { cp, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { build, transform, type Plugin } from "esbuild";
import { STYLES } from "./browser/view/styles.ts";

const here = import.meta.dirname;
const target = join(here, "../../dist/widget");
const browsers = ["chrome109", "firefox115", "safari16"];

/** Styles are text in the source: they go along without what no browser needs of them. */
const smaller: Plugin = {
  name: "smaller",
  setup(bundle) {
    bundle.onLoad({ filter: /view\/styles\.ts$/ }, async () => {
      const { code } = await transform(STYLES, { loader: "css", minify: true, target: browsers });
      return { contents: `export const STYLES = ${JSON.stringify(code)};`, loader: "js" };
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
