/**
 * The licences of everything that a package carries, as one text. Exports `licencesText`, and
 * `unknownLicences`, which a release must not have.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProductionPackage } from "./production.ts";

/** Those that were read, and that a service under the MIT licence may carry along unchanged. */
const KNOWN: ReadonlySet<string> = new Set([
  ...["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "BlueOak-1.0.0"],
]);

/** What an author's own statement leaves out. */
const CARRIES: Readonly<Record<string, string>> = {
  "wasm-media-encoders":
    "Its mp3.wasm holds the encoder LAME, compiled to WebAssembly, under the GNU Library General Public\n" +
    "License, version 2 or later (on Debian: /usr/share/common-licenses/LGPL-2). It is a file of its own\n" +
    "that may be replaced; its source is named in the README of wasm-media-encoders.",
};

export const unknownLicences = (packages: readonly ProductionPackage[]): readonly string[] =>
  packages
    .filter(({ license }) => license === undefined || !KNOWN.has(license))
    .map(({ name, version, license }) => `${name} ${version}: ${license ?? "states none"}`);

/** @param from where the packages' folders are */
export function licencesText(from: string, packages: readonly ProductionPackage[]): string {
  const list = packages.map(
    ({ name, version, license }) => `  ${name} ${version}: ${license ?? "states none"}`,
  );
  const texts = packages.map(({ folder, name, version, license }) => {
    const own = textIn(join(from, folder)) ?? `The package states: ${license ?? "nothing"}.`;
    const more = CARRIES[name];
    return [`${RULE}\n${name} ${version}\n`, ...(more === undefined ? [] : [more, ""]), own].join(
      "\n",
    );
  });
  return `Third parties' software in asterisk-kommo, each under its own licence:\n\n${list.join("\n")}\n\n${texts.join("\n\n")}\n`;
}

const RULE = "-".repeat(78);

function textIn(folder: string): string | undefined {
  const file = readdirSync(folder)
    .toSorted()
    .find((name) => /^(licen[sc]e|copying)/i.test(name));
  return file === undefined ? undefined : readFileSync(join(folder, file), "utf8").trim();
}
