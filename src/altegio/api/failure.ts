/** What can go wrong between us and Altegio, each case with what the operator can do. */

export type AltegioFailure = {
  readonly kind:
    /** Plainly not done. */
    | "rate-limited"
    | "unreachable"
    | "given-up"
    /** Perhaps done: looked up before anything is repeated. */
    | "lost"
    /** The operator has to act. */
    | "token-refused"
    | "no-right"
    /** For good. */
    | "not-found"
    | "busy"
    | "rejected";
  /** Altegio's own words, without secrets. */
  readonly detail: string;
  readonly hint: string;
  /** Of "rate-limited", where Altegio says it. */
  readonly afterMs?: number;
};

const HINTS: Readonly<Record<AltegioFailure["kind"], string>> = {
  "rate-limited":
    "Altegio wants fewer requests from this address; the pace is lowered by itself. See what else uses Altegio from here",
  unreachable: "Altegio cannot be reached; check this host's network, DNS and altegio.api_url",
  "given-up": "nothing to do: it is done after the next start",
  lost: "Altegio's answer was lost; what was done is looked up before anything is repeated",
  "token-refused":
    "Altegio does not take the tokens: the user's one ends with each change of the password. Run `asterisk-kommo altegio login`, put the new token into altegio.user_token and reload (`asterisk-kommo check-config --apply`); nothing is lost",
  "no-right":
    "the user of altegio.user_token lacks a right in this location, or the appointment is closed for changes (paid, printed, blocked)",
  "not-found": "there is no such thing in Altegio (any more)",
  busy: "the time is taken: choose another one",
  rejected: "Altegio refuses a value of this request; the reason names it",
};

export const altegioFailure = (
  kind: AltegioFailure["kind"],
  detail: string,
  afterMs?: number,
): AltegioFailure => ({
  kind,
  detail: tidy(detail),
  hint: HINTS[kind],
  ...(afterMs === undefined ? {} : { afterMs }),
});

export const tellAltegioFailure = ({ kind, detail }: AltegioFailure): string =>
  detail === "" ? kind : `${kind}: ${detail}`;

/** No repeat of it can do any good before the operator has acted. */
export const needsOperator = ({ kind }: AltegioFailure): boolean => kind === "token-refused";

const LONGEST = 300;

/** One line, of bounded length, without runs of digits that may be somebody's number. */
const tidy = (text: string): string =>
  text
    .replace(/\p{Cc}+/gu, " ")
    .replace(/\+?\d{7,}/g, "•••")
    .slice(0, LONGEST);
