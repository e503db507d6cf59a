/**
 * Joins the directory with Kommo, the outbox and the webhooks: what the account says of itself, who
 * has which number, and what happens to the cards meanwhile.
 */
import { randomBytes } from "node:crypto";
import type { FastifyRoute } from "../http/create-server.ts";
import type { Config } from "../config/keys.ts";
import {
  createAccountFacts,
  type AccountFacts,
  type FoundFacts,
} from "../directory/account-facts.ts";
import { createDirectory, type Directory, type StepAnswer } from "../directory/directory.ts";
import { createIntake } from "../directory/intake.ts";
import { keepValue, readKept } from "../directory/kept.ts";
import { isFilled } from "../directory/mirror-state.ts";
import { createMirror, type Mirror } from "../directory/mirror.ts";
import type { Patience } from "../directory/patience.ts";
import { createWebhookWatch } from "../directory/webhook-watch.ts";
import { kommoWebhookPath, kommoWebhookRoute } from "../http/kommo-webhook.ts";
import type { KommoClient } from "../kommo/client.ts";
import { hasManyContacts, listCards, type Stage } from "../kommo/list-cards.ts";
import { readAccount, readPipelines, readUsers } from "../kommo/read-account.ts";
import type { KnowCard } from "../kommo/read-before.ts";
import type { KommoStep } from "../kommo/step.ts";
import { subscribe, unsubscribe } from "../kommo/webhook-subscription.ts";
import type { Clock } from "../lib/clock.ts";
import { succeeded, toError } from "../lib/failure.ts";
import { inTime } from "../lib/in-time.ts";
import type { Logger } from "../lib/log.ts";
import { waitingSteps } from "../outbox/queries.ts";
import { StoreFailure, type Statement, type Store } from "../store/store.ts";
import { keysWaitingFor } from "./waiting-keys.ts";

export type DirectoryService = {
  readonly facts: AccountFacts;
  readonly directory: Directory;
  /** Kommo has answered a step: what it contradicts is forgotten, soon. */
  readonly heed: (step: KommoStep, answer: StepAnswer) => void;
  readonly mirror: Pick<Mirror, "state">;
  /** All cards were read once: whom it does not know has none. */
  readonly isWhole: () => boolean;
  /** What the room `kommo` asks before it looks a card up. */
  readonly knowCard: KnowCard;
  /** What the public listener is to serve. */
  readonly routes: readonly FastifyRoute[];
  start(): void;
  stop(): Promise<void>;
};

export type DirectoryServiceDeps = {
  readonly config: Pick<Config, "directory" | "kommo" | "time_zone"> & {
    readonly recordings: Pick<Config["recordings"], "public_url">;
  };
  readonly found: FoundFacts;
  readonly client: KommoClient;
  readonly patience: Patience;
  readonly store: Pick<Store, "read">;
  /** For whoever must answer at once. */
  readonly glance: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Something happened to these leads. */
  readonly heedLeads?: (leadIds: ReadonlySet<number>) => Promise<void>;
  /** Of the outbox. */
  readonly endWaiting: (key: string) => Promise<void>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: Error) => void;
};

/** While webhooks come, polling only mends what they missed. */
const POLL_BESIDE_WEBHOOKS_MS = 900_000;
const STOP_WITHIN_MS = 2_000;

