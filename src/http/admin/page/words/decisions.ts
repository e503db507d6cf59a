/**
 * Decisions and their reasons come from the daemon in English, as the log and the commands have them;
 * here they are said in the language of whoever looks. A sentence that nobody has said yet stays as it came.
 */
import { DECIDED } from "./decided.ts";
import { REASONS } from "./reasons.ts";

const ROWS = [...DECIDED, ...REASONS];

const WORDS_OF = {
  es: { lead: "el lead", contact: "el contacto", company: "la empresa", user: "usuario" },
  pt: { lead: "o lead", contact: "o contato", company: "a empresa", user: "usuário" },
  ru: { lead: "сделка", contact: "контакт", company: "компания", user: "пользователь" },
} as const;
type Other = keyof typeof WORDS_OF;

const PLACES: Readonly<Record<string, string>> = {
  n: "(\\d+)",
  // Masked for whoever sees no numbers.
  card: "((?:lead|contact|company) [\\d•]+)",
  user: "(user [\\d•]+|[^:,]+ \\(user [\\d•]+\\))",
  text: "(.+)",
  why: "(.+)",
  more: "(.+)",
};

const PLACE = /\{(\w+)\}/g;
const patterns = ROWS.map((row) => {
  const names = [...row[0].matchAll(PLACE)].map(([, name = ""]) => name);
  const source = row[0]
    .replace(/[.*+?^$()|[\]\\]/g, "\\$&")
    .replace(PLACE, (whole, name: string) => PLACES[name] ?? whole);
  return { row, names, pattern: new RegExp(`^${source}$`) };
});

/** @returns the sentence in this language; as it came where nobody has said it yet */
export function tellDecision(text: string, language: "en" | Other): string {
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
}

function valueOf(name: string, value: string, language: Other): string {
  switch (name) {
    case "card":
    case "user":
      return value.replace(
        /\b(lead|contact|company|user)(?= [\d•])/,
        (_, word: keyof (typeof WORDS_OF)[Other]) => WORDS_OF[language][word],
      );
    case "why":
    case "more":
      return tellDecision(value, language);
    default:
      return value;
  }
}
