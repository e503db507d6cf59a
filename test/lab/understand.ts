// The product's own understanding of what the lab's listener heard: the same parser and reducer as
// the daemon's. This is where the live lab and the call model meet.
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { settingsFrom } from "../../src/calls/settings.ts";
import { factsOf } from "../../src/cli/replay-trace.ts";
import { epochMs } from "../../src/lib/clock.ts";
import type { Chunk } from "./ami-tap.ts";
import type { Lab } from "./lab.ts";

/** @param connections what each connection to AMI brought, oldest first */
export async function understand(
  lab: Pick<Lab, "extensions" | "mobiles" | "trunk">,
  connections: readonly (readonly Chunk[])[],
): Promise<FinishedCall[]> {
  const streams = connections.map((chunks) => ({
    startedAt: epochMs(chunks[0]?.at ?? 0),
    reads: () => readsOf(chunks),
  }));
  const pbx = { extensions: lab.extensions, trunks: [lab.trunk] };
  const users = new Map(lab.mobiles.map((number) => [number, 0]));
  const settings = settingsFrom({ pbx, users, employees: [] });
  const calls: FinishedCall[] = [];
  for await (const fact of factsOf({ name: "lab", streams }, settings))
    if (fact.kind === "finished") calls.push(fact.call);
  return calls;
}

// eslint wants an await in an async generator; the chunks are there already
async function* readsOf(chunks: readonly Chunk[]) {
  for (const { bytes, at } of chunks) yield await Promise.resolve({ bytes, at: epochMs(at) });
}
