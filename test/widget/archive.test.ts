// The archive for Kommo: what pack writes has nothing that Kommo's upload would refuse, and each thing
// that it would refuse is found.
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { unzipSync, zipSync } from "fflate";
import { checkArchive } from "../../src/widget/archive/check-archive.ts";
import { packWidget } from "../../src/widget/archive/pack-widget.ts";

const BUILT = join(import.meta.dirname, "../../dist/widget");
const SUPPORT = { link: "https://pbx.example/", email: "help@pbx.example" };

const pack = (): Promise<Uint8Array> =>
  packWidget(
    { script: join(BUILT, "script.js"), assets: join(BUILT, "assets") },
    { version: "1.2.3", support: SUPPORT },
  );

type Files = Record<string, Uint8Array>;

/** The problems of an archive with something changed. */
async function problemsWith(change: (files: Files) => void): Promise<readonly string[]> {
  const files: Files = unzipSync(await pack());
  change(files);
  return checkArchive(zipSync(files));
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function changeJson(
  files: Files,
  name: string,
  change: (json: Record<string, Record<string, unknown>>) => void,
): void {
  const json = JSON.parse(Buffer.from(files[name] ?? []).toString()) as Record<
    string,
    Record<string, unknown>
  >;
  change(json);
  files[name] = bytes(JSON.stringify(json));
}

test("what pack writes is as Kommo wants it, and the same each time", async () => {
  const [one, other] = await Promise.all([pack(), pack()]);

  expect(checkArchive(one)).toEqual([]);
  expect(Buffer.from(one).equals(Buffer.from(other))).toBe(true);
});

test("the script is one AMD module below 60 kB, without a place where HTML is made", async () => {
  const files = unzipSync(await pack());
  const script = Buffer.from(files["script.js"] ?? []).toString();

  // Our own limit, for whoever loads a page; Kommo names none (kommo-api, section 21.1).
  expect(script.length).toBeLessThan(60_000);
  expect(script).toMatch(/^define\(\[\],function/);
  for (const word of ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("])
    expect(script).not.toContain(word);
  expect(script).not.toMatch(/createElement\(["'`]script/);
});

test.each<[string, (files: Files) => void, string]>([
  ["no manifest", (files) => delete files["manifest.json"], "manifest.json is missing"],
  ["no script", (files) => delete files["script.js"], "script.js is missing"],
  [
    "a script that is no AMD module",
    (files) => void (files["script.js"] = bytes("var widget = 1;")),
    "script.js is no AMD module",
  ],
  [
    "a file that does not belong there",
    (files) => void (files["../evil.sh"] = bytes("x")),
    '"../evil.sh" does not belong',
  ],
  [
    "a logo that is missing",
    (files) => delete files["images/logo_dp.png"],
    "logo_dp.png is missing",
  ],
  [
    "a logo of another size",
    (files) => void (files["images/logo.png"] = files["images/logo_main.png"] ?? bytes("")),
    "images/logo.png is 400 × 272, not 130 × 100",
  ],
  [
    "a logo that is no PNG",
    (files) => void (files["images/logo.png"] = bytes("GIF89a")),
    "images/logo.png is no PNG",
  ],
  [
    "an image above 300 kB",
    (files) => void (files["images/tour_1_en.png"] = new Uint8Array(300 * 1_024 + 1)),
    "images/tour_1_en.png is above 300 kB",
  ],
  [
    "a tour image that is missing",
    (files) => delete files["images/tour_1_pt.png"],
    'the archive has no "/images/tour_1_pt.png"',
  ],
  [
    "a language that is missing",
    (files) => delete files["i18n/ru.json"],
    "i18n/ru.json is missing",
  ],
  [
    "a language that nobody named",
    (files) => void (files["i18n/de.json"] = files["i18n/en.json"] ?? bytes("")),
    "i18n/de.json is not named",
  ],
  [
    "a text that is missing",
    (files) => changeJson(files, "i18n/es.json", ({ talk }) => delete talk?.["hang_up"]),
    "i18n/es.json: talk.hang_up is missing",
  ],
  [
    "an empty text",
    (files) =>
      changeJson(files, "i18n/pt.json", ({ talk }) => ({
        ...talk,
        ...Object.assign(talk ?? {}, { cancel: " " }),
      })),
    "i18n/pt.json: talk.cancel is no text, or an empty one",
  ],
  [
    "a text with another place",
    (files) =>
      changeJson(files, "i18n/ru.json", ({ talk }) =>
        Object.assign(talk ?? {}, { failed: "{why}" }),
      ),
    "i18n/ru.json: talk.failed has other {places}",
  ],
  [
    "a version that is none",
    (files) =>
      changeJson(files, "manifest.json", ({ widget }) =>
        Object.assign(widget ?? {}, { version: "1.2" }),
      ),
    "widget.version is not like 1.2.3",
  ],
  [
    "support without an address",
    (files) => changeJson(files, "manifest.json", ({ widget }) => delete widget?.["support"]),
    "widget.support.email is no address",
  ],
  [
    "a secret in the manifest",
    (files) =>
      changeJson(files, "manifest.json", ({ widget }) =>
        Object.assign(widget ?? {}, { secret_key: "x" }),
      ),
    "widget.secret_key is given by Kommo",
  ],
  [
    "a location that there is not",
    (files) =>
      changeJson(files, "manifest.json", (json) =>
        Object.assign(json, { locations: ["settings", "everywhere-1"] }),
      ),
    'there is no location "everywhere-1"',
  ],
  [
    "a setting of an unknown type",
    (files) =>
      changeJson(files, "manifest.json", ({ settings }) =>
        Object.assign(settings?.["backend_url"] ?? {}, { type: "url" }),
      ),
    "settings.backend_url.type is unknown",
  ],
  [
    "a name that is no text of the languages",
    (files) =>
      changeJson(files, "manifest.json", ({ widget }) =>
        Object.assign(widget ?? {}, { name: "My widget" }),
      ),
    "widget.name is no path of a text",
  ],
])("%s is found before Kommo finds it", async (_, change, problem) => {
  const problems = await problemsWith(change);

  expect(problems.join("\n")).toContain(problem);
});

test("bytes that are no zip are told as such", () => {
  expect(checkArchive(bytes("not a zip"))[0]).toContain("no zip archive");
});
