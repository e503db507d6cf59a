// An office whose employees dial from Kommo: the whole daemon between a simulated exchange that plays
// recorded clicks, and a simulated account whose page makes one-time tokens.
import { mkdtemp, rm } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "./connected-daemon.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { DEFAULT_USER, type AmiUser } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
export const ANNA = 9_100_001;
export const BEN = 9_100_002;
export const CLARA = 9_100_003;
export const GONE = 9_100_004;
export const CLIENT = "79161234567";
export const API_KEY = "an-api-key-of-a-program";
const API_KEY_SHA256 = "988e200bad2ea90ba9aff60d827b5e6935971e6d8ae73c5dea59012e3cb259ff";

export type Said = {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** {} where it is no JSON. */
  readonly body: Readonly<Record<string, unknown>>;
};

export type Asking = {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** As it is, in place of `body`. */
  readonly raw?: string | Buffer;
};

export type OfficeEvent = {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
};

export type Stream = {
  readonly events: readonly OfficeEvent[];
  /** Resolves with the first event, now or later, that fits. */
  until(name: string, fits?: (data: OfficeEvent["data"]) => boolean): Promise<OfficeEvent["data"]>;
  readonly isOver: () => boolean;
  close(): void;
};

export type DiallingOffice = {
  readonly kommo: KommoSimulator;
  readonly pbx: PbxSimulator;
  readonly folder: string;
  readonly origin: string;
  daemon(): Daemon;
  url(): string;
  ask(path: string, asking?: Asking): Promise<Said>;
  /** As the widget does: origin, a one-time token, JSON. */
  click(user: number, body: unknown, more?: Readonly<Record<string, string>>): Promise<Said>;
  ticket(user: number): Promise<string>;
  listen(user: number): Promise<Stream>;
  play(recording: string, maxPauseMs?: number): Promise<void>;
  restart(): Promise<void>;
  close(): Promise<void>;
};

export type OfficeOptions = {
  /** Recorded clicks that Originate plays, in turn. */
  readonly clicks?: readonly string[];
  readonly config?: object;
  /** More keys of `kommo`. */
  readonly kommo?: object;
  /** Of the account, two letters. */
  readonly country?: string | null;
  readonly switches?: Partial<Switches>;
  readonly users?: readonly AmiUser[];
  readonly originate?: object;
};

const SECRET = "of-the-listener";

export async function openDiallingOffice(options: OfficeOptions = {}): Promise<DiallingOffice> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-dialling-"));
  const clickTraces = await Promise.all((options.clicks ?? ["click-answered"]).map(traceOf));
  const pbx = await startPbxSimulator({
    users: options.users ?? [{ ...DEFAULT_USER, secret: SECRET }],
    clickTraces,
    clickSpeed: 20,
  });
  const people = [ANNA, BEN, CLARA, GONE].map((id, at) => ({
    ...{ id, name: ["Anna", "Ben", "Clara", "Gone"][at] ?? "", isAdmin: at === 0 },
  }));
  const kommo = await startKommoSimulator({
    account: {
      users: people,
      ...(options.country === undefined ? {} : { country: options.country }),
    },
    ...(options.switches === undefined ? {} : { switches: options.switches }),
  });
  const gone = kommo.account.users.get(GONE);
  if (gone !== undefined) gone.isActive = false;
  const config = {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: {
      account_url: kommo.url,
      access_token: kommo.token,
      widget: {
        client_id: kommo.integration.client_id,
        client_secret: kommo.integration.client_secret,
        audience: "http://127.0.0.1",
      },
      ...options.kommo,
    },
    users: { "101": ANNA, "105": CLARA, "102": BEN, "103": GONE },
    store: { path: join(folder, "store.db") },
    customizations: { path: join(folder, "scripts") },
    http: { port: 0 },
    public_http: { port: 0 },
    fastagi: { port: 0 },
    originate: {
      api_keys: [{ name: "program", sha256: API_KEY_SHA256, users: [BEN, GONE] }],
      ...options.originate,
    },
    ...options.config,
  };
  let daemon = await startConnected(config);
  const origin = new URL(kommo.url).origin;
  const url = (): string => daemon.address("public_http") ?? "";

  const ask = (path: string, asking: Asking = {}): Promise<Said> => speak(url() + path, asking);
  async function ticket(user: number): Promise<string> {
    const headers = { origin, "x-auth-token": kommo.oneTimeToken(user) };
    const { body } = await ask("/v1/widget/session", { method: "POST", headers, body: {} });
    return String(body["ticket"]);
  }

  /** Until the account and its users were read. */
  const untilReady = (): Promise<void> =>
    until(async () => {
      const headers = { origin, "x-auth-token": kommo.oneTimeToken(ANNA) };
      const { body } = await ask("/v1/widget/settings", { headers });
      return (body["user"] as { is_admin?: boolean } | undefined)?.is_admin === true;
    });
  await untilReady();

  return {
    ...{ kommo, pbx, folder, origin, url, ask, ticket },
    daemon: () => daemon,
    click: (user, body, more = {}) =>
      ask("/v1/originate", {
        method: "POST",
        headers: { origin, "x-auth-token": kommo.oneTimeToken(user), ...more },
        body,
      }),
    listen: async (user) => openStream(url(), { origin, ticket: await ticket(user) }),
    async play(recording, maxPauseMs = 400) {
      await pbx.play(await traceOf(recording), { maxPauseMs }).finished;
    },
    async restart() {
      await daemon.stop();
      daemon = await startConnected(config);
      await untilReady();
    },
    async close() {
      await daemon.stop();
      await Promise.all([pbx.stop(), kommo.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function traceOf(name: string) {
  const trace = await readTrace(join(RECORDINGS, name));
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value;
}

/** Also what fetch would not send: any host, origin and bytes. */
export function speak(
  address: string,
  { method = "GET", headers = {}, body, raw }: Asking,
): Promise<Said> {
  const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const asked = httpRequest(address, {
      method,
      headers: {
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      agent: false,
    });
    asked.once("error", reject);
    asked.once("response", (answer: IncomingMessage) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("error", reject);
      answer.once("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text,
          body: json(text),
        });
      });
    });
    asked.end(payload);
  });
}

function json(text: string): Said["body"] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Said["body"]) : {};
  } catch {
    return {};
  }
}

/** What the page of a logged-in user is told. */
export async function openStream(
  url: string,
  { origin, ticket }: { origin: string; ticket: string },
): Promise<Stream> {
  const closing = new AbortController();
  const answer = await fetch(`${url}/v1/events`, {
    headers: { origin, authorization: `Bearer ${ticket}` },
    signal: closing.signal,
  });
  if (answer.status !== 200 || answer.body === null) throw new Error(`status ${answer.status}`);
  const events: OfficeEvent[] = [];
  let isOver = false;
  const read = async (): Promise<void> => {
    let text = "";
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString("utf8");
      const blocks = text.split("\n\n");
      text = blocks.pop() ?? "";
      for (const block of blocks) {
        const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
        if (name !== undefined && data !== undefined) events.push({ name, data: json(data) });
      }
    }
  };
  void read()
    .catch(() => undefined)
    .finally(() => (isOver = true));
  return {
    events,
    isOver: () => isOver,
    async until(name, fits = () => true) {
      for (;;) {
        const found = events.find((event) => event.name === name && fits(event.data));
        if (found !== undefined) return found.data;
        if (isOver) throw new Error(`no ${name}: ${JSON.stringify(events)}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    close: () => closing.abort(),
  };
}

/** A condition that never comes ends as Jest's own time-out. */
export async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 20));
}
