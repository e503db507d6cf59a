/** Kommo as the outbox sees it, before a server that answers as a test says. */
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { asObjects, asText, type JsonObject } from "../../src/kommo/json.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { epochMs, type Clock } from "../../src/lib/clock.ts";
import type { BatchAnswer, FarSide } from "../../src/outbox/delivery.ts";
import {
  clientFor,
  never,
  startScriptedServer,
  type Script,
  type ScriptedServer,
} from "./scripted-server.ts";

export type FarSideAtServer = {
  readonly server: ScriptedServer;
  readonly farSide: FarSide<KommoStep, KommoResult>;
  readonly send: (...batch: KommoStep[]) => Promise<BatchAnswer<KommoResult>>;
  /** Moves the clock of the far side. */
  readonly pass: (ms: number) => void;
  readonly close: () => Promise<void>;
};

export async function farSideAt(script: Script): Promise<FarSideAtServer> {
  const server = await startScriptedServer(script);
  const client = clientFor(server.url);
  let nowMs = 0;
  const clock: Clock = {
    now: () => epochMs(nowMs),
    monotonicMs: () => nowMs,
    sleep: () => Promise.resolve(),
  };
  const log = { debug: () => undefined, warn: () => undefined };
  const farSide = createKommoFarSide({ client, clock, log });
  return {
    server,
    farSide,
    send: (...batch) => farSide.send(batch, never),
    pass: (ms) => (nowMs += ms),
    close: () => {
      client.close();
      return server.close();
    },
  };
}

export const idsIn = (body: unknown): string[] =>
  asObjects(body).map((element) => asText(element["request_id"]) ?? "");
export const uniqsIn = (body: unknown): string[] =>
  asObjects(body).map((element) => asText(element["uniq"]) ?? "");

export const savedCall = (requestId: string, id = 70_001): JsonObject => ({
  id,
  entity_id: 500_210,
  entity_type: "lead",
  request_id: requestId,
});
export const callsAnswer = (saved: readonly JsonObject[], errors: readonly JsonObject[] = []) => ({
  _total_items: saved.length,
  errors,
  _embedded: { calls: saved },
});
export const notFound = (requestId?: string): JsonObject => ({
  title: "Entity not found",
  status: 263,
  detail: "Entity by phone was not found",
  ...(requestId === undefined ? {} : { request_id: requestId }),
});
export const refusal = (
  requestId: string | undefined,
  path: string,
  code = "NotSupportedChoice",
) => ({
  "validation-errors": [
    {
      ...(requestId === undefined ? {} : { request_id: requestId }),
      errors: [{ code, path, detail: "The value you selected is not a valid choice." }],
    },
  ],
  title: "Bad Request",
  status: 400,
  detail: "Request validation failed",
});
