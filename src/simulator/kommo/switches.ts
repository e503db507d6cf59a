/**
 * Where Kommo's documents contradict each other or say nothing, both readings are a switch; so are
 * the account's bad days (late indices, an unpaid account, a block). The first value is the default.
 * The sections are those of kommo-api.
 */

type Choice = string | number | boolean | null;
type Switch<T extends Choice> = {
  readonly initial: T;
  readonly accepts: (value: unknown) => boolean;
};

const choice = <const T extends readonly [Choice, ...Choice[]]>(
  ...values: T
): Switch<T[number]> => ({
  initial: values[0],
  accepts: (value) => values.includes(value as Choice),
});
const amount = (initial: number): Switch<number> => ({
  initial,
  accepts: (value) => typeof value === "number" && Number.isFinite(value) && value >= 0,
});

const SWITCHES = {
  /** 1: the answer to a PATCH of one entity is the bare object, or a list of one. */
  singlePatchAnswer: choice("bare", "embedded"),
  /** 1: elements of an answer stand in the order sent, or reversed (request_id must be used). */
  answerOrder: choice("sent", "reversed"),
  /** 1: `If-Modified-Since` of polled lists. */
  ifModifiedSince: choice("ignored", "304"),
  /** 0: what a list without `limit` gives. */
  defaultPageSize: amount(50),
  /** 0: a `limit` over 250 is refused, or taken as 250. */
  limitOver250: choice("refuse", "clamp"),
  /** 20.4: a batch over 250 elements. */
  overfullBatch: choice("400", "504"),
  /** 2: one bad element refuses its whole batch, or the others are saved and stand in the answer. */
  badItem: choice("refuses-all", "others-saved"),
  /** 2: a refusal names its elements and fields, or is a plain problem. */
  refusalForm: choice("named", "unnamed"),
  /** 2 and 20.4: unknown users are a plain problem, or a validation error of their field. */
  unknownUser: choice("problem", "validation"),

  /** 7.2: the status when all calls found a card. */
  callsSavedStatus: choice(200, 201),
  /** 7.2: the status when no call of a batch found a card. */
  callsNothingFoundStatus: choice(400, 200),
  /** 7.2: the status when some found a card and some did not. */
  callsPartlyFoundStatus: choice(200, 400),
  /** 7.2: `errors[]` with the inferred `detail` and `request_id`, or without. */
  callsErrors: choice("full", "bare"),
  /** 7.2: where `errors[]` stands. */
  callsErrorsPlace: choice("root", "embedded"),
  /** 7.2: `entity_type` as a word, or as Kommo's number of the type. */
  callsEntityType: choice("word", "number"),
  /** 7: whether POST /calls takes explicit nulls. */
  callsTakeNulls: choice(false, true),
  /** 7: call_status 8, "undefined", which only the PHP client knows. */
  callStatus8: choice("refuse", "accept"),
  /** 7: a numeric call_responsible that is no user of the account. */
  unknownCallResponsible: choice("refuse", "accept"),
  /** 7.1: which of several contacts with the number is chosen. */
  phoneTie: choice("oldest", "newest"),
  /** 7.1: a number of less than ten digits is compared whole, or with the end of longer ones. */
  shortNumber: choice("whole", "ending"),
  /** 9.1: `query` finds what shares its last seven digits, or only what holds all its digits. */
  queryMatches: choice("last-seven", "all-digits"),
  /** 7.1: whether contacts of incoming leads are found by phone. */
  callsMatchUnsorted: choice(false, true),
  /** 11: whether a lead in the stage of incoming leads counts as active. */
  unsortedLeadIsActive: choice(false, true),
  /** 14: whether a call note made by POST /calls may be edited. */
  callNotesAreEditable: choice(true, false),
  /** 14: `updated_at` of a note written with an earlier `created_at`. */
  noteUpdatedAt: choice("now", "created_at"),
  /** 14: call notes on a lead that is still an incoming lead. */
  notesOnUnsorted: choice("accept", "refuse"),
  /** 14: a note or task for a card that is not there. */
  missingCard: choice("validation", "404"),

  /** 8: an incoming lead with a number that is there already. */
  unsortedDuplicate: choice("tag", "error"),
  /** 8.1: whether an incoming lead takes an existing contact with the number for its own. */
  unsortedMergesContacts: choice(false, true),
  /** 8.1: the field of the metadata that is the client's number. */
  unsortedClient: choice("phone", "from"),
  /** 8.2: GET of an incoming lead that was accepted or declined. */
  unsortedGoneStatus: choice(404, 204),
  /** 11.2: whether duplicate control is on for the integration. */
  duplicateControl: choice(false, true),
  /** 13: GET /tasks/{id}, which one digest calls undocumented. */
  taskById: choice("answer", "405"),
  /** 18.1: the found cards, an empty object, or an empty list. */
  popupAnswer: choice("items", "empty", "list"),
  /** 4.4: the scope that popups need. */
  popupScope: choice("notifications", "crm"),
  /** 4.1: what the administrator says on the consent page. */
  consent: choice("given", "refused"),

  /** 4.2: the status of a used, ended or revoked grant: 400 for codes and 401 for refresh tokens, or one. */
  badGrantStatus: choice("usual", 400, 401),
  /** 4.2: the domain that /oauth2/account/…/subdomain names; null: the one that was asked. */
  accountDomain: { initial: null as string | null, accepts: isNullOrDomain },
  /** 4.2: an account that moved refuses the refresh at its old address, and nothing else. */
  refreshMovedStatus: choice(null, 401, 404),
  /** 21.4: whether GET /widgets/{code} gives values, and how the users are written. */
  widgetValues: choice("none", "object", "text"),
  /** 21.6: the page has a new one-time token for each request, or sends one as long as it lives. */
  oneTimeTokens: choice("fresh", "repeated"),

  /** 3: whether all tokens of the account share the limit, or each has its own. */
  limitScope: choice("account", "token"),
  /** 3: requests in any second; 0 means no limit. */
  requestsPerSecond: amount(7),
  /** 3: so many 429 within 60 s block the account; 0 means never. */
  blockAfter429s: amount(10),
  /** 2: the body of a 429. */
  rateLimitBody: choice("html", "json", "empty"),
  /** 2: `Retry-After` of a 429 in seconds; null leaves the header out. */
  retryAfterSeconds: { ...amount(0), initial: null as number | null, accepts: isNullOrAmount },
  /** 3: every request answers 403 with HTML until this is false again. */
  isBlocked: choice(false, true),
  /** 2: 402 for writes (reads go on for 30 days), or for all. */
  unpaid: choice("no", "writes", "all"),
  /** 4.3: every token answers 401. */
  tokensAreRevoked: choice(false, true),
  /** 4.2: the account was renamed: everything answers 301 to this address ("http://…"). */
  movedTo: { initial: null as string | null, accepts: isNullOrAddress },
  /** 4.2: life of an access token. */
  accessTokenSeconds: amount(86_400),

  /** 9.1: new cards are found by `query` only so much later. */
  lateSearchMs: amount(0),
  /** 7.1: new cards are found by POST /calls and popups only so much later. */
  lateMatchMs: amount(0),
  /** 7.3: new notes are in lists only so much later. */
  lateNotesMs: amount(0),
  /** Every answer waits so long, plus up to `jitterMs`. */
  delayMs: amount(0),
  jitterMs: amount(0),
  /** 17: the pause before the first repeat of a webhook; the documented 5 min, shorter in tests. */
  webhookPauseMs: amount(300_000),
};

function isNullOrAmount(value: unknown): boolean {
  return value === null || (typeof value === "number" && value >= 0);
}

function isNullOrDomain(value: unknown): boolean {
  return value === null || (typeof value === "string" && /^[a-z0-9.:[\]-]+$/i.test(value));
}

function isNullOrAddress(value: unknown): boolean {
  return value === null || (typeof value === "string" && URL.canParse(value));
}

export type Switches = {
  [K in keyof typeof SWITCHES]: (typeof SWITCHES)[K] extends { readonly initial: infer T }
    ? T
    : never;
};

export function createSwitches(changed: Partial<Switches> = {}): Switches {
  const initial = Object.entries(SWITCHES).map(
    ([name, { initial: value }]) => [name, value] as const,
  );
  return Object.assign(Object.fromEntries(initial) as Switches, changed);
}

/**
 * Sets switches from outside; all or none.
 * @returns what is wrong, or undefined when they are set
 */
export function setSwitches(
  switches: Switches,
  changed: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(SWITCHES, name)) return `there is no switch "${name}"`;
    const known = SWITCHES[name as keyof Switches];
    if (!known.accepts(value)) return `switch "${name}" does not take ${JSON.stringify(value)}`;
  }
  Object.assign(switches, changed);
  return undefined;
}
