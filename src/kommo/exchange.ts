/**
 * One HTTP request and its whole answer, or how it failed: above all whether anything was sent. The
 * only file that knows axios. Proxies of the environment are not used and redirects not followed:
 * both would show the token to a host that nobody configured.
 */
import http from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";
import axios from "axios";
import { codeOf, toError } from "../lib/failure.ts";
import type { HttpAnswer } from "./answer.ts";

export type ExchangeLimits = {
  /** Name look-up, TCP and TLS together. */
  readonly connectMs: number;
  /** From the start of the request to the last byte of the answer. */
  readonly totalMs: number;
  /** Of the answer, unpacked. */
  readonly answerBytes: number;
};

/** @source kommo-api, section 1 (5 s to connect); faults F41 and F42 */
export const EXCHANGE_LIMITS: ExchangeLimits = {
  connectMs: 5_000,
  totalMs: 30_000,
  answerBytes: 5 * 1024 * 1024,
};

export type HttpRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly signal: AbortSignal;
  /** Called when the whole request was handed to the network, which Kommo counts it from. */
  readonly onSent: () => void;
};

export type Exchange =
  | { readonly kind: "answered"; readonly answer: HttpAnswer }
  /** No connection was there yet, so Kommo cannot have seen the request. */
  | { readonly kind: "nothing-sent"; readonly code: string; readonly message: string }
  | {
      readonly kind: "lost";
      readonly reason: string;
      /** A kept connection that Kommo had closed meanwhile looks like this (fault F48). */
      readonly wasStale: boolean;
    };

export type Exchanger = {
  exchange(request: HttpRequest): Promise<Exchange>;
  /** Closes the kept connections. */
  close(): void;
};

/** A kept connection that lay idle for longer is more likely to be closed by the other side. */
const IDLE_MS = 15_000;

/** @param origin only its beginning counts: "https:" or "http:" */
export function createExchanger(origin: string, limits = EXCHANGE_LIMITS): Exchanger {
  const isTls = origin.startsWith("https:");
  const ready = new WeakSet<Duplex>();
  const agent = newAgent(isTls);
  const connect = agent.createConnection.bind(agent);
  agent.createConnection = (options, callback) => {
    const socket = connect(options, callback);
    if (socket) watchConnecting(socket);
    return socket;
  };

  function watchConnecting(socket: Duplex): void {
    const timer = setTimeout(() => {
      const tooSlow = new Error(`no connection within ${String(limits.connectMs)} ms`);
      socket.destroy(Object.assign(tooSlow, { code: "ETIMEDOUT" }));
    }, limits.connectMs);
    socket.once(isTls ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      ready.add(socket);
    });
    socket.once("close", () => clearTimeout(timer));
  }

  return {
    exchange: async (request) => {
      const ending = new AbortController();
      const end = (): void => ending.abort();
      const deadline = setTimeout(end, limits.totalMs);
      request.signal.addEventListener("abort", end, { once: true });
      if (request.signal.aborted) end();
      let sent: http.ClientRequest | undefined;
      const transport = {
        request: (
          options: https.RequestOptions,
          callback: (answer: http.IncomingMessage) => void,
        ) =>
          (sent = (isTls ? https : http).request(options, callback).once("finish", request.onSent)),
      };
      try {
        const answer = await axios.request<Uint8Array>({
          adapter: "http",
          transport,
          method: request.method,
          url: request.url,
          headers: request.headers,
          data: request.body,
          httpAgent: agent,
          httpsAgent: agent,
          proxy: false,
          maxRedirects: 0,
          maxContentLength: limits.answerBytes,
          responseType: "arraybuffer",
          transformRequest: [(body: unknown) => body],
          transformResponse: [(body: unknown) => body],
          validateStatus: () => true,
          signal: ending.signal,
        });
        const headers = flatHeaders(answer.headers);
        return { kind: "answered", answer: { status: answer.status, headers, body: answer.data } };
      } catch (thrown) {
        const error = toError(thrown);
        const code = codeOf(error) ?? error.name;
        if (!sent?.socket || !ready.has(sent.socket))
          return { kind: "nothing-sent", code, message: error.message };
        return {
          kind: "lost",
          reason: whyLost(error, code, request.signal),
          wasStale: sent.reusedSocket && (code === "ECONNRESET" || code === "EPIPE"),
        };
      } finally {
        clearTimeout(deadline);
        request.signal.removeEventListener("abort", end);
      }
    },
    close: () => agent.destroy(),
  };
}

function newAgent(isTls: boolean): http.Agent {
  const options = { keepAlive: true, timeout: IDLE_MS, maxFreeSockets: 8 };
  return isTls ? new https.Agent({ ...options, minVersion: "TLSv1.2" }) : new http.Agent(options);
}

function whyLost(error: Error, code: string, signal: AbortSignal): string {
  if (signal.aborted) return "given up while Kommo had not answered";
  return axios.isCancel(error)
    ? "no whole answer within the time limit"
    : `${code} ${error.message}`;
}

const flatHeaders = (headers: object): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      value === undefined || value === null ? undefined : String(value),
    ]),
  );
