/** An HTTP server on loopback that answers each request as a test says, and keeps what was asked. */
import http from "node:http";
import type { AddressInfo } from "node:net";
import { createKommoClient, type KommoClient, type KommoLog } from "../../src/kommo/client.ts";
import { parseAccountUrl, type AccountUrl } from "../../src/kommo/account-url.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { ExchangeLimits } from "../../src/kommo/exchange.ts";
import { systemClock, type Clock } from "../../src/lib/clock.ts";

export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown;
};

export type Script = (asked: Asked, response: http.ServerResponse, turn: number) => void;

export type ScriptedServer = {
  readonly url: AccountUrl;
  readonly asked: Asked[];
  close(): Promise<void>;
};

export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const asked: Asked[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://127.0.0.1");
      const text = Buffer.concat(chunks).toString();
      const one = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
      };
      asked.push(one);
      script(one, response, asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: accountUrl(`http://127.0.0.1:${String(port)}`),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function accountUrl(text: string): AccountUrl {
  const parsed = parseAccountUrl(text);
  if (!parsed.ok) throw new Error(parsed.failure.hint);
  return parsed.value;
}

/** Answers with JSON as Kommo does. */
export function reply(response: http.ServerResponse, status: number, body?: unknown): void {
  response.statusCode = status;
  response.setHeader(
    "Content-Type",
    status < 400 ? "application/hal+json" : "application/problem+json",
  );
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

export const TOKEN = "secret-token-of-the-account";

export type TestClient = KommoClient & { readonly logged: string[] };

/** A client whose limiter lets a test run fast. */
export function clientFor(
  url: AccountUrl,
  { limits, clock = systemClock }: { limits?: ExchangeLimits; clock?: Clock } = {},
): TestClient {
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const logged: string[] = [];
  const log: KommoLog = {
    debug: (fields, message) => logged.push(JSON.stringify({ fields, message })),
    warn: (fields, message) => logged.push(JSON.stringify({ fields, message })),
  };
  const client = createKommoClient({
    accountUrl: url,
    accessToken: () => TOKEN,
    limiter,
    clock,
    log,
    userAgent: "asterisk-kommo/test",
    ...(limits === undefined ? {} : { limits }),
  });
  return {
    request: (request) => client.request(request),
    close: () => {
      client.close();
      limiter.close();
    },
    logged,
  };
}

export const never = new AbortController().signal;
