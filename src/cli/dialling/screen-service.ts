/**
 * What browsers are shown of running calls: takes the stages, adds what the directory and Kommo know of
 * the client, and tells those who listen. Nobody is asked anything where nobody listens.
 */
import type { LiveStage } from "../../calls/fact.ts";
import type { Directory } from "../../directory/directory.ts";
import type { KnownClient } from "../../directory/rows.ts";
import type { EventHub, Told } from "../../http/event-hub.ts";
import type { RingingEvent, TalkEvent, UserRef } from "../../http/widget-contract.ts";
import type { OpenTask } from "../../kommo/open-tasks.ts";
import type { Card } from "../../kommo/step.ts";
import { wholeSecondsOf, epochMs, type Clock } from "../../lib/clock.ts";
import { exchangeIn } from "../../lib/exchange-names.ts";
import {
  createScreens,
  type Ring,
  type ScreenNews,
  type TalkNow,
} from "../../registration/screens.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";

export type ScreenService = {
  stage(stage: LiveStage): void;
  lost(exchange: string | undefined): void;
  now(user: number): readonly Told[];
  readonly talk: (user: number, call: string) => TalkNow | undefined;
};

export type ScreenServiceDeps = {
  readonly settings: RegistrationSettings;
  readonly directory: Pick<Directory, "find">;
  /** undefined: Kommo did not answer. Must not reject. */
  readonly openTasks: (cards: readonly Card[]) => Promise<readonly OpenTask[] | undefined>;
  readonly hub: Pick<EventHub, "tell" | "isListening">;
  readonly user: (id: number) => UserRef;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

const MOST_LEADS = 10;
const MOST_TASKS = 10;
/** Telephones of a group ring within this time, and are one question to the directory. */
const MOST_REMEMBERED = 500;

type Facts = {
  client: KnownClient | undefined;
  tasks: readonly OpenTask[] | undefined;
};

export function createScreenService(deps: ScreenServiceDeps): ScreenService {
  const { hub, user, clock, signal } = deps;
  const screens = createScreens(deps.settings);
  /** By call. */
  const facts = new Map<string, Promise<Facts>>();
  const known = new Map<string, Facts>();
  let isWaiting = false;

  const ref = (id: number | undefined): UserRef | null => (id === undefined ? null : user(id));

  function eventOf(ring: Ring): RingingEvent {
    const { client, tasks } = known.get(ring.call) ?? { client: undefined, tasks: undefined };
    return {
      call: ring.call,
      extension: ring.extension,
      phone: ring.phone ?? null,
      did: ring.did ?? null,
      queue: ring.queue ?? null,
      at: wholeSecondsOf(epochMs(ring.at)),
      client:
        client === undefined
          ? null
          : { card: client.card, name: client.name, responsible: ref(client.responsibleUserId) },
      leads: (client?.openLeads ?? []).slice(0, MOST_LEADS).map((lead) => ({
        id: lead.id,
        name: lead.name,
        responsible: ref(lead.responsibleUserId),
      })),
      tasks:
        tasks?.slice(0, MOST_TASKS).map(({ id, text, dueAt, card, responsibleUserId }) => ({
          ...{ id, text, due_at: dueAt, card: card ?? null },
          responsible: ref(responsibleUserId),
        })) ?? null,
      others: ring.others.map((other) => ({ user: ref(other.user), extension: other.extension })),
    };
  }

  function talkOf(talk: TalkNow, isOver: boolean): TalkEvent {
    const client = known.get(talk.call)?.client;
    return {
      call: talk.call,
      state: isOver ? "ended" : "talking",
      direction: talk.direction,
      extension: talk.extension,
      phone: talk.phone ?? null,
      client: client === undefined ? null : { card: client.card, name: client.name },
      at: wholeSecondsOf(epochMs(talk.at)),
    };
  }

  /** Once for each call, however many telephones ring. */
  function learn(call: string, phone: string | undefined): Promise<Facts> {
    const learning = facts.get(call);
    if (learning !== undefined) return learning;
    const begun = look(call, phone);
    facts.set(call, begun);
    const oldest = facts.size > MOST_REMEMBERED ? facts.keys().next().value : undefined;
    if (oldest !== undefined) forget(oldest);
    return begun;
  }

  function forget(call: string): void {
    facts.delete(call);
    known.delete(call);
  }

  async function look(call: string, phone: string | undefined): Promise<Facts> {
    const found: Facts = { client: undefined, tasks: undefined };
    if (phone === undefined) return { ...found, tasks: [] };
    found.client = await deps.directory.find(phone);
    known.set(call, found);
    return found;
  }

  /** First what is known here, then once more with what Kommo says. */
  async function show(ring: Ring): Promise<void> {
    if (!hub.isListening(ring.user)) return;
    const isFirst = !facts.has(ring.call);
    const found = await learn(ring.call, ring.phone);
    const stillRings = (): Ring[] =>
      screens.rings(ring.user).filter(({ call }) => call === ring.call);
    for (const now of stillRings()) hub.tell(now.user, "ringing", eventOf(now));
    if (!isFirst || found.client === undefined) return;
    const { card, openLeads } = found.client;
    const leads = openLeads.slice(0, MOST_LEADS).map(({ id }): Card => ({ type: "leads", id }));
    const tasks = await deps.openTasks([card, ...leads]);
    if (tasks === undefined || !known.has(ring.call)) return;
    known.set(ring.call, { ...found, tasks });
    for (const id of usersOf(ring))
      for (const now of screens.rings(id))
        if (now.call === ring.call) hub.tell(id, "ringing", eventOf(now));
  }

  const usersOf = (ring: Ring): readonly number[] => [
    ...new Set([ring.user, ...ring.others.flatMap((other) => other.user ?? [])]),
  ];

  function tell(news: readonly ScreenNews[]): void {
    for (const one of news) {
      switch (one.kind) {
        case "ringing":
          void show(one.ring);
          break;
        case "closed": {
          const { call, because, by } = one;
          hub.tell(one.user, "closed", {
            ...{ call, because },
            by: by === undefined ? null : { user: ref(by.user), extension: by.extension },
          });
          break;
        }
        case "talk":
          hub.tell(one.talk.user, "talk", talkOf(one.talk, one.isOver));
          break;
      }
    }
  }

  async function wait(): Promise<void> {
    isWaiting = true;
    for (let at = screens.dueAt(); at !== undefined; at = screens.dueAt()) {
      await clock.sleep(Math.max(1, at - clock.now()), signal);
      if (signal.aborted) return;
      tell(screens.tick(clock.now()));
    }
    isWaiting = false;
  }

  return {
    stage(stage) {
      tell(screens.stage(stage, clock.now()));
      if (stage.stage === "call_ended") forget(stage.linkedId);
      if (!isWaiting) void wait();
    },
    lost(exchange) {
      tell(screens.forget(exchange));
      for (const call of [...facts.keys()]) if (exchangeIn(call) === exchange) forget(call);
    },
    now: (id) => [
      ...screens.rings(id).map((ring): Told => {
        if (!facts.has(ring.call)) setImmediate(() => void show(ring));
        return { name: "ringing", data: eventOf(ring) };
      }),
      ...screens.talks(id).map((talk): Told => ({ name: "talk", data: talkOf(talk, false) })),
    ],
    talk: (id, call) => screens.talks(id).find((talk) => talk.call === call),
  };
}
