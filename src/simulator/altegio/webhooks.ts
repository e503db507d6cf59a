/**
 * Altegio's webhooks, with everything that goes wrong with them: late, lost, repeated, out of order, as a
 * list. Only to loopback: a simulator calls nobody outside. @source altegio, sections 1.6 and 4 (point 7)
 */
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { SimEvent } from "./changes.ts";
import type { AltegioSwitches } from "./switches.ts";
import { shownRecord, shownTransaction } from "./wire-shapes.ts";

export type AltegioDelivery = {
  readonly destination: string;
  readonly payload: unknown;
  readonly attempt: number;
  /** The status answered, or why there was none. */
  readonly outcome: number | string;
};

export type AltegioWebhooks = {
  readonly emit: (event: SimEvent, actor: { readonly isApi: boolean }) => void;
  readonly deliveries: () => readonly AltegioDelivery[];
  /** Sends what was held back, in whatever order was asked for. */
  readonly hold: () => { readonly release: (order: "kept" | "reversed") => void };
  /** Any body to every address. */
  readonly post: (body: string, contentType?: string) => Promise<void>;
  readonly stop: () => void;
};

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const MOST_ATTEMPTS = 3;

export function createAltegioWebhooks(deps: {
  readonly switches: AltegioSwitches;
  readonly clock: Clock;
  readonly addresses: () => readonly string[];
}): AltegioWebhooks {
  const { switches, clock } = deps;
  const done: AltegioDelivery[] = [];
  const stopping = new AbortController();
  let held: (() => void)[] | undefined;

  async function attempt(destination: string, payload: unknown, number: number): Promise<void> {
    if (switches.webhookDelayMs > 0) await clock.sleep(switches.webhookDelayMs, stopping.signal);
    if (stopping.signal.aborted) return;
    const outcome = await send(destination, JSON.stringify(payload), "application/json");
    done.push({ destination, payload, attempt: number, outcome });
    const isTaken = typeof outcome === "number" && outcome < 300;
    if (isTaken || number >= MOST_ATTEMPTS) return;
    await clock.sleep(switches.webhookAgainMs, stopping.signal);
    if (!stopping.signal.aborted) await attempt(destination, payload, number + 1);
  }

  const send = async (
    destination: string,
    body: string,
    type: string,
  ): Promise<number | string> => {
    if (!LOOPBACK.has(new URL(destination).hostname)) return "not on this machine: not sent";
    try {
      const answer = await fetch(destination, {
        method: "POST",
        headers: { "Content-Type": type },
        body,
        redirect: "manual",
        signal: AbortSignal.any([
          stopping.signal,
          AbortSignal.timeout(Math.max(1, switches.webhookWithinMs)),
        ]),
      });
      await answer.body?.cancel();
      return answer.status;
    } catch (thrown) {
      return toError(thrown).message;
    }
  };

  return {
    emit(event, { isApi }) {
      const { hooks } = event.location;
      if (hooks.active !== 1 || hooks[event.resource] !== 1) return;
      if (isApi && hooks["self_sending"] !== 1) return;
      if (switches.webhooksLost > 0) {
        switches.webhooksLost -= 1;
        return;
      }
      const told = payloadOf(event, switches);
      const payload = switches.webhookBody === "array" ? [told] : told;
      const start = (): void => {
        for (const url of hooks.urls)
          for (let copy = 0; copy < switches.webhookCopies; copy++) void attempt(url, payload, 1);
      };
      if (held === undefined) start();
      else held.push(start);
    },
    deliveries: () => done,
    hold() {
      const mine: (() => void)[] = [];
      held = mine;
      return {
        release(order) {
          held = undefined;
          for (const start of order === "kept" ? mine : mine.toReversed()) start();
        },
      };
    },
    async post(body, type = "application/json") {
      for (const url of deps.addresses()) await send(url, body, type);
    },
    stop: () => stopping.abort(),
  };
}

function payloadOf(event: SimEvent, switches: AltegioSwitches): object {
  const { location, resource, id, status } = event;
  const style = { location, switches };
  const record = resource === "record" ? location.records.get(id) : undefined;
  const payment = resource === "finances_operation" ? location.transactions.get(id) : undefined;
  const paidRecord = location.records.get(payment?.recordId ?? 0);
  const data =
    record !== undefined
      ? shownRecord(record, style)
      : payment !== undefined
        ? {
            ...shownTransaction(payment, style),
            visit_id: payment.visitId,
            record: paidRecord === undefined ? [] : shownRecord(paidRecord, style),
          }
        : { id };
  return { company_id: location.id, resource, resource_id: id, status, data };
}
