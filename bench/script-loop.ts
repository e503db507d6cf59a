/**
 * How long the daemon's own loop is held while scripts of all kinds run, answer megabytes, crash, hang
 * and are ended: the lateness of a timer of 1 ms beside that of the same process doing nothing, and
 * the most processor time that the loop's thread took between two ticks (which another program on the
 * machine cannot make longer).
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import type { HookName } from "../src/customization/contract/hooks.ts";
import { callFullOf } from "../src/customization/call-full.ts";
import { templateOf } from "../src/customization/templates.ts";
import { sampleCall, withScripts } from "./scripts-in.ts";

export type LoopLateness = {
  readonly p99: number;
  readonly p999: number;
  readonly worst: number;
  readonly mostOwnMs: number;
};
export type LoopHeld = {
  readonly idle: LoopLateness;
  readonly busy: LoopLateness;
  readonly runs: number;
};

const SCRIPTS: Readonly<Record<string, string>> = {
  "need_registration.js": `export default () => ({ data: { result: true }, state: "success" });`,
  "process_client_phone.js": `export default () => { for (;;) {} };`,
  "process_call_params.js": `export default () => process.exit(7);`,
  "process_lead_creation_params.js": `export default () => ({ data: { name: "x".repeat(900000) }, state: "success" });`,
  "process_unsorted_creation_params.js": `export default () => ({ data: { _embedded: { leads: [{ name: "x".repeat(60000) }] } }, state: "success" });`,
  "process_contact_creation_params.sh": "#!/bin/sh\nhead -c 100000000 /dev/zero\n",
  "process_task_creation_params.py": templateOf("process_task_creation_params", "py"),
  "process_contact_update_params.php": templateOf("process_contact_update_params", "php"),
  "process_lead_update_params.sh": "#!/bin/sh\nsleep 100 & kill -SEGV $$\n",
};
const NAMES = Object.keys(SCRIPTS).map((file) => file.split(".")[0]) as readonly HookName[];
const LIMIT_MS = 700;
const IDLE_MS = 10_000;
const BUSY_MS = 20_000;

export const benchScriptLoop = (): Promise<LoopHeld> =>
  withScripts(
    SCRIPTS,
    async (scripts) => {
      const input = {
        call_full: callFullOf(sampleCall, { userAt: () => undefined }),
      };
      let runs = 0;
      const work = async (): Promise<void> => {
        const endsAt = performance.now() + BUSY_MS;
        const each = async (name: HookName): Promise<void> => {
          while (performance.now() < endsAt) {
            await scripts.run(name, { ...input, phone: "1" });
            runs++;
          }
        };
        await Promise.all(NAMES.map(each));
      };
      const idle = await watch(() => new Promise((resolve) => setTimeout(resolve, IDLE_MS)));
      const busy = await watch(work);
      return { idle, busy, runs };
    },
    LIMIT_MS,
  );

async function watch(doing: () => Promise<void>): Promise<LoopLateness> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  let mostOwnMs = 0;
  let before = process.threadCpuUsage();
  const tick = setInterval(() => {
    const { user, system } = process.threadCpuUsage(before);
    before = process.threadCpuUsage();
    mostOwnMs = Math.max(mostOwnMs, (user + system) / 1_000);
  }, 1);
  delay.enable();
  await doing();
  delay.disable();
  clearInterval(tick);
  return {
    p99: delay.percentile(99) / 1e6,
    p999: delay.percentile(99.9) / 1e6,
    worst: delay.max / 1e6,
    mostOwnMs,
  };
}
