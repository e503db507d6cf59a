/**
 * How long a stage (a telephone rings, is answered …) takes from the exchange's write to our callback,
 * with 50 calls a second in real time: another process plays the load recording into a real AMI
 * session and call tracker. The baseline is a bare socket that gets the same reads and does nothing.
 */
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createFramer } from "../src/ami/framer.ts";
import { parseEvent } from "../src/ami/parse-event.ts";
import { createAmiSession } from "../src/ami/session.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import { createCallTracker } from "../src/calls/tracker.ts";
import { epochMs, systemClock } from "../src/lib/clock.ts";
import { LOAD_SETTINGS } from "./load-recording.ts";
import { BARE, loadReads, nowMs } from "./load-server.ts";

export type LatencyBench = {
  readonly stages: number;
  /** Milliseconds. */
  readonly stage: Percentiles;
  readonly bareSocket: Percentiles;
};
type Percentiles = { readonly p50: number; readonly p99: number; readonly most: number };

const SECONDS = 10;

export async function benchStageLatency(): Promise<LatencyBench> {
  const server = fork(join(import.meta.dirname, "load-server.ts"), [String(SECONDS)]);
  const [{ port }] = (await once(server, "message")) as [AddressInfo];
  try {
    const bareSocket = await timeBareSocket(server, port);
    const stages = await timeStages(server, port);
    return { stages: stages.length, stage: percentiles(stages), bareSocket };
  } finally {
    server.disconnect();
  }
}

type Written = { readonly writtenAt: readonly number[] };
const allWritten = async (server: ChildProcess): Promise<readonly number[]> => {
  const [{ writtenAt }] = (await once(server, "message")) as [Written];
  await systemClock.sleep(200); // what is still on its way
  return writtenAt;
};

/** For each read, from its write to the arrival of its last byte. */
async function timeBareSocket(server: ChildProcess, port: number): Promise<Percentiles> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const [banner] = (await once(socket, "data")) as [Buffer];
  const arrivals: { bytes: number; at: number }[] = [];
  let bytes = 0;
  socket.on("data", (chunk: Buffer) =>
    arrivals.push({ bytes: (bytes += chunk.length), at: nowMs() }),
  );
  socket.write(BARE);
  const writtenAt = await allWritten(server);
  socket.destroy();
  if (banner.length === 0) throw new Error("the server did not greet");

  let sent = 0;
  let arrival = 0;
  const times = loadReads(SECONDS).map((read, index) => {
    sent += read.bytes.length;
    while ((arrivals[arrival]?.bytes ?? Infinity) < sent) arrival++;
    return (arrivals[arrival]?.at ?? NaN) - (writtenAt[index] ?? NaN);
  });
  return percentiles(times);
}

async function timeStages(server: ChildProcess, port: number): Promise<readonly number[]> {
  const told: { name: string; at: number }[] = [];
  const tracker = createCallTracker({
    clock: systemClock,
    settings: LOAD_SETTINGS,
    onStage: (stage) => told.push({ name: nameOf(stage), at: nowMs() }),
    onFinished: () => undefined,
  });
  const session = createAmiSession({
    address: { host: "127.0.0.1", port },
    credentials: { username: "bench", secret: "bench", auth: "plain" },
    clock: systemClock,
    onMessage: (text, at) => {
      const event = parseEvent(text);
      if (event !== undefined) tracker.event(event, at);
    },
  });
  session.start(new AbortController().signal);
  const writtenAt = await allWritten(server);
  await session.stop();
  tracker.stop();

  const expected = stagesByRead();
  if (expected.length !== told.length) {
    throw new Error(`${told.length} stages were told, not ${expected.length}`);
  }
  return expected.map(({ name, read }, index) => {
    const stage = told[index];
    if (stage?.name !== name) throw new Error(`${name} was not told in its turn`);
    return stage.at - (writtenAt[read] ?? NaN);
  });
}

const nameOf = (stage: { linkedId: string; stage: string; extension: string | undefined }) =>
  `${stage.linkedId} ${stage.stage} ${stage.extension ?? ""}`;

/** Which read brings which stage: the same stream without a network. */
function stagesByRead(): { name: string; read: number }[] {
  const framer = createFramer();
  const state = initialState(LOAD_SETTINGS);
  const stages: { name: string; read: number }[] = [];
  framer.push(Buffer.from("Asterisk Call Manager/5.0.4\r\n"));
  for (const [read, { bytes, ms }] of loadReads(SECONDS).entries()) {
    for (const text of framer.push(bytes)) {
      const event = parseEvent(text);
      if (event === undefined) continue;
      const at = epochMs(1_795_000_000_000 + ms);
      for (const fact of reduce(state, { kind: "event", event, at }).facts) {
        if (fact.kind === "stage") stages.push({ name: nameOf(fact), read });
      }
    }
  }
  return stages;
}

function percentiles(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99), most: at(1) };
}

if (import.meta.main) {
  process.stdout.write(`${JSON.stringify(await benchStageLatency(), null, 2)}\n`);
}
