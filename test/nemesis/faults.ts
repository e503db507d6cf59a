/**
 * What can go wrong, each by a name. A fault strikes, lasts, heals by itself, and notes what may not
 * be expected of the daemon because of it. Exports `faults`.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import type { Office } from "./office.ts";

type Strike = (office: Office) => Promise<void> | void;

const DAY_MS = 86_400_000;
/** A write that met the full disk is tried again after so long at most. */
const RETRIED_WITHIN_MS = 6_000;

const between = ({ random }: Office, least: number, most: number): number =>
  least + random() * (most - least);

function pick<T>({ random }: Office, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** From now until `after` so long behind the end of `lasting`. */
async function unkept({ marks }: Office, lasting: Promise<void>, after: number): Promise<void> {
  const span = { from: Date.now(), to: Infinity };
  marks.unkept.push(span);
  await lasting;
  span.to = Date.now() + after;
}

async function blurred({ marks }: Office, lasting: Promise<void>): Promise<void> {
  const span = { from: Date.now(), to: Infinity };
  marks.blurred.push(span);
  await lasting;
  span.to = Date.now() + 1_000;
}

async function setClock(office: Office, ms: number): Promise<void> {
  writeFileSync(office.clockFile, String(ms));
  office.daemon.signal("SIGUSR2");
  await sleep(between(office, 1_000, 4_000));
  if (office.random() < 0.5) return; // set right again, or not
  writeFileSync(office.clockFile, "0");
  office.daemon.signal("SIGUSR2");
}

/** The process may be gone at any time: then there is nothing to be limited. */
function limit(pid: number, what: string): void {
  try {
    execFileSync("prlimit", ["--pid", String(pid), what], { stdio: "ignore" });
  } catch {
    return;
  }
}

function openFiles(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return 64;
  }
}

/** The line stands, and nothing comes; then it breaks, or the daemon has to find out. */
async function breakAmi(office: Office, ms: number): Promise<void> {
  const { amiLine, marks } = office;
  marks.lost.push(Date.now());
  amiLine.become("swallow");
  await sleep(ms);
  amiLine.become("pass");
  if (office.random() < 0.8) amiLine.resetSpoilt();
}

/** The next requests to Kommo that change something are answered so. */
const answerWith =
  (choose: (office: Office) => Fault): Strike =>
  async (office) => {
    for (let left = 1 + Math.floor(office.random() * 3); left > 0; left--) {
      office.kommo.fail(choose(office));
      await sleep(between(office, 100, 1_000));
    }
  };

const saved = (office: Office): "nothing" | "half" | "all" =>
  pick(office, ["nothing", "half", "all"]);

const kommoLine = async (office: Office, state: "swallow" | "deafen" | "refuse"): Promise<void> => {
  office.kommoLine.become(state);
  if (state === "refuse") office.kommoLine.resetAll();
  await sleep(between(office, 500, 4_000));
  office.kommoLine.become("pass");
  office.kommoLine.resetSpoilt();
};

