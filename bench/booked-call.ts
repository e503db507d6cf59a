/** A finished call as the daemon writes it when it is accepted: its row, and the step that books it. */
import { acceptCall } from "../src/calls/archive.ts";
import type { FinishedCall } from "../src/calls/finished-call.ts";
import { insertStep } from "../src/outbox/changes.ts";
import type { Statement } from "../src/store/store.ts";

/** @param n sets the client's number, so that the index by clients is hit anywhere */
export function bookingOf(id: string, n: number): readonly Statement[] {
  const startedAt = Number(id.split(".")[0]) * 1_000;
  const clientKey = `9${String((n * 7_919) % 1_000_000_000).padStart(9, "0")}`;
  const call = {
    ...{ ...CALL, linkedId: id, startedAt, endedAt: startedAt + 60_000 },
  } as unknown as FinishedCall;
  return [
    acceptCall({ id, call, clientKey, decisions: [], acceptedAt: startedAt + 61_000 }),
    insertStep({
      ...{ origin: id, key: clientKey, dueAt: 0, createdAt: startedAt },
      step: { kind: "register-call" },
    }),
  ];
}

const CALL = {
  direction: "inbound",
  result: "answered",
  clientPhone: "79161234567",
  did: "74951000101",
  trunk: "PJSIP/trunk",
  isEndKnown: true,
  conversations: [{ extension: "101", result: "answered", withClient: true, talkSeconds: 41.2 }],
  recordings: [],
};
