/**
 * Dialling for employees: a wish becomes an Originate or a refusal with its reason, each is written
 * down, and what becomes of it is followed to the end. Nothing waits for the disk: the telephone rings
 * also while the store takes nothing.
 */
import { randomInt } from "node:crypto";
import type { AmiFailure } from "../ami/ami-failure.ts";
import type { AmiSession } from "../ami/session.ts";
import type { DeviceStates } from "../ami/device-states.ts";
import type { RefusalCode } from "../http/widget-contract.ts";
import type { Card } from "../kommo/step.ts";
import type { Clock } from "../lib/clock.ts";
import { exchangeIn, ownName } from "../lib/exchange-names.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import type { Statement } from "../store/store.ts";
import type { DialLimits } from "./dial-limits.ts";
import type { NumberPolicy } from "./number-policy.ts";
import type { Customized, Originate, OriginatePlan } from "./originate-plan.ts";
import { actionOf } from "./originate-plan.ts";
import { follow, lostSight, newProgress, type DialEvent, type Progress } from "./progress.ts";
import { insertDial, updateDial, type DialRow } from "./schema.ts";
import { chooseTelephone } from "./telephone-choice.ts";

export type DialWish = {
  readonly user: number;
  /** As it stands on the card. */
  readonly phone: string;
  readonly card: Card | undefined;
  readonly extension: string | undefined;
  /** Who says so: "one-time token", "api key crm-script". */
  readonly proof: string;
  /** The request as it came, for the customization. */
  readonly request: Readonly<Record<string, unknown>>;
};

export type DialRefusal = {
  readonly code: RefusalCode;
  /** For the person at the screen. */
  readonly reason: string;
  readonly retryMs?: number;
  /** The exchange may have taken it all the same. */
  readonly isUnsure?: boolean;
};

export type Dial = {
  readonly id: string;
  readonly user: number;
  readonly phone: string;
  readonly extension: string;
  readonly card: Card | undefined;
  readonly progress: Progress;
  /** When that became so, milliseconds since 1970. */
  readonly at: number;
};

export type Dials = {
  readonly dial: (wish: DialWish) => Promise<Result<Dial, DialRefusal>>;
  /** A refusal from before there was a wish to look at: another's extension, an unknown user. */
  readonly refuse: (wish: DialWish, refusal: DialRefusal) => void;
  /** Every event of the exchange. @param event parses the text, only if it is of a dial */
  message(text: string, event: () => DialEvent | undefined): void;
  /** Nobody listens to the exchange any more. @param exchange undefined: the only one */
  lost(exchange: string | undefined): void;
  /** One of today's. */
  readonly get: (id: string) => Dial | undefined;
  /** Those of a user that go on. */
  readonly of: (user: number) => readonly Dial[];
  stop(): void;
};

type AmiSent = ReturnType<AmiSession["send"]>;

export type DialsDeps = {
  readonly plan: OriginatePlan;
  readonly policy: NumberPolicy;
  readonly limits: DialLimits;
  /** In the order in which they are tried; with the exchange before them, where there are several. */
  readonly extensionsOf: (user: number) => readonly string[];
  readonly telephones: Pick<DeviceStates, "stateOf" | "devicesOf">;
  /** undefined: there is no script, and nothing waits. */
  readonly customize: (
    wanted: Originate,
    request: DialWish["request"],
  ) => Promise<Customized> | undefined;
  /** To the exchange of the extension. */
  readonly send: (extension: string, ...sent: Parameters<AmiSession["send"]>) => AmiSent;
  /** Not waited for. */
  readonly keepSoon: (statements: readonly Statement[]) => void;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly onProgress: (dial: Dial) => void;
};

/** All ids begin so, and the exchange's own do not: a first look at an event is enough. */
const PREFIX = "kommo-";
/** After the telephone could ring no longer: Asterisk is slow, or the answer was lost. */
const ANSWER_LATE_MS = 20_000;
const MOST_REMEMBERED = 2_000;
const TELL_LIMIT_EVERY_MS = 60_000;

