/**
 * Looks at a finished archive as Kommo's upload does, so that a refusal comes here and not there.
 * Exports `checkArchive`.
 * @source kommo-api, sections 21.1, 21.2 and 21.5; https://developers.kommo.com/docs/images
 */
import { unzipSync } from "fflate";
import { toError } from "../../lib/failure.ts";
import { checkTexts } from "./check-texts.ts";
import { pngSize } from "./png-size.ts";

/** Name and size of each image that Kommo shows somewhere; `logo_dp` only with the digital pipeline. */
export const LOGO_SIZES: ReadonlyMap<string, { readonly width: number; readonly height: number }> =
  new Map([
    ["logo.png", { width: 130, height: 100 }],
    ["logo_main.png", { width: 400, height: 272 }],
    ["logo_small.png", { width: 108, height: 108 }],
    ["logo_medium.png", { width: 240, height: 84 }],
    ["logo_min.png", { width: 84, height: 84 }],
    ["logo_dp.png", { width: 174, height: 109 }],
  ]);

const IMAGE_BYTES = 300 * 1_024;
const KNOWN_FILES =
  /^(manifest\.json|script\.js|style\.css|i18n\/[a-z]{2}\.json|images\/[\w-]+\.png)$/;
const LOCATION =
  /^((lcard|llist|ccard|clist|comcard|comlist|tlist)-[01]|settings|everywhere|advanced_settings|card_sdk|catalogs|digital_pipeline|lead_sources|salesbot_designer|sms|mobile_card)$/;
const SETTING_TYPES: readonly unknown[] = ["text", "pass", "users", "users_lp", "custom"];

type Fields = Readonly<Record<string, unknown>>;

/** @returns one sentence for each problem; none: Kommo has nothing to refuse */
export function checkArchive(zip: Uint8Array): readonly string[] {
  let files: ReadonlyMap<string, Uint8Array>;
  try {
    files = new Map(Object.entries(unzipSync(zip)));
  } catch (thrown) {
    return [`this is no zip archive: ${toError(thrown).message}`];
  }
  const manifest = readJson(files, "manifest.json");
  return [
    ...[...files.keys()]
      .filter((name) => !KNOWN_FILES.test(name))
      .map((name) => `${JSON.stringify(name)} does not belong into the archive`),
    ...checkScript(files.get("script.js")),
    ...(isObject(manifest)
      ? [...checkManifest(manifest, files), ...checkLanguages(manifest, files)]
      : ["manifest.json is missing, or is no JSON object"]),
    ...checkImages(files),
  ];
}

function checkScript(script: Uint8Array | undefined): readonly string[] {
  if (script === undefined) return ["script.js is missing"];
  const text = Buffer.from(script).toString().trimStart();
  return text.startsWith("define(") ? [] : ["script.js is no AMD module: it begins otherwise"];
}

function checkManifest(
  manifest: Fields,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const { widget, locations, tour, settings } = manifest;
  return [
    ...checkWidget(widget, files),
    ...checkLocations(locations),
    ...checkTour(tour, files),
    ...checkSettings(settings, files),
  ];
}

function checkWidget(widget: unknown, files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  if (!isObject(widget)) return ["manifest.json: widget is missing"];
  const support = isObject(widget["support"]) ? widget["support"] : {};
  return [
    ...["name", "description", "short_description"].flatMap((name) =>
      checkTextPath(`widget.${name}`, widget[name], files),
    ),
    ...told(
      /^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(textOf(widget["version"])),
      "widget.version is not like 1.2.3",
    ),
    ...told(widget["interface_version"] === 2, "widget.interface_version is not 2"),
    ...told(typeof widget["init_once"] === "boolean", "widget.init_once is not true or false"),
    ...told(
      typeof widget["installation"] === "boolean",
      "widget.installation is not true or false",
    ),
    ...told(
      textOf(support["link"]).startsWith("https://"),
      "widget.support.link is no https address",
    ),
    ...told(
      /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(textOf(support["email"])),
      "widget.support.email is no address",
    ),
    ...["code", "secret_key"]
      .filter((name) => name in widget)
      .map((name) => `manifest.json: widget.${name} is given by Kommo, not by the archive`),
  ];
}

