/** The archive that is uploaded to Kommo: the same bytes for the same content. Exports `packWidget`. */
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { zipSync, type Zippable } from "fflate";
import { createManifest, LOCALES, type ManifestOptions } from "./manifest.ts";

export type WidgetParts = {
  /** The built script. */
  readonly script: string;
  /** Folder with `i18n` and `images`. */
  readonly assets: string;
};

/** Zip knows no year before 1980 and no zone: a fixed day, so that the archive depends on nothing else. */
const FILE_DATE = new Date(2020, 0, 1);

/** Rejects when a part cannot be read. */
export async function packWidget(
  { script, assets }: WidgetParts,
  options: ManifestOptions,
): Promise<Uint8Array> {
  const files: Zippable = {
    "manifest.json": asText(JSON.stringify(createManifest(options), null, 2)),
    "script.js": await readFile(script),
  };
  for (const locale of LOCALES)
    files[`i18n/${locale}.json`] = await readFile(join(assets, "i18n", `${locale}.json`));
  for (const name of (await readdir(join(assets, "images"))).sort())
    if (name.endsWith(".png"))
      files[`images/${name}`] = await readFile(join(assets, "images", name));
  return zipSync(files, { level: 9, mtime: FILE_DATE });
}

const asText = (text: string): Uint8Array => new TextEncoder().encode(`${text}\n`);
