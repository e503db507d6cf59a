/**
 * What employees see of calls on their screens while those go on: who rings, who answered, who talks.
 * Pure: stages of calls come in, what is to be told to whom comes out, time is an input.
 *
 * The telephones that others stop ringing are told before the one that answered, so an end of ringing
 * waits a moment for its reason.
 */
import type { LinkedId } from "../ami/ids.ts";
import type { LiveStage } from "../calls/fact.ts";
import { exchangeIn } from "../lib/exchange-names.ts";
import { clientNumber, WITHHELD } from "./call-fields.ts";
import { userAt } from "./employees.ts";
import { callSoFar, popupFor } from "./popups.ts";
import type { RegistrationSettings } from "./settings.ts";

export type Ring = {
  readonly call: LinkedId;
  readonly user: number;
  readonly extension: string;
  /** undefined: withheld. */
  readonly phone: string | undefined;
  readonly did: string | undefined;
  readonly queue: string | undefined;
  readonly at: number;
  /** Whose telephones ring too. */
  readonly others: readonly { readonly user: number | undefined; readonly extension: string }[];
};

export type TalkNow = {
  readonly call: LinkedId;
  readonly user: number;
  readonly extension: string;
  readonly direction: LiveStage["direction"];
  readonly phone: string | undefined;
  readonly at: number;
  /** The employee's channel, for hanging up and passing on. */
  readonly channel: string | undefined;
};

export type ScreenNews =
  | { readonly kind: "ringing"; readonly ring: Ring }
  | {
      readonly kind: "closed";
      readonly user: number;
      readonly call: LinkedId;
      readonly because: "answered_by_you" | "answered_by_other" | "client_gave_up" | "not_answered";
      readonly by: { readonly user: number | undefined; readonly extension: string } | undefined;
    }
  | { readonly kind: "talk"; readonly isOver: boolean; readonly talk: TalkNow };

export type Screens = {
  stage(stage: LiveStage, now: number): readonly ScreenNews[];
  /** When `tick` is to be asked next; undefined: nothing waits. */
  dueAt(): number | undefined;
  tick(now: number): readonly ScreenNews[];
  /** What a user has to see at this moment. */
  rings(user: number): readonly Ring[];
  talks(user: number): readonly TalkNow[];
  /** The exchange is out of sight: nothing is known to go on. */
  forget(exchange: string | undefined): readonly ScreenNews[];
};

/** Longer than Asterisk takes from the first telephone's end to the winner's answer. */
export const WHY_WAIT_MS = 500;
const MOST_CALLS = 5_000;

type Shown = {
  readonly user: number | undefined;
  readonly extension: string;
  readonly at: number;
  /** Rings no more, and it is not known yet why. */
  readonly stoppedAt: number | undefined;
};

type LiveCall = {
  readonly call: LinkedId;
  phone: string | undefined;
  readonly stage: LiveStage;
  readonly ringing: Map<string, Shown>;
  readonly talking: Map<string, TalkNow>;
};