export const faults = {
  killed: ({ daemon }) => daemon.signal("SIGKILL"),
  restarted: ({ daemon }) => daemon.restart(),
  "stopped for a while": async (office) => {
    const { daemon } = office;
    const stop = async (): Promise<void> => {
      daemon.signal("SIGSTOP");
      await sleep(between(office, 300, 3_000));
      daemon.signal("SIGCONT");
    };
    await blurred(office, unkept(office, stop(), 1_000));
  },
  "clock a day on": (office) => setClock(office, DAY_MS),
  "clock a day back": (office) => setClock(office, -DAY_MS),
  "clock two hours back": (office) => setClock(office, -DAY_MS / 12),

  "disk full": async (office) => {
    const { disk } = office;
    const beFull = async (): Promise<void> => {
      const until = Date.now() + between(office, 500, 4_000);
      const isGreedy = office.random() < 0.5; // whatever the daemon gives up is taken from it too
      disk.fill();
      for (; Date.now() < until; await sleep(50)) if (isGreedy) disk.fill();
      disk.free();
    };
    await unkept(office, beFull(), RETRIED_WITHIN_MS);
  },
  "input/output error": async (office) => {
    const pid = office.daemon.pid();
    const span = { from: Date.now(), to: Infinity };
    office.marks.unkept.push(span);
    limit(pid, "--fsize=4096");
    for (let left = 100; left > 0 && office.daemon.pid() === pid; left--) await sleep(50);
    limit(pid, "--fsize=unlimited");
    span.to = Date.now() + 1_000;
  },
  "no file descriptors": async (office) => {
    const pid = office.daemon.pid();
    limit(pid, `--nofile=${openFiles(pid)}:4096`);
    await sleep(between(office, 500, 4_000));
    limit(pid, "--nofile=4096:4096");
  },

  "ami reset": ({ amiLine, marks }) => {
    marks.lost.push(Date.now());
    amiLine.resetAll();
  },
  "ami closed": ({ pbx, marks }) => {
    marks.lost.push(Date.now());
    pbx.faults.closeAll("end");
  },
  "ami cut within an event": ({ pbx, marks }) => {
    marks.lost.push(Date.now());
    pbx.faults.dropMidEvent();
  },
  "ami half-open": (office) => breakAmi(office, between(office, 500, 4_000)),
  "ami refused": async (office) => {
    const { amiLine, marks } = office;
    marks.lost.push(Date.now());
    amiLine.become("refuse");
    amiLine.resetAll();
    await sleep(between(office, 500, 3_000));
    amiLine.become("pass");
  },
  "ami byte by byte": async (office) => {
    const drip = async (): Promise<void> => {
      office.amiLine.chunkBytes(1);
      await sleep(between(office, 500, 3_000));
      office.amiLine.chunkBytes(undefined);
    };
    await unkept(office, drip(), 1_000);
  },

  "kommo black hole": (office) => kommoLine(office, "swallow"),
  "kommo answers lost": (office) => kommoLine(office, "deafen"),
  "kommo refused": (office) => kommoLine(office, "refuse"),
  "kommo fails": answerWith((office) => ({
    kind: "status",
    status: pick(office, [500, 502, 503, 504]),
    saved: saved(office),
    html: office.random() < 0.5,
  })),
  "kommo byte by byte": async (office) => {
    office.kommoLine.chunkBytes(1);
    await sleep(between(office, 500, 3_000));
    office.kommoLine.chunkBytes(undefined);
  },
  "kommo is busy": answerWith((office) => ({
    kind: "status",
    status: 429,
    ...(office.random() < 0.5 ? { retryAfterSeconds: 1 } : { html: true }),
  })),
  "kommo resets": answerWith((office) => ({
    kind: pick(office, ["reset", "drop"]),
    saved: saved(office),
  })),
  "kommo is slow": answerWith((office) =>
    office.random() < 0.5
      ? { kind: "slow-answer", ms: between(office, 500, 3_000) }
      : { kind: "slow-save", ms: between(office, 500, 1_900) },
  ),
  "kommo never answers": answerWith((office) => ({ kind: "silence", saved: saved(office) })),
  "kommo talks nonsense": answerWith((office) => ({
    kind: "garble",
    as: pick(office, [
      "invalid-json",
      "html",
      "truncated",
      "truncated-gzip",
      "wrong-content-type",
      "empty",
    ]),
  })),
  "kommo shows notes late": async (office) => {
    office.kommo.switches.lateNotesMs = 500;
    await kommoLine(office, "deafen");
  },
  "token revoked": async (office) => {
    const { kommo, daemon } = office;
    kommo.switches.tokensAreRevoked = true;
    await sleep(between(office, 1_000, 4_000));
    kommo.switches.tokensAreRevoked = false;
    await daemon.restart(); // the operator acts
  },
} satisfies Readonly<Record<string, Strike>>;

export type FaultName = keyof typeof faults;
export const faultNames = Object.keys(faults) as FaultName[];
