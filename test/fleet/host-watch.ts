/** What the hosts of a fleet cost while it lives, and when they were late. Exports `watchHosts`. */
import { setTimeout as sleep } from "node:timers/promises";
import { lineThrough } from "../../bench/line.ts";
import type { Host } from "./hosts.ts";
import type { Late } from "./sessions.ts";

export type HostFigures = {
  /** The line through all samples of a host's resident memory, by the accounts that it served then. */
  readonly megabytesAnAccount: number;
  readonly megabytesWithout: number;
  readonly mostMegabytes: number;
  readonly mostAccounts: number;
  /** Of processor, all hosts together, in one second. */
  readonly processorSeconds: number;
  /** The latest answer to "who do you serve?", and how many took over a second. */
  readonly latestAnswerMs: number;
  readonly lateAnswers: number;
};

export type HostWatch = {
  /** How late they were is told apart: it is no figure. */
  stop(): Promise<HostFigures & { readonly late: readonly Late[] }>;
};

const ASKED_EVERY_MS = 500;
const WORTH_TELLING_MS = 150;
const LATE_MS = 1_000;

export function watchHosts(hosts: readonly Host[]): HostWatch {
  const over = new AbortController();
  const samples: (readonly [accounts: number, megabytes: number])[] = [];
  const late: Late[] = [];
  const begunAt = performance.now();
  let processorSeconds = 0;

  async function watch(host: Host): Promise<void> {
    let used = host.cost().seconds;
    while (!over.signal.aborted) {
      const from = Date.now();
      const accounts = await host.serves();
      const to = Date.now();
      if (to - from > WORTH_TELLING_MS) late.push({ from, to });
      const { seconds, residentMegabytes } = host.cost();
      processorSeconds += seconds >= used ? seconds - used : seconds; // a new life counts anew
      used = seconds;
      if (accounts !== undefined) samples.push([accounts, residentMegabytes]);
      await sleep(ASKED_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
    }
  }

  const watching = Promise.all(hosts.map(watch));
  return {
    async stop() {
      over.abort();
      await watching;
      const line = lineThrough(samples);
      const answers = late.map(({ from, to }) => to - from);
      return {
        megabytesAnAccount: line.slope,
        megabytesWithout: line.at(0),
        mostMegabytes: Math.max(...samples.map(([, megabytes]) => megabytes)),
        mostAccounts: Math.max(...samples.map(([accounts]) => accounts)),
        processorSeconds: processorSeconds / ((performance.now() - begunAt) / 1_000),
        latestAnswerMs: Math.max(0, ...answers),
        lateAnswers: answers.filter((ms) => ms > LATE_MS).length,
        late,
      };
    },
  };
}
