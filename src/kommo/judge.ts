/**
 * What one answer of Kommo means for each step of the request: the decision table between the wire
 * and the outbox. Pure.
 */
import { assertNever, type Result } from "../lib/failure.ts";
import type { Delivery, Halt } from "../outbox/delivery.ts";
import type { KommoAnswer } from "./answer.ts";
import { ENTITY_NOT_FOUND, readCallErrors, type CallError } from "./entities/calls.ts";
import { tellFailure, tidy, type FieldError, type KommoFailure } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { KommoResult, KommoStep } from "./step.ts";
import { decodeResult, savedElements } from "./step-wire.ts";
import { isUserField, usersBlamed, withoutUsers } from "./user-fields.ts";

/** One step on its way. */
export type Item = {
  /** Its place among the steps that the outbox handed over. */
  readonly at: number;
  readonly step: KommoStep;
  readonly requestId: string;
  readonly wire: JsonObject;
};

export type KommoDelivery = Delivery<KommoResult>;
type Rejection = Extract<KommoFailure, { kind: "rejected" }>;

/** Why no further request is made for this batch. */
export type Shut =
  | { readonly kind: "halt"; readonly halt: Halt }
  /** Only steps of this kind are held back (a missing right, a route that is not there). */
  | { readonly kind: "kind-held"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string }
  | { readonly kind: "later"; readonly reason: string; readonly afterMs: number };

export type Verdict = {
  readonly deliveries: ReadonlyMap<Item, KommoDelivery>;
  /** Plainly not done, and to be sent again at once as they are here. */
  readonly again: readonly Item[];
  /** Several of which none is done and at least one is refused; Kommo did not say which. */
  readonly hidden: readonly Item[];
  readonly shut: Shut | undefined;
};

const NOTHING: Verdict = { deliveries: new Map(), again: [], hidden: [], shut: undefined };

const each = (items: readonly Item[], delivery: KommoDelivery): Verdict["deliveries"] =>
  new Map(items.map((item) => [item, delivery]));

const PROBE_AFTER_MS = 600_000; // fault F36: a blocked address asks at most once in 10 minutes

/** @param items all of one kind and path, at least one. */
export function judge(items: readonly Item[], outcome: Result<KommoAnswer, KommoFailure>): Verdict {
  if (outcome.ok) return judgeAnswer(items, outcome.value.body);
  const { failure } = outcome;
  const reason = tellFailure(failure);
  switch (failure.kind) {
    case "rejected":
      return judgeRejection(items, failure);
    case "not-found":
      return judgeNotFound(items, failure);
    case "forbidden":
      // A card may be out of the token's reach where others are not; a scope is missing for all.
      return namesCard(items) && !failure.isScope
        ? oneOf(items, failure)
        : { ...NOTHING, shut: { kind: "kind-held", reason: `${reason}; ${failure.hint}` } };
    case "rate-limited":
      return {
        ...NOTHING,
        shut: { kind: "later", reason, afterMs: failure.retryAfterMs ?? RATE_PAUSE_MS },
      };
    case "unreachable":
      return { ...NOTHING, shut: { kind: "unreachable", reason } };
    case "given-up":
      return { ...NOTHING, shut: { kind: "later", reason, afterMs: 0 } };
    case "token-revoked":
      return halted(failure, undefined);
    case "payment-required": // paid in Kommo, where nobody thinks of this daemon: it asks by itself
    case "blocked":
    case "moved":
      return halted(failure, PROBE_AFTER_MS);
    case "gateway-timeout":
    case "server-error":
    case "lost-answer":
    case "nonsense":
      return {
        ...NOTHING,
        deliveries: each(items, { kind: "unknown", reason }),
        // What is left of the batch waits for the same trouble; nothing of it was sent.
        shut: { kind: "later", reason, afterMs: TROUBLE_PAUSE_MS },
      };
    default:
      return assertNever(failure);
  }
}

