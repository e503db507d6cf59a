/**
 * Sends a batch of steps of one kind and says of each what became of it. One request for each path
 * (notes: one for each type of card); more only when Kommo refuses an item without naming it, or when
 * something has to be read first.
 */
import type { Clock } from "../lib/clock.ts";
import { assertNever, failed } from "../lib/failure.ts";
import type { BatchAnswer, Halt } from "../outbox/delivery.ts";
import type { KommoClient, KommoLog } from "./client.ts";
import { tellFailure, type KommoFailure } from "./failure.ts";
import { judge, type Item, type KommoDelivery, type Shut } from "./judge.ts";
import { createPauses, type Pauses } from "./pauses.ts";
import type { KommoResult, KommoStep } from "./step.ts";
import { encodeStep, methodOf, pathOf } from "./step-wire.ts";
import { readBefore, type KnowCard } from "./read-before.ts";
import { lookAtWaitingLeads } from "./waiting-leads.ts";

export type SendDeps = {
  readonly client: KommoClient;
  readonly clock: Clock;
  readonly log: KommoLog;
  /** Kommo does not know a user whom a step names: our list of them is old. */
  readonly onUnknownUser?: () => void;
  readonly knowCard?: KnowCard;
};

export type Send = (
  steps: readonly KommoStep[],
  givenUpBy: AbortSignal,
) => Promise<BatchAnswer<KommoResult>>;

/**
 * Of one batch, so that a server that refuses everything costs no more. Finding one bad item among 50
 * takes 12; what is not reached stays for the next batch.
 */
const MOST_REQUESTS = 24;
const READ_PAUSE_MS = 2_000;
/** So many calls do not end within the moment in which they are put together. */
const BACKLOG_FROM = 25;

export function createSend(deps: SendDeps): Send {
  const { client, clock, log, onUnknownUser = () => undefined } = deps;
  const pauses = createPauses(clock);
  const refusedOnce = new Set<string>();
  return async (steps, givenUpBy) => {
    const batch = createBatch({ client, log, onUnknownUser, pauses, givenUpBy });
    const items = steps.map((step, at): Item => {
      const requestId = `step-${String(at)}`;
      return { at, step, requestId, wire: encodeStep(step, requestId) };
    });
    const held = batch.heldBack(items);
    if (held) return batch.answer(items);
    const look = { client, signal: givenUpBy };
    const read = await readBefore({ ...look, knowCard: deps.knowCard }, items);
    batch.settleAll(read.settled);
    if (read.failure !== undefined) batch.fail(read.unread, read.failure);
    for (const group of Map.groupBy(read.items, ({ step }) => pathOf(step)).values())
      await batch.sendWhole(group);
    const { deliveries } = batch;
    batch.settleAll(await lookAtWaitingLeads(look, { items, deliveries, refusedOnce }));
    return batch.answer(items);
  };
}

type BatchDeps = {
  readonly client: KommoClient;
  readonly log: KommoLog;
  readonly onUnknownUser: () => void;
  readonly pauses: Pauses;
  readonly givenUpBy: AbortSignal;
};

