/** A bare client for the tests of the simulator: one simulated account, and requests as JSON. */
import type { KommoSimulator, KommoSimulatorOptions } from "../../../src/simulator/kommo/server.ts";
import { startKommoSimulator } from "../../../src/simulator/kommo/server.ts";

type Json = Record<string, unknown>;
export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON; an empty object where it is none. */
  readonly body: Json;
};
export type Talk = {
  readonly simulator: KommoSimulator;
  readonly ask: (
    method: string,
    path: string,
    more?: { body?: unknown; headers?: Record<string, string>; token?: string | null },
  ) => Promise<Reply>;
  readonly get: (path: string) => Promise<Reply>;
  readonly post: (path: string, body: unknown) => Promise<Reply>;
  readonly patch: (path: string, body: unknown) => Promise<Reply>;
};

/** Runs `act` with a simulator that has no rate limit unless `options` give one. */
export async function withSimulator(
  act: (talk: Talk) => Promise<void>,
  options: KommoSimulatorOptions = {},
): Promise<void> {
  const simulator = await startKommoSimulator({
    ...options,
    switches: { requestsPerSecond: 0, ...options.switches },
  });
  const ask: Talk["ask"] = async (method, path, { body, headers, token } = {}) => {
    const bearer = token === null ? {} : { Authorization: `Bearer ${token ?? simulator.token}` };
    const response = await fetch(simulator.url + path, {
      method,
      redirect: "manual",
      headers: { ...bearer, ...headers },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  try {
    await act({
      simulator,
      ask,
      get: (path) => ask("GET", path),
      post: (path, body) => ask("POST", path, { body }),
      patch: (path, body) => ask("PATCH", path, { body }),
    });
  } finally {
    await simulator.close();
  }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return {};
  }
}

/** The elements of a HAL answer. */
export const embedded = (reply: Reply, name: string): Json[] =>
  (reply.body["_embedded"] as Record<string, Json[]> | undefined)?.[name] ?? [];

/** `code` and `path` of each violation of the first refused element. */
export const violations = (reply: Reply): string[] => {
  const refused = reply.body["validation-errors"] as
    { errors: { code: string; path: string }[] }[] | undefined;
  return (refused?.[0]?.errors ?? []).map(({ code, path }) => `${code} ${path}`);
};

/** A call as POST /calls wants it. */
export const callOf = (phone: string, more: object = {}): Json => ({
  direction: "inbound",
  phone,
  duration: 12,
  source: "Asterisk",
  uniq: "1732153.17",
  ...more,
});
