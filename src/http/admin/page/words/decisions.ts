/**
 * Decisions and their reasons come from the daemon in English, as the log and the commands have them;
 * here they are said in the language of whoever looks. A sentence that nobody has said yet stays as it came.
 */
import { DECIDED } from "./decided.ts";
import { REASONS } from "./reasons.ts";
import { createTeller, type Other } from "./teller.ts";

const WORDS_OF = {
  es: { lead: "el lead", contact: "el contacto", company: "la empresa", user: "usuario" },
  pt: { lead: "o lead", contact: "o contato", company: "a empresa", user: "usuário" },
  ru: { lead: "сделка", contact: "контакт", company: "компания", user: "пользователь" },
} as const satisfies Readonly<Record<Other, object>>;

/** @returns the sentence in this language; as it came where nobody has said it yet */
export const tellDecision = createTeller([...DECIDED, ...REASONS], {
  places: {
    n: "(\\d+)",
    // Masked for whoever sees no numbers.
    card: "((?:lead|contact|company) [\\d•]+)",
    user: "(user [\\d•]+|[^:,]+ \\(user [\\d•]+\\))",
  },
  valueOf,
});

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
