// What really happened in a scene, told by the telephones alone: who rang, and from when to when a
// client heard whose voice. A scenario says in words what it is; here it is held against the sound.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { CallResult, ConversationResult, Direction } from "../../src/calls/finished-call.ts";
import { SEATS_WITH_TELEPHONE } from "./exchange.ts";
import type { Seat } from "./exchange.ts";
import type { Lab } from "./lab.ts";
import type { ExpectedCall, Scenario, Scene } from "./scenario.ts";
import type { CallLeg } from "./sip/call-leg.ts";
import type { Phone } from "./sip/phone.ts";
import type { Heard } from "./sip/voice.ts";

export type ConversationTruth = {
  readonly extension: string;
  readonly result: ConversationResult;
  /** false: only asked by a colleague; the product may tell of it or leave it out. */
  readonly withClient: boolean;
  /** When the telephone rang, or dialled; undefined: it has no telephone. Unix milliseconds. */
  readonly requestedAt: number | undefined;
  readonly hasRung: boolean;
  /** Least: the seconds in which the client heard the employee. Most: holds and what follows included. */
  readonly talkSeconds: { readonly least: number; readonly most: number };
};

export type CallTruth = {
  readonly direction: Direction;
  readonly clientPhone: string;
  readonly did: string | undefined;
  readonly result: CallResult;
  readonly answeredBy: string | undefined;
  readonly conversations: readonly ConversationTruth[];
  /** false: nobody could see its end; the product must say so. */
  readonly isEndKnown: boolean;
  /** Names of the files with sound in them that MixMonitor and VoiceMail wrote. */
  readonly recordings: readonly string[];
};

const HEARD_MS = 300; // less is a click in the line

/** @returns also what does not fit between the scenario's words and what the telephones know */
export function tellTruth(played: {
  scenario: Scenario;
  scene: Scene;
  lab: Pick<Lab, "recordings" | "voiceMessages">;
}): { calls: CallTruth[]; problems: string[] } {
  const { scenario, scene } = played;
  const problems: string[] = [];
  const calls = scenario.calls.map((expected): CallTruth => {
    const client = scene.clients[expected.client ?? 0];
    if (!client) throw new Error(`${scenario.name}: there was no such client`);
    const unseenMs = expected.isEndUnseen ? scene.awayMs() : 0;
    const parts = new Parts(scene, { client, unseenMs });
    const conversations = expected.conversations.map(([seat, result, kind]) => {
      const told = parts.next(seat, { result, isConference: kind === "conference" });
      if (told) return { ...told, withClient: kind !== "consultation" };
      problems.push(`no call of ${scene.extension(seat)} can be the one that is "${result}"`);
      return untold(scene.extension(seat), result);
    });
    problems.push(...parts.left());
    const recordings = [
      ...soundFiles(played.lab.recordings, client.number),
      ...voiceMessages(played.lab.voiceMessages, client.number),
    ];
    if (recordings.length !== (expected.recordings ?? 0))
      problems.push(`Asterisk recorded ${recordings.length} files: ${recordings.join(", ")}`);
    return {
      direction: expected.direction,
      clientPhone: client.number,
      did: expected.line && scene.line(expected.line),
      result: expected.result,
      answeredBy: expected.answeredBy && scene.extension(expected.answeredBy),
      conversations,
      isEndKnown: !expected.isEndUnseen,
      recordings,
    };
  });
  problems.push(...scenario.calls.flatMap((expected) => heardLastAsTold(expected, scene)));
  return { calls, problems };
}

const untold = (extension: string, result: ConversationResult): ConversationTruth => ({
  extension,
  result,
  withClient: true,
  requestedAt: undefined,
  hasRung: false,
  talkSeconds: { least: 0, most: 0 },
});

/** Finds for each conversation of a client's call the telephone call that it was, in order. */
class Parts {
  readonly #scene: Scene;
  readonly #client: Phone;
  readonly #unseenMs: number;
  readonly #used = new Set<CallLeg>();