const RATE_PAUSE_MS = 1_000;
const TROUBLE_PAUSE_MS = 2_000;

const halted = (failure: KommoFailure, probeAfterMs: number | undefined): Verdict => ({
  ...NOTHING,
  shut: {
    kind: "halt",
    halt: { reason: tellFailure(failure), hint: failure.hint, probeAfterMs },
  },
});

const namesCard = (items: readonly Item[]): boolean =>
  items.every(({ step }) => NAMES_A_CARD.includes(step.kind));

const NAMES_A_CARD: readonly KommoStep["kind"][] = [
  "add-call-note",
  "create-task",
  "complete-task",
  "update-card",
  "change-card",
  "add-note",
  "make-task",
];
/** Where nothing is there any more, the course knows what to do. */
const MAY_BE_GONE: readonly (KommoStep["kind"] | undefined)[] = [
  "add-call-note",
  "complete-task",
  "update-card",
  "change-card",
  "add-note",
];

/** A refusal that is about one item: said of it if it was alone, else to be found. */
const oneOf = (items: readonly Item[], failure: KommoFailure): Verdict =>
  items.length === 1
    ? { ...NOTHING, deliveries: each(items, refusal(failure)) }
    : { ...NOTHING, hidden: items };

const refusal = (failure: KommoFailure, reason = tellFailure(failure)): KommoDelivery => ({
  kind: "refused",
  reason,
  hint: failure.hint,
});

function judgeNotFound(items: readonly Item[], failure: KommoFailure): Verdict {
  if (!namesCard(items))
    return {
      ...NOTHING,
      shut: { kind: "kind-held", reason: `${tellFailure(failure)}; ${failure.hint}` },
    };
  return items.length === 1 && MAY_BE_GONE.includes(items[0]?.step.kind)
    ? { ...NOTHING, deliveries: each(items, { kind: "nothing-there" }) }
    : oneOf(items, failure);
}

/** A 2xx. By `request_id`, never by order (fault F40). */
function judgeAnswer(items: readonly Item[], body: unknown): Verdict {
  const errors = items[0]?.step.kind === "register-call" ? readCallErrors(body) : undefined;
  if (errors !== undefined) return judgeCalls(items, body, errors);
  const saved = savedBy(items, body);
  const unknown: KommoDelivery = { kind: "unknown", reason: "Kommo's answer does not name it" };
  return {
    ...NOTHING,
    deliveries: new Map(items.map((item) => [item, saved.get(item) ?? unknown])),
  };
}

function savedBy(items: readonly Item[], body: unknown): ReadonlyMap<Item, KommoDelivery> {
  const kind = items[0]?.step.kind;
  const elements = kind === undefined ? new Map<string, JsonObject>() : savedElements(kind, body);
  return new Map(
    items.flatMap((item) => {
      const element = elements.get(item.requestId);
      const result = element && decodeResult(item.step, element);
      return result === undefined ? [] : [[item, { kind: "done", result }] as const];
    }),
  );
}

/** Errors of `/calls` that concern the account and not a call. @source kommo-api, section 2 */
const ACCOUNT_ERRORS: readonly number[] = [101, 110, 111, 112, 113];

/**
 * The answer of `/calls` whatever its status: saved is what stands in the list, and all that was sent
 * besides is not saved. "Entity not found" need not say for which item.
 * @source kommo-api, section 7.2
 */
