// F18: memory is scarce (MemoryMax). With a store that takes nothing, long events of running calls are
// held up to a bound of our own, far below any limit of the host's; and a daemon that the kernel ends
// all the same, with SIGKILL, goes on in its next life where its store was.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { openDay, type Day } from "./office-day.ts";

const TRACE = join(import.meta.dirname, "../../src/simulator/recordings/in-answered-101");
const FLOOD_BYTES = 600 * 1024 * 1024;
const EVENT_BYTES = 50_000;
const MOST_MEMORY_MB = 400;

const peakMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

/** It says nothing of the call, but belongs to it, and so is kept with it. */
const longEvent = (linked: string): string =>
  [
    ...["Event: MixMonitorStop", "Privilege: call,all", "Channel: PJSIP/loop-0000aaaa"],
    ...["ChannelState: 6", "ChannelStateDesc: Up", "Uniqueid: 1795261700.9999"],
    ...[`Linkedid: ${linked}`, `AppData: ${"x".repeat(EVENT_BYTES)}`, "", ""],
  ].join("\r\n");

/** Tells so much of a call that goes on; less where all are over before. */
async function floodRunningCalls({ office: { pbx } }: Day): Promise<void> {
  const trace = await readTrace(TRACE);
  if (!trace.ok) throw new Error(trace.failure.hint);
  for (let told = 0; told < FLOOD_BYTES;) {
    const [running] = pbx.live().channels;
    if (running === undefined) return;
    const event = longEvent(running.linkedid);
    const edit = (): string => ((told += event.length), event);
    await pbx.play(trace.value, { speed: Infinity, edit }).finished;
  }
}

test("F18: what waits for the store is bounded in bytes, and a daemon killed for its memory goes on", async () => {
  const day = await openDay(18);
  const { office } = day;
  const greedy = setInterval(() => office.disk.fill(), 20);
  try {
    office.disk.fill();
    const unkept = { from: Date.now(), to: Infinity };
    office.marks.unkept.push(unkept);
    const { over } = await day.begin(12);
    await day.says("the store does not take writes, waiting");

    await floodRunningCalls(day);
    const peak = peakMegabytes(office.daemon.pid());
    clearInterval(greedy);
    const connected = office.daemon.nextLogin();
    office.daemon.signal("SIGKILL"); // as the kernel does
    office.disk.free();
    await connected;
    unkept.to = Date.now();
    await over;
    await day.listens();
    await day.play(3);
    await day.allBooked();

    expect(peak).toBeLessThan(MOST_MEMORY_MB);
    expect(await day.problems()).toEqual([]);
  } finally {
    clearInterval(greedy);
    await office.close();
  }
});
