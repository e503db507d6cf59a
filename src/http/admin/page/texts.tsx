/** The words of the page in the language of whoever looks, and times in his zone. */
import { createContext, type ComponentChildren, type JSX } from "preact";
import { useContext, useMemo } from "preact/hooks";
import { createClock, type Clock } from "./format.ts";
import { en, type WordName } from "./words/en.ts";
import { es } from "./words/es.ts";
import { pt } from "./words/pt.ts";
import { ru } from "./words/ru.ts";

export const LANGUAGES = { en: "English", es: "Español", pt: "Português", ru: "Русский" } as const;
export type Language = keyof typeof LANGUAGES;

const WORDS: Readonly<Record<Language, Readonly<Record<WordName, string>>>> = { en, es, pt, ru };

export type Texts = {
  readonly language: Language;
  /** Fills {name}; a text of several forms ("call|calls") takes that for `n`. */
  readonly t: (name: WordName, values?: Readonly<Record<string, string | number>>) => string;
  /** Of a word that comes from the daemon: "result.answered". What is not known stays as it came. */
  readonly word: (group: string, name: string) => string;
  readonly clock: Clock;
};

function createTexts(language: Language, accountZone: string | undefined): Texts {
  const words = WORDS[language];
  const plural = new Intl.PluralRules(language);
  const clock = createClock(language, accountZone);
  const form = (text: string, n: number): string => {
    const forms = text.split("|");
    if (forms.length === 1) return text;
    const rule = plural.select(n);
    const index = rule === "one" ? 0 : rule === "few" && forms.length > 2 ? 1 : forms.length - 1;
    return forms[index] ?? text;
  };
  const t: Texts["t"] = (name, values = {}) => {
    const chosen = typeof values["n"] === "number" ? form(words[name], values["n"]) : words[name];
    return chosen.replace(/\{(\w+)\}/g, (whole, key: string) => {
      const value = values[key];
      return value === undefined ? whole : typeof value === "number" ? clock.number(value) : value;
    });
  };
  const word: Texts["word"] = (group, name) =>
    (words as Readonly<Record<string, string>>)[`${group}.${name}`] ?? name.replaceAll("_", " ");
  return { language, t, word, clock };
}

const Context = createContext<Texts>(createTexts("en", undefined));

export function TextsProvider(given: {
  language: Language;
  accountZone: string | undefined;
  children: ComponentChildren;
}): JSX.Element {
  const { language, accountZone, children } = given;
  const texts = useMemo(() => createTexts(language, accountZone), [language, accountZone]);
  return <Context.Provider value={texts}>{children}</Context.Provider>;
}

export const useTexts = (): Texts => useContext(Context);

/** The browser's language where the page speaks it; else the daemon's. */
export function preferredLanguage(fallback: Language): Language {
  const kept = localStorage.getItem("language") ?? "";
  const wished = [kept, ...navigator.languages.map((one) => one.slice(0, 2).toLowerCase())];
  return wished.find((one): one is Language => one in LANGUAGES) ?? fallback;
}