/** Rejects with StoreFailure. */
export async function openDirectoryService(deps: DirectoryServiceDeps): Promise<DirectoryService> {
  const { config, client, store, logger } = deps;
  const background = { ...deps, log: logger };
  const secret = await webhookSecret(deps);
  const facts = createAccountFacts({
    ...background,
    isZoneWanted: config.time_zone === undefined,
    readUsers: (signal) => readUsers(client, signal),
    readAccount: (signal) => readAccount(client, signal),
  });
  const watch = createWebhookWatch({
    ...background,
    address: webhookAddress(config.recordings.public_url, secret),
    subscribe: (destination, signal) => subscribe(client, { destination, signal }),
    unsubscribe: (destination, signal) => unsubscribe(client, { destination, signal }),
  });
  const pollMs = config.directory.poll_seconds * 1_000;
  const onLeads = async (told: Parameters<typeof keysWaitingFor>[1]): Promise<void> => {
    if (told.leadIds.size + told.unsortedUids.size === 0) return;
    await deps.heedLeads?.(told.leadIds);
    const keys = keysWaitingFor(await store.read(waitingSteps()), told);
    for (const key of keys) await deps.endWaiting(key);
  };
  const mirror = createMirror({
    ...background,
    source: {
      list: (listing) => listCards(client, listing),
      hasManyContacts: (count, signal) =>
        hasManyContacts(client, count, { purpose: "directory", signal }),
      openStages: async (signal) => {
        const pipelines = await readPipelines(client, signal);
        return pipelines.ok ? succeeded(openStages(pipelines.value)) : pipelines;
      },
    },
    fill: config.directory.fill,
    pollMs: () => (watch.isSubscribed() ? Math.max(pollMs, POLL_BESIDE_WEBHOOKS_MS) : pollMs),
    onCards: (cards) => {
      const leadIds = new Set(cards.filter(({ type }) => type === "leads").map(({ id }) => id));
      return onLeads({ leadIds, unsortedUids: new Set() });
    },
  });
  const intake = createIntake({
    ...background,
    accountId: () => facts.accountId(),
    wake: (list) => mirror.wake(list),
    onLeads,
  });
  const directory = createDirectory(deps);
  await facts.restore();
  await mirror.restore();

  return {
    facts,
    directory,
    heed: (step, answer) =>
      void directory.heed(step, answer).catch((thrown: unknown) => {
        if (!(thrown instanceof StoreFailure)) deps.onFatal(toError(thrown));
      }),
    mirror,
    isWhole() {
      const state = mirror.state();
      return state !== undefined && isFilled(state);
    },
    knowCard: async (phone) => {
      if (!mirror.isCurrent()) return undefined;
      const client = await directory.find(phone);
      return client && { card: client.card, openLeads: client.openLeads.map(({ id }) => id) };
    },
    routes: [kommoWebhookRoute({ secret, take: (form) => intake.take(form) })],
    start() {
      facts.start();
      mirror.start();
      watch.start();
    },
    async stop() {
      const quiet = [facts.stop(), mirror.stop(), watch.stop(), intake.settled()];
      // On a full disk they would wait for ever; nothing of theirs is lost for good.
      await inTime(Promise.all(quiet), STOP_WITHIN_MS, deps.clock);
    },
  };
}

/** The configured one, else the one that was made at the first start. */
async function webhookSecret(
  deps: Pick<DirectoryServiceDeps, "config" | "store" | "keep">,
): Promise<string> {
  const { webhook_secret: configured } = deps.config.kommo;
  if (configured !== undefined) return configured;
  const kept = await readKept(deps.store, "webhook-secret");
  if (typeof kept === "string" && kept !== "") return kept;
  const made = randomBytes(32).toString("base64url");
  await deps.keep([keepValue("webhook-secret", made)]);
  return made;
}

/** @returns undefined: Kommo cannot reach this host */
export const webhookAddress = (
  publicUrl: string | undefined,
  secret: string,
): string | undefined =>
  publicUrl === undefined ? undefined : publicUrl.replace(/\/+$/, "") + kommoWebhookPath(secret);

/** An address must not grow without end; with more stages all leads are read. */
const MOST_STAGES = 100;
const CLOSED = [142, 143];

function openStages(
  pipelines: readonly {
    readonly id: number;
    readonly statuses: readonly { readonly id: number; readonly isUnsorted: boolean }[];
  }[],
): readonly Stage[] {
  const stages = pipelines.flatMap(({ id, statuses }) =>
    statuses
      .filter((status) => !status.isUnsorted && !CLOSED.includes(status.id))
      .map((status) => ({ pipelineId: id, statusId: status.id })),
  );
  return stages.length <= MOST_STAGES ? stages : [];
}
