/**
 * Says what the daemon tells in English in the language of whoever looks: sentences as patterns, each with
 * its other languages beside it. Exports `createTeller`.
 */

/** English, Spanish, Portuguese, Russian. */
export type Row = readonly [en: string, es: string, pt: string, ru: string];
export type Other = "es" | "pt" | "ru";

export type Teller = {
  /** What stands in a place, in that language. */
  readonly valueOf: (name: string, value: string, language: Other) => string;
  /** What may stand in a place, as a group of a pattern; absent: anything. */
  readonly places: Readonly<Record<string, string>>;
};

const PLACE = /\{(\w+)\}/g;

/** @returns a sentence in a language; as it came where nobody has said it yet */
export function createTeller(
  rows: readonly Row[],
  { valueOf, places }: Teller,
): (text: string, language: "en" | Other) => string {
  const patterns = rows.map((row) => {
    const names = [...row[0].matchAll(PLACE)].map(([, name = ""]) => name);
    const source = row[0]
      .replace(/[.*+?^$()|[\]\\]/g, "\\$&")
      .replace(PLACE, (_, name: string) => places[name] ?? "(.+)");
    return { row, names, pattern: new RegExp(`^${source}$`) };
  });
  return (text, language) => {
    if (language === "en") return text;
    for (const { row, names, pattern } of patterns) {
      const found = pattern.exec(text);
      if (found === null) continue;
      const values = new Map(
        names.map((name, place) => [name, valueOf(name, found[place + 1] ?? "", language)]),
      );
      const told = row[{ es: 1, pt: 2, ru: 3 }[language]] ?? text;
      return told.replace(PLACE, (whole, name: string) => values.get(name) ?? whole);
    }
    return text;
  };
}