function judgeCalls(items: readonly Item[], body: unknown, errors: readonly CallError[]): Verdict {
  const refused = errors.find((error) => ACCOUNT_ERRORS.includes(error.code ?? 0));
  const deliveries = new Map(savedBy(items, body));
  if (refused !== undefined && deliveries.size === 0)
    return {
      ...NOTHING,
      shut: {
        kind: "halt",
        halt: {
          reason: `error ${String(refused.code)}: ${tidy(refused.detail)}`,
          hint: "Kommo refuses this account, user or address; look at the account in Kommo",
          probeAfterMs: PROBE_AFTER_MS,
        },
      },
    };
  const byId = new Map(errors.map((error) => [error.requestId, error]));
  const others = errors.find(
    ({ requestId, code }) =>
      code !== ENTITY_NOT_FOUND && !items.some((item) => item.requestId === requestId),
  );
  const unsaved = items.filter((item) => !deliveries.has(item));
  const unexplained: Item[] = [];
  for (const item of unsaved) {
    const error = byId.get(item.requestId) ?? (unsaved.length === 1 ? others : undefined);
    if (error !== undefined && error.code !== ENTITY_NOT_FOUND)
      deliveries.set(item, {
        kind: "refused",
        reason: `error ${String(error.code)}: ${tidy(error.detail)}`,
        hint: "Kommo did not take this call; the reason is Kommo's own",
      });
    else if (error !== undefined || others === undefined)
      deliveries.set(item, { kind: "nothing-there" });
    else unexplained.push(item);
  }
  return { ...NOTHING, deliveries, hidden: unexplained };
}

/**
 * A 400: nothing of the batch is saved, but for what the answer lists all the same, as the one of
 * `/calls` does. @source kommo-api, section 2 (inferred there)
 */
function judgeRejection(items: readonly Item[], failure: Rejection): Verdict {
  const errors = items[0]?.step.kind === "register-call" ? readCallErrors(failure.body) : undefined;
  if (errors !== undefined) return judgeCalls(items, failure.body, errors);
  const saved = savedBy(items, failure.body);
  if (saved.size === 0) return judgeUnsaved(items, failure);
  const unsaved = items.filter((item) => !saved.has(item));
  if (unsaved.length === 0) return { ...NOTHING, deliveries: saved };
  const verdict = judgeUnsaved(unsaved, failure);
  return { ...verdict, deliveries: new Map([...saved, ...verdict.deliveries]) };
}

function judgeUnsaved(items: readonly Item[], failure: Rejection): Verdict {
  const named = new Map<Item, FieldError[]>();
  for (const item of items) {
    const own = failure.fields.filter(({ requestId }) => requestId === item.requestId);
    if (own.length > 0) named.set(item, own);
  }
  const freed = withoutUnknownUsers(items, failure, named);
  if (freed.some((item, index) => item !== items[index])) return { ...NOTHING, again: freed };
  if (named.size === 0) return oneOf(items, failure);
  return {
    ...NOTHING,
    deliveries: new Map(
      items.map((item) => [item, judgeNamed(item, named.get(item), failure)] as const),
    ),
  };
}

function judgeNamed(
  item: Item,
  errors: readonly FieldError[] | undefined,
  failure: Rejection,
): KommoDelivery {
  if (errors === undefined)
    return { kind: "later", reason: "another item of the request was refused", afterMs: 0 };
  if (MAY_BE_GONE.includes(item.step.kind) && errors.some(({ path }) => IDS.includes(path)))
    return { kind: "nothing-there" };
  const reason = errors.map(({ path, code, detail }) => `${path} ${code} ${detail}`).join("; ");
  return refusal(failure, tidy(`rejected: ${reason}`));
}

const IDS: readonly string[] = ["entity_id", "id"];

/**
 * A user who left the company must not keep the call from being booked (fault F49): what Kommo
 * refuses for its users is sent again without them. Each round drops at least one field, so it ends.
 */
function withoutUnknownUsers(
  items: readonly Item[],
  failure: Rejection,
  named: ReadonlyMap<Item, readonly FieldError[]>,
): readonly Item[] {
  const blamed = usersBlamed(failure.detail);
  return items.map((item) => {
    const isNamed = named.get(item)?.some(({ path }) => isUserField(path)) ?? false;
    if (!isNamed && blamed === undefined) return item;
    const wire = withoutUsers(item.wire, isNamed ? "all" : (blamed ?? "all"));
    return wire === item.wire ? item : { ...item, wire };
  });
}
