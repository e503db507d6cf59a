/**
 * Takes in what Kommo's webhooks tell: answered at once, worked off one after another. What is lost on
 * the way (a stop, a full queue) the polling finds.
 */
import type { KommoLog } from "../kommo/client.ts";
import type { FormTree } from "../lib/form-text.ts";
import { toError } from "../lib/failure.ts";
import { StoreFailure, type Statement } from "../store/store.ts";
import type { ListName } from "./mirror-state.ts";
import { forgetCard, keepCard } from "./rows.ts";
import { readWebhook, type ToldChanges } from "./webhook-changes.ts";

export type Intake = {
  /** Does nothing that takes long. */
  take(form: FormTree): void;
  /** Resolves when all that was taken is worked off. */
  settled(): Promise<void>;
};

export type IntakeDeps = {
  /** undefined: not known yet. */
  readonly accountId: () => number | undefined;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly wake: (list: ListName) => void;
  /** Something happened to these leads or incoming leads, which calls may wait for. */
  readonly onLeads: (told: Pick<ToldChanges, "leadIds" | "unsortedUids">) => Promise<void>;
  readonly log: KommoLog;
  readonly onFatal: (error: Error) => void;
};

const MOST_WAITING = 500;

export function createIntake(deps: IntakeDeps): Intake {
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();

  async function work(told: ToldChanges): Promise<void> {
    await deps.onLeads(told);
    const statements = [...told.persons.flatMap(keepCard), ...told.gone.flatMap(forgetCard)];
    if (statements.length > 0) await deps.keep(statements);
    for (const list of told.lists) deps.wake(list);
  }

  return {
    take(form) {
      const told = readWebhook(form);
      const known = deps.accountId();
      if (known !== undefined && told.accountId !== undefined && told.accountId !== known) {
        deps.log.warn({ account: told.accountId }, "a webhook of another account was ignored");
        return;
      }
      if (waiting >= MOST_WAITING) {
        deps.log.warn({ waiting }, "a webhook was dropped: they come faster than the store writes");
        return;
      }
      waiting += 1;
      tail = tail
        .then(() => work(told))
        .catch((thrown: unknown) => {
          if (!(thrown instanceof StoreFailure)) deps.onFatal(toError(thrown));
        })
        .finally(() => {
          waiting -= 1;
        });
    },
    settled: () => tail,
  };
}