export function createDials(deps: DialsDeps): Dials {
  const { clock, log, keepSoon } = deps;
  /** All of late, the oldest first. */
  const dials = new Map<string, Dial>();
  const active = new Map<string, Dial>();
  /** Those that a script may still change; it takes its time, and clicks come meanwhile. */
  const beginning = new Set<Pick<Dial, "user" | "phone" | "extension">>();
  const stopping = new AbortController();
  let limitToldAt = -Infinity;

  /** `kommo-1795261985.123456789`: Asterisk finds the older of two calls by the time in its id. */
  function newId(): string {
    const id = `${PREFIX}${Math.floor(clock.now() / 1_000)}.${randomInt(100_000_000, 1_000_000_000)}`;
    return dials.has(id) ? newId() : id;
  }

  function put(dial: Dial): void {
    dials.set(dial.id, dial);
    if (dial.progress.isFinal) active.delete(dial.id);
    else active.set(dial.id, dial);
    const oldest = dials.size > MOST_REMEMBERED ? dials.keys().next().value : undefined;
    if (oldest !== undefined && !active.has(oldest)) dials.delete(oldest);
  }

  function become(dial: Dial, progress: Progress): void {
    const { state, reason } = progress;
    const isNews = state !== dial.progress.state || progress.isFinal !== dial.progress.isFinal;
    const next = { ...dial, progress, at: isNews ? clock.now() : dial.at };
    put(next);
    if (!isNews) return;
    if (progress.isFinal) {
      keepSoon([updateDial(dial.id, { state, reason, endedAt: next.at })]);
      log.info({ dial: dial.id, user: dial.user, state, reason }, "dial over");
    }
    deps.onProgress(next);
  }

  const row = (wish: DialWish, id: string): DialRow => ({
    id,
    askedAt: clock.now(),
    userId: wish.user,
    proof: wish.proof,
    askedPhone: printable(wish.phone),
    phone: undefined,
    extension: wish.extension === undefined ? undefined : printable(wish.extension),
    context: undefined,
    card: wish.card,
    state: "refused",
    reason: undefined,
    endedAt: undefined,
  });

  function refuse(wish: DialWish, refusal: DialRefusal): void {
    const refused = { ...row(wish, newId()), reason: refusal.code, endedAt: clock.now() };
    keepSoon([insertDial(refused)]);
    log.info({ user: wish.user, proof: wish.proof, reason: refusal.code }, "dial refused");
  }

  /** One that was neither answered nor refused is not waited for for ever. */
  async function watch(id: string): Promise<void> {
    await clock.sleep(deps.plan.ringMs + ANSWER_LATE_MS, stopping.signal);
    const dial = active.get(id);
    if (stopping.signal.aborted || dial === undefined || dial.progress.isUp) return;
    become(dial, lostSight(dial.progress));
  }

  function tellLimit(user: number): void {
    const now = clock.monotonicMs();
    if (now - limitToldAt < TELL_LIMIT_EVERY_MS) return;
    limitToldAt = now;
    const hint =
      "look who dials so often: asterisk-kommo widget dials; the limits are in originate";
    log.error({ user, hint }, "more dials than allowed");
  }

  async function begin(wish: DialWish): Promise<Result<Dial, DialRefusal>> {
    const verdict = deps.policy(wish.phone);
    if (verdict.kind !== "dial") return no(`phone_${verdict.kind}` as const, verdict.reason);
    const telephone = chooseTelephone({
      extensions: deps.extensionsOf(wish.user),
      chosen: wish.extension,
      stateOf: deps.telephones.stateOf,
    });
    // The telephone of a dial that has not rung yet looks idle.
    const silent = [...active.values()].filter(({ progress }) => progress.talkedFrom === undefined);
    const pending = [...beginning, ...silent].filter(({ user }) => user === wish.user);
    if (pending.some(({ phone }) => phone === verdict.number))
      return no("already_dialling", "this number is being dialled for you");
    if (telephone.kind !== "chosen") return failed(WHY_NO_TELEPHONE[telephone.kind]);
    const { extension } = telephone;
    if (pending.some((dial) => dial.extension === extension)) return failed(WHY_NO_TELEPHONE.busy);

    const wanted = deps.plan.originate({
      extension: ownName(extension),
      number: verdict.number,
      device: deps.telephones.devicesOf(extension)[0],
    });
    const customizing = deps.customize(wanted, wish.request);
    if (customizing === undefined) return send(wish, wanted, extension);
    const thoughtOver = { user: wish.user, phone: verdict.number, extension };
    beginning.add(thoughtOver);
    try {
      const customized = await customizing;
      return customized === "cancelled"
        ? no("cancelled_by_customization", "a rule of your exchange refused this dial")
        : await send(wish, customized, extension);
    } finally {
      beginning.delete(thoughtOver);
    }
  }

  async function send(
    wish: DialWish,
    wanted: Originate,
    extension: string,
  ): Promise<Result<Dial, DialRefusal>> {
    const id = newId();
    const dial: Dial = {
      ...{ id, user: wish.user, phone: wanted.number, extension, card: wish.card },
      progress: newProgress(wanted.channel),
      at: clock.now(),
    };
    put(dial);
    const ringing = { id, ringMs: deps.plan.ringMs, extension: ownName(extension) };
    const answering = deps.send(extension, actionOf(wanted, ringing), { actionId: id });
    const { context, number } = wanted;
    const written = { phone: number, extension, context, state: "requested" };
    keepSoon([insertDial({ ...row(wish, id), ...written })]);
    log.info({ dial: id, user: wish.user, extension, proof: wish.proof }, "dial requested");
    void watch(id);
    const answer = await answering;
    if (answer.ok) return succeeded(dials.get(id) ?? dial);
    return exchangeSaysNo(id, answer.failure);
  }

  function exchangeSaysNo(id: string, failure: AmiFailure): Result<Dial, DialRefusal> {
    const dial = active.get(id);
    const isUnsure = failure.kind === "timed-out" || failure.kind === "lost";
    const isRefusal = !isUnsure && failure.retry !== "later" && failure.kind !== "stopped";
    log.warn({ dial: id, failure: failure.kind, hint: failure.hint }, "dial not taken");
    if (dial !== undefined)
      become(dial, {
        ...lostSight(dial.progress),
        ...(isUnsure ? {} : { state: "failed", reason: isRefusal ? "refused" : undefined }),
      });
    if (isRefusal) return no("exchange_refused", "the telephone exchange refused the request");
    const code = "exchange_unavailable";
    return isUnsure
      ? failed({ code, reason: "the telephone exchange did not say whether it dials", isUnsure })
      : no(code, "the telephone exchange cannot be reached at the moment");
  }

  return {
    refuse,
    async dial(wish) {
      const waitMs = deps.limits.take(wish.user);
      if (waitMs > 0) {
        tellLimit(wish.user);
        return no("too_many", "too many numbers were dialled within a minute", waitMs);
      }
      const begun = await begin(wish);
      // A dial that Asterisk refused has its row.
      const isWritten = !begun.ok && begun.failure.code.startsWith("exchange_");
      if (!begun.ok && !isWritten) refuse(wish, begun.failure);
      return begun;
    },
    message(text, event) {
      if (active.size === 0 || !text.includes(PREFIX)) return;
      for (const dial of [...active.values()]) {
        if (!text.includes(dial.id)) continue;
        const told = event();
        if (told === undefined) return;
        const progress = follow(dial.progress, told, { id: dial.id, at: clock.now() });
        if (progress !== dial.progress) become(dial, progress);
      }
    },
    lost(exchange) {
      for (const dial of [...active.values()])
        if (exchangeIn(dial.extension) === exchange) become(dial, lostSight(dial.progress));
    },
    get: (id) => dials.get(id),
    of: (user) => [...active.values()].filter((dial) => dial.user === user),
    stop: () => stopping.abort(),
  };
}

const no = (
  code: RefusalCode,
  reason: string,
  retryMs?: number,
): { readonly ok: false; readonly failure: DialRefusal } =>
  failed({ code, reason, ...(retryMs === undefined ? {} : { retryMs }) });

const WHY_NO_TELEPHONE = {
  "no-extension": { code: "no_extension", reason: "no telephone is entered for you" },
  "not-yours": { code: "extension_not_yours", reason: "this telephone is not yours" },
  "not-connected": {
    code: "telephone_not_connected",
    reason: "your telephone is not connected",
  },
  busy: { code: "telephone_busy", reason: "your telephone is in a call" },
} as const;

/** What a stranger wrote, for the row. */
const printable = (text: string): string =>
  text.slice(0, 64).replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