function checkLocations(locations: unknown): readonly string[] {
  if (!Array.isArray(locations)) return ["manifest.json: locations is missing"];
  const names: readonly unknown[] = locations;
  return [
    ...names
      .filter((name) => !LOCATION.test(textOf(name)))
      .map((name) => `manifest.json: there is no location ${JSON.stringify(name)}`),
    ...told(new Set(names).size === names.length, "a location stands twice"),
    ...told(names.includes("settings"), 'locations lacks "settings": nobody could enter anything'),
  ];
}

function checkTour(tour: unknown, files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  if (tour === undefined) return [];
  if (!isObject(tour)) return ["manifest.json: tour is no object"];
  const images = isObject(tour["tour_images"]) ? Object.entries(tour["tour_images"]) : [];
  return [
    ...told(images.length > 0, "tour.tour_images is missing"),
    ...checkTextPath("tour.tour_description", tour["tour_description"], files),
    ...images.flatMap(([locale, paths]) => {
      const list: readonly unknown[] = Array.isArray(paths) ? paths : [];
      return [
        ...told(
          list.length >= 1 && list.length <= 5,
          `tour.tour_images.${locale} has not 1 to 5 images`,
        ),
        ...list
          .filter((path) => !files.has(textOf(path).replace(/^\//, "")))
          .map((path) => `manifest.json: the archive has no ${JSON.stringify(path)}`),
      ];
    }),
  ];
}

function checkSettings(
  settings: unknown,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  if (!isObject(settings)) return ["manifest.json: settings is missing"];
  return Object.entries(settings).flatMap(([name, setting]) => {
    if (!isObject(setting)) return [`manifest.json: settings.${name} is no object`];
    return [
      ...checkTextPath(`settings.${name}.name`, setting["name"], files),
      ...told(SETTING_TYPES.includes(setting["type"]), `settings.${name}.type is unknown`),
      ...told(typeof setting["required"] === "boolean", `settings.${name}.required is missing`),
    ];
  });
}

function checkLanguages(
  manifest: Fields,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const { widget } = manifest;
  const locales: unknown = isObject(widget) ? widget["locale"] : undefined;
  if (!Array.isArray(locales) || locales.length === 0)
    return ["manifest.json: widget.locale is missing"];
  const wanted = locales.map(textOf);
  const found = [...files.keys()].flatMap((name) => /^i18n\/(\w+)\.json$/.exec(name)?.[1] ?? []);
  const texts = new Map(wanted.map((locale) => [locale, readJson(files, `i18n/${locale}.json`)]));
  const missing = wanted.filter((locale) => texts.get(locale) === undefined);
  return missing.length > 0
    ? missing.map((locale) => `i18n/${locale}.json is missing, or is no JSON`)
    : [
        ...found
          .filter((locale) => !wanted.includes(locale))
          .map((locale) => `i18n/${locale}.json is not named in widget.locale`),
        ...checkTexts(texts),
      ];
}

function checkImages(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  const logos = [...LOGO_SIZES].flatMap(([name, { width, height }]) => {
    const bytes = files.get(`images/${name}`);
    if (bytes === undefined) return [`images/${name} is missing`];
    const size = pngSize(bytes);
    if (size === undefined) return [`images/${name} is no PNG`];
    return told(
      size.width === width && size.height === height,
      `images/${name} is ${size.width} × ${size.height}, not ${width} × ${height}`,
    );
  });
  const heavy = [...files]
    .filter(([name, bytes]) => name.startsWith("images/") && bytes.length > IMAGE_BYTES)
    .map(([name]) => `${name} is above 300 kB`);
  return [...logos, ...heavy];
}

/** A text of the manifest is a path in each language's file. */
function checkTextPath(
  place: string,
  path: unknown,
  files: ReadonlyMap<string, Uint8Array>,
): readonly string[] {
  const languages = [...files.keys()].filter((name) => name.startsWith("i18n/"));
  const isThere = languages.every((name) => {
    const found = textOf(path)
      .split(".")
      .reduce<unknown>((at, step) => (isObject(at) ? at[step] : undefined), readJson(files, name));
    return typeof found === "string" && found !== "";
  });
  return told(isThere && languages.length > 0, `${place} is no path of a text in every language`);
}

const told = (isRight: boolean, problem: string): readonly string[] =>
  isRight ? [] : [problem.startsWith("images/") ? problem : `manifest.json: ${problem}`];

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readJson(files: ReadonlyMap<string, Uint8Array>, name: string): unknown {
  const bytes = files.get(name);
  if (bytes === undefined) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as unknown;
  } catch {
    return undefined;
  }
}
