// What a scenario is, and how scenarios are played: one in each office at a time, those that
// restart the exchange alone at the end.
import type { CallResult, ConversationResult, Direction } from "../../src/calls/finished-call.ts";
import { extensionOf, OFFICES, SEATS_WITH_TELEPHONE } from "./exchange.ts";
import type { Office, Seat } from "./exchange.ts";
import type { Lab } from "./lab.ts";
import type { CallLeg } from "./sip/call-leg.ts";
import type { Phone } from "./sip/phone.ts";
import { tellTruth } from "./truth.ts";
import type { CallTruth } from "./truth.ts";

/** The lines that a client may dial: context [line] of config/extensions.conf. */
export const LINES = {
  one: "01",
  group: "02",
  queue: "03",
  "local queue": "04",
  "one, then another": "05",
  greeting: "06",
  voicemail: "07",
  recorded: "08",
  "local group": "09",
  menu: "10",
  "unregistered, then another": "11",
  conference: "12",
  "desk and mobile": "13",
} as const;
export type Line = keyof typeof LINES;

/**
 * "consultation": a colleague was only asked, and never spoke with the client. "conference": others
 * spoke at the same time, so the client knew the voice for a part of the talk only.
 */
export type ExpectedConversation = readonly [
  Seat,
  ConversationResult,
  ("consultation" | "conference")?,
];

/** What a client's call must come to. Employees are named by their seat: 1 … 6. */
export type ExpectedCall = {
  /** Which of the scene's clients, in order of appearance; 0 if there is one. */
  readonly client?: number;
  readonly direction: Direction;
  readonly line?: Line;
  readonly result: CallResult;
  /** The last employee whom the client heard. */
  readonly answeredBy?: Seat;
  readonly conversations: readonly ExpectedConversation[];
  /** How many recordings with sound belong to it, voice messages included. */
  readonly recordings?: number;
  /** The exchange was killed in its midst: the end of it is known only to the length of the gap. */
  readonly isEndUnseen?: true;
};

export type Scenario = {
  /** Short and unique: the name of the test and of a saved trace. */
  readonly name: string;
  readonly calls: readonly ExpectedCall[];
  /** Disturbs everybody: played when nothing else is. */
  readonly isAlone?: true;
  play(scene: Scene): Promise<void>;
};

export type Played = {
  readonly scenario: Scenario;
  readonly office: Office;
  readonly truth: readonly CallTruth[];
  /** Why the scenario did not go as it should have, by what the telephones say: a fault of the lab. */
  readonly mishap: string | undefined;
  readonly from: number;
  readonly to: number;
};

/** The hands of a scenario: an office, its telephones, clients. Its functions may be taken apart. */
export type Scene = {
  /** The first client. */
  readonly client: Phone;
  readonly clients: readonly Phone[];
  readonly newClient: () => Phone;
  readonly telephone: (seat: Seat) => Phone;
  readonly extension: (seat: Seat) => string;
  /** The number that a client dials. */
  readonly line: (name: Line) => string;
  /** 0: the extension that parks; 1 …: a place of this office's parking lot. */
  readonly parking: (place: number) => string;
  /** The room of this office's conferences, as an employee dials it. */
  readonly room: string;
  /** Another AMI client does something with the channel of the (first) client. */
  readonly operate: (action: string, fields: Readonly<Record<string, string>>) => Promise<void>;
  /** Click-to-call for an employee; resolves when the exchange has taken the order. */
  readonly click: (seat: Seat, number: string) => Promise<void>;
  readonly restart: (how: "now" | "kill") => Promise<void>;
  /** How long the exchange was away, all restarts together. */
  readonly awayMs: () => number;
  /** Resolves when every call of this scene is over. */
  readonly untilQuiet: () => Promise<void>;
  readonly pause: (ms: number) => Promise<void>;
};

export function openScene(lab: Lab, office: Office): Scene {
  const client = lab.client();
  const clients = [client];
  const extension = (seat: Seat): string => extensionOf(office, seat);
  const telephone = (seat: Seat): Phone => lab.telephone(office, seat);
  let awayMs = 0;
  const legs = (): CallLeg[] =>
    [...SEATS_WITH_TELEPHONE.map(telephone), ...clients].flatMap((phone: Phone) => phone.legs);

  return {
    client,
    clients,
    newClient: () => {
      const another = lab.client();
      clients.push(another);
      return another;
    },
    telephone,
    extension,
    line: (name) => `7495100${office}0${LINES[name]}`,
    parking: (place) => `7${office}${place}`,
    room: `3${office}0`,
    operate: async (action, fields) => {
      const Channel = await lab.channelOf(client.number);
      const answer = await lab.operate(action, { Channel, ...fields });
      if (!answer.includes("Response: Success")) throw new Error(`${action}: ${answer}`);
    },
    click: async (seat, number) => await lab.originate(extension(seat), number),
    restart: async (how) => {
      if (how === "kill") for (const leg of legs()) leg.drop(); // a dead exchange sends no BYE
      const from = Date.now();
      await lab.restartAsterisk(how);
      awayMs += Date.now() - from;
    },
    awayMs: () => awayMs,
    untilQuiet: async () => {
      await Promise.all(legs().map((leg) => leg.whenOver()));
    },
    pause: async (ms) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
    },
  };
}

const SETTLE_MS = 500; // after the last BYE: Asterisk closes recordings and tells the last events

/** Plays all scenarios. Never rejects for a scenario that fails: see `mishap`. */
export async function playAll(lab: Lab, scenarios: readonly Scenario[]): Promise<Played[]> {
  const together = scenarios.filter((scenario) => !scenario.isAlone);
  const played: Played[] = [];
  await Promise.all(
    OFFICES.map(async (office) => {
      for (let next = together.shift(); next; next = together.shift())
        played.push(await playOne(lab, next, office));
    }),
  );
  for (const scenario of scenarios.filter(({ isAlone }) => isAlone))
    played.push(await playOne(lab, scenario, 0));
  return played;
}

/** Plays one scenario and tells the truth about it. */
export async function playOne(lab: Lab, scenario: Scenario, office: Office): Promise<Played> {
  const scene = openScene(lab, office);
  const telephones = SEATS_WITH_TELEPHONE.map((seat) => scene.telephone(seat));
  for (const telephone of telephones) await telephone.forget();
  const from = Date.now();
  let mishap: string | undefined;

  try {
    await scenario.play(scene);
    await scene.untilQuiet();
    await scene.pause(SETTLE_MS);
  } catch (failure) {
    mishap = failure instanceof Error ? failure.message : String(failure);
  }
  const told = tellTruth({ scenario, scene, lab });
  mishap ??= told.problems[0];
  for (const phone of [...telephones, ...scene.clients]) await phone.forget();
  return { scenario, office, truth: told.calls, mishap, from, to: Date.now() };
}
