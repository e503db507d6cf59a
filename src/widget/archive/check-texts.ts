/** Whether all languages say the same things: same keys, same placeholders, nothing empty. */

export type Texts = { readonly [name: string]: Texts | string };

/** @param languages by locale; the first is the measure. @returns one sentence for each problem */
export function checkTexts(languages: ReadonlyMap<string, unknown>): readonly string[] {
  const [first, ...others] = [...languages].map(([locale, texts]) => ({
    locale,
    texts: flatten(texts, ""),
  }));
  if (first === undefined) return ["there is no language at all"];
  const empty = [first, ...others].flatMap(({ locale, texts }) =>
    [...texts]
      .filter(([, text]) => text === undefined || text.trim() === "")
      .map(([key]) => `i18n/${locale}.json: ${key} is no text, or an empty one`),
  );
  const different = others.flatMap(({ locale, texts }) => [
    ...[...first.texts.keys()]
      .filter((key) => !texts.has(key))
      .map((key) => `i18n/${locale}.json: ${key} is missing`),
    ...[...texts.keys()]
      .filter((key) => !first.texts.has(key))
      .map((key) => `i18n/${locale}.json: ${key} is not in ${first.locale}.json`),
    ...[...texts]
      .filter(([key, text]) => first.texts.has(key) && !hasSamePlaces(text, first.texts.get(key)))
      .map(([key]) => `i18n/${locale}.json: ${key} has other {places} than ${first.locale}.json`),
  ]);
  return [...empty, ...different];
}

/** Dotted path → text; undefined where something else than a text stands. */
function flatten(texts: unknown, prefix: string): Map<string, string | undefined> {
  if (typeof texts !== "object" || texts === null || Array.isArray(texts))
    return new Map([[prefix.slice(0, -1) || "all", typeof texts === "string" ? texts : undefined]]);
  return new Map(
    Object.entries(texts).flatMap(([name, inner]) => [...flatten(inner, `${prefix}${name}.`)]),
  );
}

const placesOf = (text: string | undefined): string =>
  [...new Set(text?.match(/\{[a-z_]+\}/g) ?? [])].sort().join();

const hasSamePlaces = (one: string | undefined, other: string | undefined): boolean =>
  placesOf(one) === placesOf(other);
