/**
 * The daemon's side of the widget's contract, played by hand: a test says what it answers and which
 * events it tells. For what the page shows; what the daemon does is tested with the real one.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type {
  ColleaguesAnswer,
  DialProgress,
  ExtensionsAnswer,
  Features,
  Refusal,
  RingingEvent,
  Telephone,
  WidgetEvents,
} from "../../src/http/widget-contract.ts";

export type Asked = {
  readonly path: string;
  readonly method: string;
  readonly token: string | undefined;
  readonly bearer: string | undefined;
  readonly key: string | undefined;
  readonly body: unknown;
};

export type PlayedExchange = {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Streams that are open now. */
  streams(): number;
  tell<Name extends keyof WidgetEvents>(name: Name, data: WidgetEvents[Name]): void;
  /** Every stream ends, and its tickets are good no more. */
  drop(options?: { readonly tickets: boolean }): void;
  /** Answers a path with a refusal until it is undefined. */
  refuse(path: string, refusal: Refusal | undefined, status?: number): void;
  answers: {
    extensions: ExtensionsAnswer;
    telephones: readonly Telephone[];
    features: Features;
    colleagues: ColleaguesAnswer["colleagues"];
  };
  stop(): Promise<void>;
};

const USER = { id: 9_100_002, name: "Anna" };

export async function startPlayedExchange(origin: string): Promise<PlayedExchange> {
  const asked: Asked[] = [];
  const refusals = new Map<string, { readonly refusal: Refusal; readonly status: number }>();
  const streams = new Set<ServerResponse>();
  let tickets = new Set<string>();
  const usedTokens = new Set<string>();
  const answers: PlayedExchange["answers"] = {
    extensions: { entries: [] },
    telephones: [{ extension: "101", state: "idle" }],
    features: { telephony: true, originate: true, call_panel: true, altegio: false },
    colleagues: COLLEAGUES,
  };

  const send = (response: ServerResponse, status: number, body: object): void => {
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  };
  const refuse = (response: ServerResponse, error: Refusal["error"], status: number): void =>
    send(response, status, { error, reason: error });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", headers } = request;
    const path = new URL(request.url ?? "/", "http://exchange").pathname;
    if (headers.origin !== origin) return refuse(response, "origin_refused", 403);
    response.setHeader("access-control-allow-origin", origin);
    response.setHeader(
      "access-control-allow-headers",
      "X-Auth-Token, Content-Type, Authorization, Idempotency-Key",
    );
    if (method === "OPTIONS") return void response.writeHead(204).end();
    const text = await bodyOf(request);
    const token = headers["x-auth-token"];
    const one: Asked = {
      ...{ path, method, body: text === "" ? undefined : (JSON.parse(text) as unknown) },
      token: typeof token === "string" ? token : undefined,
      bearer: headers.authorization?.replace("Bearer ", ""),
      key: headers["idempotency-key"]?.toString(),
    };
    asked.push(one);
    const refused = refusals.get(path);
    if (refused !== undefined) return send(response, refused.status, refused.refusal);
    if (path === "/v1/events" || path === "/v1/widget/colleagues") {
      if (!tickets.has(one.bearer ?? "")) return refuse(response, "ticket_refused", 401);
      return path === "/v1/events"
        ? openStream(response)
        : send(response, 200, { colleagues: answers.colleagues });
    }
    if (one.token === undefined || usedTokens.has(one.token))
      return refuse(response, "token_refused", 401);
    usedTokens.add(one.token);
    const body = answerTo(path, one.body);
    return body === undefined ? refuse(response, "not_found", 404) : send(response, 200, body);
  }

  function answerTo(path: string, body: unknown): object | undefined {
    const { features, telephones } = answers;
    const user = { ...USER, is_admin: true };
    switch (path) {
      case "/v1/widget/session": {
        const ticket = `ticket-${tickets.size + 1}-${asked.length}`.padEnd(43, "x");
        tickets.add(ticket);
        return { ticket, expires_at: now() + 43_200, user, telephones, features };
      }
      case "/v1/originate": {
        const { phone } = body as { readonly phone: string };
        return {
          id: `dial-${asked.length}`,
          extension: "101",
          phone: phone.replace(/[^\d+]/g, ""),
        };
      }
      case "/v1/widget/call":
        return { done: true };
      case "/v1/widget/settings":
        return {
          ...{ version: "0.1.0", account_id: 1, user, telephones, features },
          exchange: "connected",
        };
      case "/v1/widget/extensions":
        return answers.extensions;
      default:
        return undefined;
    }
  }

  function openStream(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    streams.add(response);
    response.on("close", () => streams.delete(response));
    const { features, telephones } = answers;
    write(response, "hello", { ticket_expires_at: now() + 43_200, features, telephones });
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) =>
      response.writeHead(500).end(String(thrown)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    answers,
    streams: () => streams.size,
    tell(name, data) {
      for (const stream of streams) write(stream, name, data);
    },
    drop(options) {
      if (options?.tickets === true) tickets = new Set();
      for (const stream of streams) stream.end();
    },
    refuse(path, refusal, status = 403) {
      if (refusal === undefined) refusals.delete(path);
      else refusals.set(path, { refusal, status });
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const now = (): number => Math.floor(Date.now() / 1_000);

export const ringing = (changes: Partial<RingingEvent> = {}): RingingEvent => ({
  ...{ call: "pbx-1.0", extension: "101", phone: "+351912000111", did: "74951000101" },
  ...{ queue: "sales", at: now() },
  client: {
    card: { type: "contacts", id: 610_033 },
    name: "Ana Costa",
    responsible: { id: 9_100_002, name: "Anna" },
  },
  leads: [
    { id: 500_210, name: "Kitchen for Ana", responsible: { id: 9_100_002, name: "Anna" } },
    { id: 500_215, name: "Delivery in June", responsible: null },
  ],
  tasks: [
    {
      ...{ id: 1, text: "Call back about the offer", due_at: now() - 90_000 },
      ...{ card: { type: "leads", id: 500_210 }, responsible: null },
    },
    {
      ...{ id: 2, text: "Send the drawing", due_at: now() + 7_200 },
      ...{ card: { type: "leads", id: 500_210 }, responsible: null },
    },
  ],
  others: [{ user: { id: 9_100_003, name: "Vera" }, extension: "103" }],
  ...changes,
});

export const progress = (changes: Partial<DialProgress>): DialProgress => ({
  ...{ id: "dial-1", state: "requested", is_final: false, phone: "+351912000111" },
  ...{ extension: "101", card: null, reason: null, call: null, at: now(), talk_seconds: null },
  ...changes,
});

const COLLEAGUES: ColleaguesAnswer["colleagues"] = [
  { user: { id: 9_100_003, name: "Vera" }, extension: "103", state: "idle" },
  { user: { id: 9_100_004, name: "Boris" }, extension: "104", state: "in_use" },
  { user: null, extension: "105", state: "not_connected" },
];

const write = (stream: ServerResponse, name: string, data: object): void =>
  void stream.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