function createBatch({ client, log, onUnknownUser, pauses, givenUpBy }: BatchDeps) {
  const deliveries = new Map<number, KommoDelivery>();
  let requests = 0;
  let halt: Halt | undefined;
  let shut: KommoDelivery | undefined;

  const settle = (items: readonly Item[], delivery: KommoDelivery): void => {
    for (const { at } of items) if (!deliveries.has(at)) deliveries.set(at, delivery);
  };

  /** Steps of this kind wait for a right: nothing is read for them either. */
  function heldBack(items: readonly Item[]): boolean {
    const kind = items[0]?.step.kind;
    const held = kind === undefined ? undefined : pauses.heldKind(kind);
    if (held === undefined) return false;
    settle(items, { kind: "later", reason: held.reason, afterMs: Math.ceil(held.forMs) });
    return true;
  }

  /** What had to be read first could not be: nothing was done. */
  function fail(items: readonly Item[], failure: KommoFailure): void {
    const [first] = items;
    if (first === undefined) return;
    const verdict = judge(items, failed(failure));
    shut = verdict.shut && close(verdict.shut, first.step.kind);
    const reason = tellFailure(failure);
    settle(items, shut ?? { kind: "later", reason, afterMs: READ_PAUSE_MS });
  }

  /** @returns "clean": Kommo refused none; a list: one of these is refused, and none is done. */
  async function attempt(items: readonly Item[]): Promise<"clean" | "settled" | readonly Item[]> {
    const [first] = items;
    if (first === undefined) return "clean";
    const held = pauses.heldKind(first.step.kind);
    if (held !== undefined)
      shut ??= { kind: "later", reason: held.reason, afterMs: Math.ceil(held.forMs) };
    if (requests >= MOST_REQUESTS)
      shut ??= { kind: "later", reason: "too many items of one batch are refused", afterMs: 0 };
    if (shut !== undefined) {
      settle(items, shut);
      return "settled";
    }
    requests += 1;
    const outcome = await client.request({
      method: methodOf(first.step.kind),
      path: pathOf(first.step),
      body: items.map(({ wire }) => wire),
      purpose: items.length < BACKLOG_FROM ? "call" : "backlog",
      signal: givenUpBy,
    });
    const verdict = judge(items, outcome);
    for (const [{ at }, delivery] of verdict.deliveries) deliveries.set(at, delivery);
    if (outcome.ok || !NOT_REACHED.includes(outcome.failure.kind)) pauses.reached();
    if (verdict.shut !== undefined) {
      shut = close(verdict.shut, first.step.kind);
      settle(items, shut);
      return "settled";
    }
    if (verdict.again.length > 0) {
      log.warn({ kind: first.step.kind }, "kommo does not know a user; sent without");
      onUnknownUser();
      return attempt(verdict.again);
    }
    if (verdict.hidden.length === items.length) return verdict.hidden;
    if (verdict.hidden.length > 0) {
      await narrow(verdict.hidden);
      return "settled";
    }
    const isClean = [...verdict.deliveries.values()].every(({ kind }) => CLEAN.includes(kind));
    return isClean ? "clean" : "settled";
  }

  function close(by: Shut, kind: KommoStep["kind"]): KommoDelivery {
    switch (by.kind) {
      case "halt":
        halt = by.halt;
        return { kind: "later", reason: by.halt.reason, afterMs: 0 };
      case "kind-held":
        log.warn({ kind, reason: by.reason }, "kommo forbids steps of this kind; held back");
        return { kind: "later", reason: by.reason, afterMs: pauses.holdKind(kind, by.reason) };
      case "unreachable":
        return { kind: "later", reason: by.reason, afterMs: pauses.unreachable() };
      case "later":
        return { kind: "later", reason: by.reason, afterMs: by.afterMs };
      default:
        return assertNever(by);
    }
  }

  async function sendWhole(items: readonly Item[]): Promise<void> {
    const outcome = await attempt(items);
    if (typeof outcome !== "string") await narrow(outcome);
  }

  /**
   * Halves a list that holds a refused item, until it stands alone and Kommo's reason is its own. When
   * the first half passes, the item is in the second, which then need not be sent whole.
   */
  async function narrow(items: readonly Item[]): Promise<void> {
    if (items.length <= 1) return sendWhole(items);
    const half = Math.floor(items.length / 2);
    const outcome = await attempt(items.slice(0, half));
    if (outcome === "clean") return narrow(items.slice(half));
    if (outcome !== "settled") await narrow(outcome);
    await sendWhole(items.slice(half));
  }

  return {
    deliveries,
    heldBack,
    fail,
    settleAll(settled: ReadonlyMap<Item, KommoDelivery>) {
      for (const [{ at }, delivery] of settled) deliveries.set(at, delivery);
    },
    sendWhole,
    answer: (items: readonly Item[]): BatchAnswer<KommoResult> => ({
      deliveries: items.map(
        ({ at }) => deliveries.get(at) ?? { kind: "unknown", reason: "no answer was understood" },
      ),
      ...(halt === undefined ? {} : { halt }),
    }),
  };
}

const CLEAN: readonly KommoDelivery["kind"][] = ["done", "nothing-there"];
const NOT_REACHED: readonly KommoFailure["kind"][] = ["unreachable", "given-up"];