  constructor(scene: Scene, of: { client: Phone; unseenMs: number }) {
    this.#scene = scene;
    this.#client = of.client;
    this.#unseenMs = of.unseenMs;
  }

  next(
    seat: Seat,
    { result, isConference }: { result: ConversationResult; isConference: boolean },
  ): ConversationTruth | undefined {
    if (!hasTelephone(seat)) return untold(this.#scene.extension(seat), result);
    const telephone = this.#scene.telephone(seat);
    const isTalk = result === "answered";
    const leg = telephone.legs.find(
      (one) => !this.#used.has(one) && this.#spans(one, telephone).length > 0 === isTalk,
    );
    if (!leg) return undefined;
    this.#used.add(leg);
    const { story } = leg;
    const spans = this.#spans(leg, telephone);
    const least = spans.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
    const begin = isConference ? story.answeredAt : spans[0]?.from;
    const most =
      begin === undefined ? 0 : ((story.endedAt ?? begin) - begin + this.#unseenMs) / 1000;
    return {
      extension: telephone.number,
      result,
      withClient: true,
      requestedAt: story.ringAt ?? story.begunAt,
      hasRung: story.ringAt !== undefined,
      talkSeconds: { least, most: Math.max(least, most) },
    };
  }

  /** Talks with this client that the scenario does not mention. */
  left(): string[] {
    return SEATS_WITH_TELEPHONE.flatMap((seat) => {
      const telephone = this.#scene.telephone(seat);
      return telephone.legs
        .filter((leg) => !this.#used.has(leg) && this.#spans(leg, telephone).length > 0)
        .map(() => `${telephone.number} talked with the client, and the scenario does not say so`);
    });
  }

  /** When the client heard this telephone during this one of its calls. */
  #spans(leg: CallLeg, telephone: Phone): Heard[] {
    // A call refused in the very moment in which another one is answered was never heard.
    const { begunAt, answeredAt, endedAt = Date.now() } = leg.story;
    if (answeredAt === undefined) return [];
    return heardBy(this.#client).filter(
      ({ voice, from }) => voice === telephone.voice && from >= begunAt && from <= endedAt,
    );
  }
}

const hasTelephone = (seat: Seat): boolean => SEATS_WITH_TELEPHONE.includes(seat);

const heardBy = (client: Phone): Heard[] =>
  client.legs
    .flatMap((leg) => leg.story.heard)
    .filter(({ from, to }) => to - from >= HEARD_MS)
    .sort((a, b) => a.from - b.from);

function heardLastAsTold(expected: ExpectedCall, scene: Scene): string[] {
  const client = scene.clients[expected.client ?? 0];
  const telephones = SEATS_WITH_TELEPHONE.map((seat) => scene.telephone(seat));
  const names = new Map(telephones.map(({ voice, number }) => [voice, number]));
  const last = client && heardBy(client).findLast(({ voice }) => names.has(voice));
  const really = last && names.get(last.voice);
  const told = expected.answeredBy && scene.extension(expected.answeredBy);
  if (really === told) return [];
  return [`the client last heard ${really ?? "nobody"}, not ${told ?? "nobody"}`];
}

const WAV_HEADER_BYTES = 44;

function soundFiles(folder: string, number: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes(number.slice(1)))
    .filter((name) => statSync(join(folder, name)).size > WAV_HEADER_BYTES);
}

/** Messages of this caller, as VoiceMail names them: "101/INBOX/msg0000", without what it ends in. */
function voiceMessages(folder: string, number: string): string[] {
  const notes = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((n) => n.endsWith(".txt"))
    : [];
  return notes
    .filter((name) => readFileSync(join(folder, name), "utf8").includes(number))
    .map((name) => name.slice(0, -".txt".length))
    .filter((name) => existsSync(join(folder, `${name}.wav`)));
}
