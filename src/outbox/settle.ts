/**
 * What the far side's answers change, as statements for one transaction and as facts to be told once
 * that is on the disk. Pure.
 */
import { toError } from "../lib/failure.ts";
import type { Statement } from "../store/store.ts";
import * as change from "./changes.ts";
import type { Course, Delivery, Recollection, Skip } from "./delivery.ts";
import type { OpenStep, QueuedStep } from "./step-row.ts";

/** A step was answered: done, or there is nothing that it could be done to. */
export type Answer<R> = Extract<Delivery<R>, { kind: "done" | "nothing-there" }>;

export type OutboxFact<S, R> =
  | { readonly kind: "done"; readonly step: QueuedStep<S>; readonly answer: Answer<R> }
  | {
      readonly kind: "set-aside";
      readonly step: QueuedStep<S>;
      readonly reason: string;
      readonly hint: string;
    };

export type Settlement<S, R> = {
  readonly statements: readonly Statement[];
  readonly facts: readonly OutboxFact<S, R>[];
};

export type SettleRules<S extends { readonly kind: string }, R> = {
  readonly course: Course<S, R>;
  /** The outbox's own clock, and the host's. */
  readonly now: number;
  readonly at: number;
  readonly believeAbsenceAfterMs: number;
  readonly secondLookAfterMs: number;
  /**
   * Grows with the attempts of one step, faster than the line's own pause: so that the next to be
   * tried on a troubled line is another step, and one that always fails holds up nobody.
   */
  readonly pauseMs: (attempt: number) => number;
};

export function settleDelivery<S extends { readonly kind: string }, R>(
  step: OpenStep<S>,
  delivery: Delivery<R>,
  rules: SettleRules<S, R>,
): Settlement<S, R> {
  switch (delivery.kind) {
    case "done":
    case "nothing-there":
      return settleAnswer(step, delivery, rules);
    case "refused":
      return setAside(step, delivery, rules.at);
    case "later": {
      if (delivery.isWaiting === true) {
        const dueAt = rules.now + waitMs(delivery.afterMs, step.attempt);
        return { statements: [change.markWaiting(step.id, delivery.reason, dueAt)], facts: [] };
      }
      const dueAt = rules.now + delivery.afterMs + rules.pauseMs(step.attempt);
      return { statements: [change.markLater(step.id, delivery.reason, dueAt)], facts: [] };
    }
    case "unknown":
      return {
        statements: [change.markUnknown(step.id, delivery.reason, rules.now)],
        facts: [],
      };
  }
}

const LONGEST_WAIT_MS = 3_600_000;
const waitMs = (firstMs: number, attempt: number): number =>
  Math.min(LONGEST_WAIT_MS, firstMs * 2 ** Math.min(20, Math.max(0, attempt - 1)));

/**
 * "Absent" is believed when a look made `believeAbsenceAfterMs` after the request was given up, and
 * one made `secondLookAfterMs` after that, both found nothing: what Kommo saved may show up late.
 * @param lookedAt when the look began
 */
export function settleRecollection<S extends { readonly kind: string }, R>(
  { step, lookedAt }: { step: OpenStep<S>; lookedAt: number },
  recollection: Recollection<R>,
  rules: SettleRules<S, R>,
): Settlement<S, R> {
  const only = (statement: Statement): Settlement<S, R> => ({ statements: [statement], facts: [] });
  if (recollection.kind === "done") return settleAnswer(step, recollection, rules);
  if (recollection.kind === "unreachable") {
    return only(change.lookAgain(step.id, rules.now + rules.pauseMs(step.attempt), step.lookedAt));
  }
  const believedAt = step.givenUpAt + rules.believeAbsenceAfterMs;
  if (lookedAt < believedAt) return only(change.lookAgain(step.id, believedAt));
  const secondLookAt = (step.lookedAt ?? lookedAt) + rules.secondLookAfterMs;
  if (lookedAt < secondLookAt || step.lookedAt === undefined) {
    return only(change.lookAgain(step.id, secondLookAt, step.lookedAt ?? lookedAt));
  }
  return only(change.markAbsent(step.id, rules.now));
}

function settleAnswer<S extends { readonly kind: string }, R>(
  step: OpenStep<S>,
  answer: Answer<R>,
  { course, at, now }: SettleRules<S, R>,
): Settlement<S, R> {
  try {
    const { memory, hasWaited } = step;
    const sequel = course.after(step.step, answer, { memory, hasWaited });
    const { follow, remember, decisions, refuse, endsWaiting } = sequel;
    const { origin, key, turn } = step;
    // Due at 0: followers are part of a call that has waited to be put together once already.
    const added = follow.map((next) =>
      change.insertStep({ origin, key, turn, step: next, dueAt: 0, createdAt: at }),
    );
    const kept = [
      ...(remember === undefined || key === "" ? [] : [change.remember(step, remember, at)]),
      ...(endsWaiting === true && key !== "" ? [change.endWaiting(key, now)] : []),
    ];
    if (refuse !== undefined) {
      const aside = setAside(step, refuse, at);
      return { ...aside, statements: [...aside.statements, ...added, ...kept] };
    }
    return {
      statements: [change.markDone(step.id, { answer, why: decisions, at }), ...added, ...kept],
      facts: [{ kind: "done", step, answer }],
    };
  } catch (thrown) {
    return setAside(step, bug("what follows from it could not be told", thrown), at);
  }
}

/** Not wanted any more: done without being sent, and nobody is told. */
export const skipped = (id: number, { skip }: Skip, at: number): Settlement<never, never> => ({
  statements: [change.markDone(id, { answer: { kind: "skipped" }, why: [skip], at })],
  facts: [],
});

export function setAside<S>(
  step: OpenStep<S>,
  { reason, hint }: { reason: string; hint: string },
  at: number,
): Settlement<S, never> {
  return {
    statements: [change.markSetAside(step.id, { reason, hint, at })],
    facts: [{ kind: "set-aside", step, reason, hint }],
  };
}

export const bug = (what: string, thrown: unknown): { reason: string; hint: string } => ({
  reason: `${what}: ${toError(thrown).message}`,
  hint: "report this as a bug, with the step as `calls show` prints it",
});
