/**
 * The texts of the widget in the user's language, as Kommo gives them from the archive's i18n folder.
 * Exports `readWords` and `fill`. What Kommo does not give stands in English.
 */
import english from "../assets/i18n/en.json" with { type: "json" };

export type Words = { readonly [Section in keyof typeof english]: SectionOf<Section> };
type SectionOf<Section extends keyof typeof english> = {
  readonly [Key in keyof (typeof english)[Section]]: string;
};

/** @param section what `self.i18n(name)` of Kommo gives: an object of texts, or something else */
export function readWords(section: (name: string) => unknown): Words {
  const sections = Object.entries(english).map(([name, texts]) => {
    const given = objectOf(section(name));
    const filled = Object.entries<string>(texts).map(([key, text]): [string, string] => {
      const own = given[key];
      return [key, typeof own === "string" && own !== "" ? own : text];
    });
    return [name, Object.fromEntries(filled)];
  });
  return Object.fromEntries(sections) as Words;
}

/** "{name} answered" → "Anna answered". A place without a value stays empty. */
export const fill = (text: string, values: Readonly<Record<string, string | number>>): string =>
  text.replace(/\{([a-z_]+)\}/g, (_, name: string) => String(values[name] ?? ""));

const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