export function createScreens(settings: RegistrationSettings): Screens {
  const calls = new Map<LinkedId, LiveCall>();

  function callOf(stage: LiveStage): LiveCall {
    const known = calls.get(stage.linkedId);
    if (known !== undefined) return known;
    const made: LiveCall = {
      call: stage.linkedId,
      phone: undefined,
      stage,
      ringing: new Map(),
      talking: new Map(),
    };
    calls.set(stage.linkedId, made);
    const [oldest] = calls.keys();
    if (calls.size > MOST_CALLS && oldest !== undefined) calls.delete(oldest);
    return made;
  }

  const phoneOf = (stage: LiveStage, extension: string): string | undefined => {
    if (stage.direction === "internal" || stage.clientPhone === undefined) return undefined;
    const { number } = clientNumber(callSoFar(stage, extension as never), settings);
    return number === WITHHELD || number === "" ? undefined : number;
  };

  const userOf = (extension: string): number | undefined => {
    const { user, isUnknown } = userAt(extension, settings);
    return isUnknown ? undefined : user;
  };

  const ringOf = (live: LiveCall, shown: Shown, user: number): Ring => ({
    call: live.call,
    user,
    extension: shown.extension,
    phone: live.phone,
    did: live.stage.did,
    queue: live.stage.queue,
    at: shown.at,
    others: [...live.ringing.values()]
      .filter((other) => other.extension !== shown.extension && other.stoppedAt === undefined)
      .map((other) => ({ user: other.user, extension: other.extension })),
  });

  /** All who still ring, anew: who else rings has changed. */
  const ringsOf = (live: LiveCall): Ring[] =>
    [...live.ringing.values()].flatMap((shown) =>
      shown.user === undefined || shown.stoppedAt !== undefined
        ? []
        : [ringOf(live, shown, shown.user)],
    );

  function close(
    live: LiveCall,
    shown: Shown,
    { because, by }: Pick<Extract<ScreenNews, { kind: "closed" }>, "because" | "by">,
  ): ScreenNews[] {
    live.ringing.delete(shown.extension);
    if (shown.user === undefined) return [];
    // Two telephones of one user: the other one still rings.
    const isElsewhere = [...live.ringing.values()].some((other) => other.user === shown.user);
    return isElsewhere ? [] : [{ kind: "closed", user: shown.user, call: live.call, because, by }];
  }

  function rang(stage: LiveStage, extension: string): ScreenNews[] {
    if (stage.direction !== "inbound" || !isShown(stage)) return [];
    const live = callOf(stage);
    live.phone = phoneOf(stage, extension);
    const user = userOf(extension);
    live.ringing.set(extension, { user, extension, at: stage.at, stoppedAt: undefined });
    return ringsOf(live).map((ring) => ({ kind: "ringing", ring }));
  }

  const isShown = (stage: LiveStage): boolean =>
    stage.clientPhone === undefined || popupFor(stage, settings) !== undefined;

  function accepted(stage: LiveStage, extension: string): ScreenNews[] {
    const live = callOf(stage);
    const user = userOf(extension);
    const by = { user, extension };
    const news: ScreenNews[] = [];
    for (const shown of [...live.ringing.values()]) {
      const isYou = user !== undefined && shown.user === user;
      const because = isYou ? "answered_by_you" : "answered_by_other";
      news.push(...close(live, shown, { because, by: isYou ? undefined : by }));
    }
    if (user === undefined) return news;
    const talk: TalkNow = {
      ...{ call: live.call, user, extension, direction: stage.direction, at: stage.at },
      phone: live.phone ?? phoneOf(stage, extension),
      channel: stage.channelName,
    };
    live.talking.set(extension, talk);
    return [...news, { kind: "talk", isOver: false, talk }];
  }

  function stopped(live: LiveCall, extension: string, at: number): ScreenNews[] {
    const talk = live.talking.get(extension);
    if (talk !== undefined) {
      live.talking.delete(extension);
      return [{ kind: "talk", isOver: true, talk: { ...talk, at } }];
    }
    const shown = live.ringing.get(extension);
    if (shown !== undefined) live.ringing.set(extension, { ...shown, stoppedAt: at });
    return [];
  }

  function over(live: LiveCall, at: number): ScreenNews[] {
    calls.delete(live.call);
    return [
      ...[...live.ringing.values()].flatMap((shown) =>
        close(live, shown, { because: "client_gave_up", by: undefined }),
      ),
      ...[...live.talking.values()].map((talk): ScreenNews => ({
        kind: "talk",
        isOver: true,
        talk: { ...talk, at },
      })),
    ];
  }

  const waiting = (): { live: LiveCall; shown: Shown; until: number }[] =>
    [...calls.values()].flatMap((live) =>
      [...live.ringing.values()].flatMap((shown) =>
        shown.stoppedAt === undefined
          ? []
          : [{ live, shown, until: shown.stoppedAt + WHY_WAIT_MS }],
      ),
    );

  return {
    stage(stage, now) {
      const { extension } = stage;
      if (stage.stage === "conversation_requested" && extension !== undefined)
        return rang(stage, extension);
      if (stage.stage === "conversation_accepted" && extension !== undefined)
        return accepted(stage, extension);
      const live = calls.get(stage.linkedId);
      if (live === undefined) return [];
      if (stage.stage === "call_ended") return over(live, stage.at);
      return extension === undefined ? [] : stopped(live, extension, now);
    },
    dueAt: () =>
      waiting().reduce<number | undefined>(
        (least, { until }) => Math.min(least ?? until, until),
        undefined,
      ),
    tick: (now) =>
      waiting()
        .filter(({ until }) => until <= now)
        .flatMap(({ live, shown }) => [
          ...close(live, shown, { because: "not_answered", by: undefined }),
          ...ringsOf(live).map((ring): ScreenNews => ({ kind: "ringing", ring })),
        ]),
    rings: (user) =>
      [...calls.values()].flatMap((live) => ringsOf(live).filter((ring) => ring.user === user)),
    talks: (user) =>
      [...calls.values()].flatMap((live) =>
        [...live.talking.values()].filter((talk) => talk.user === user),
      ),
    forget: (exchange) =>
      [...calls.values()]
        .filter(({ call }) => exchangeIn(call) === exchange)
        .flatMap((live) => over(live, live.stage.at)),
  };
}
