/** `asterisk-kommo simulate pbx|kommo|altegio`: the simulators by themselves, for trying out and for other programs' tests. */
import { once } from "node:events";
import { parseArgs } from "node:util";
import { codeOf } from "../lib/failure.ts";
import { runAltegioSimulator } from "../simulator/altegio/standalone.ts";
import { runKommoSimulator } from "../simulator/kommo/standalone.ts";
import { DEFAULT_USER } from "../simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../simulator/pbx/server.ts";
import { readTrace, type Trace } from "../simulator/pbx/trace.ts";

const DONE = 0;
const FAILED = 1;
const WRONG_USAGE = 2;

const AMI_PORT = 5038;

const USAGE = `asterisk-kommo simulate runs a simulator on this machine until it is told to stop (Ctrl+C).

Usage: asterisk-kommo simulate pbx     [OPTION]… [TRACE]…
       asterisk-kommo simulate kommo   [OPTION]…
       asterisk-kommo simulate altegio [OPTION]…

See: asterisk-kommo simulate pbx --help, and so on.
`;

const PBX_USAGE = `asterisk-kommo simulate pbx speaks AMI as an Asterisk does, and plays recorded calls.

Usage: asterisk-kommo simulate pbx [OPTION]… [TRACE]…

  TRACE            a folder with events.ami and timing.tsv, or a NAME.ami.gz with its NAME.reads.tsv.gz
  --port N         the port on 127.0.0.1 (default ${AMI_PORT}; 0 takes a free one)
  --user NAME      who may log in (default ${DEFAULT_USER.name})
  --secret S       with which secret (default ${DEFAULT_USER.secret})
  --read CLASSES   what the user may see (default ${DEFAULT_USER.read.join(",")})
  --write CLASSES  what the user may do (default ${DEFAULT_USER.write.join(",")})
  --asterisk 16|22 as which version it introduces itself (default 22)
  --speed X        recorded seconds in one second, or max (default 1)
  --every SECONDS  starts the next trace after so long; without it, when the one before has ended
  --loop           begins again after the last trace
  --click TRACE    a recorded click-to-call that Originate plays, may be given several times;
                   without one every Originate fails

Exit code: 0 stopped, 1 failed, 2 wrong usage.
`;

/** @returns the exit code: 0 stopped by SIGTERM or SIGINT, 1 failed, 2 wrong usage */
export async function runSimulate(args: string[]): Promise<number> {
  const [what, ...rest] = args;
  if (what === "pbx") return await simulatePbx(rest);
  if (what === "kommo") return await runKommoSimulator(rest);
  if (what === "altegio") return await runAltegioSimulator(rest);
  if (what === "--help" || what === "-h") {
    process.stdout.write(USAGE);
    return DONE;
  }
  process.stderr.write(USAGE);
  return WRONG_USAGE;
}

async function simulatePbx(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", short: "h" },
      port: { type: "string", default: String(AMI_PORT) },
      user: { type: "string", default: DEFAULT_USER.name },
      secret: { type: "string", default: DEFAULT_USER.secret },
      read: { type: "string", default: DEFAULT_USER.read.join(",") },
      write: { type: "string", default: DEFAULT_USER.write.join(",") },
      asterisk: { type: "string", default: "22" },
      speed: { type: "string", default: "1" },
      every: { type: "string" },
      loop: { type: "boolean", default: false },
      click: { type: "string", multiple: true, default: [] },
    },
  });
  if (values.help) {
    process.stdout.write(PBX_USAGE);
    return DONE;
  }
  const port = parseNumber(values.port, { least: 0, most: 65_535 });
  const speed = values.speed === "max" ? Infinity : parseNumber(values.speed, { least: 0.001 });
  const everySeconds = values.every === undefined ? 0 : parseNumber(values.every, { least: 0.001 });
  const version = values.asterisk;
  if (port === undefined || !Number.isInteger(port))
    return misuse(`--port must be a whole number from 0 to 65535, not ${values.port}`);
  if (speed === undefined)
    return misuse(`--speed must be a number above 0 or max, not ${values.speed}`);
  if (everySeconds === undefined)
    return misuse(`--every must be a number of seconds above 0, not ${values.every ?? ""}`);
  if (version !== "16" && version !== "22")
    return misuse(`--asterisk must be 16 or 22, not ${version}`);
  if (values.loop && positionals.length === 0) return misuse("--loop needs a trace to repeat");

  const traces = await readAll(positionals);
  const clickTraces = await readAll(values.click);
  if (typeof traces === "string") return fail(traces);
  if (typeof clickTraces === "string") return fail(clickTraces);
  const classes = (list: string): string[] => list.split(",").filter((name) => name !== "");
  const user = {
    name: values.user,
    secret: values.secret,
    read: classes(values.read),
    write: classes(values.write),
  };
  const stop = stopSignal();
  try {
    const clickSpeed = speed;
    const pbx = await startPbxSimulator({ port, users: [user], version, clickTraces, clickSpeed });
    process.stdout.write(
      `AMI on ${pbx.host}:${pbx.port}, user ${user.name}, secret ${user.secret}\n`,
    );
    await playAll(pbx, traces, { speed, everySeconds, loop: values.loop, stop });
    if (!stop.aborted) await once(stop, "abort");
    await pbx.stop();
    return DONE;
  } catch (error) {
    if (codeOf(error) === "EADDRINUSE")
      return fail(`Port ${port} is taken: choose another with --port, or 0 for a free one.`);
    if (codeOf(error) === "EACCES")
      return fail(`Port ${port} is not allowed: take one above 1023.`);
    throw error;
  }
}

type Programme = {
  readonly speed: number;
  /** 0: one after the other. */
  readonly everySeconds: number;
  readonly loop: boolean;
  readonly stop: AbortSignal;
};

async function playAll(
  pbx: PbxSimulator,
  traces: readonly Trace[],
  { speed, everySeconds, loop, stop }: Programme,
): Promise<void> {
  const stopped = once(stop, "abort");
  do {
    for (const trace of traces) {
      if (stop.aborted) return;
      const play = pbx.play(trace, { speed });
      process.stdout.write(`playing ${trace.name}\n`);
      const next = everySeconds === 0 ? play.finished : pause(everySeconds * 1000, stop);
      await Promise.race([next, stopped]);
    }
  } while (loop);
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
  });

function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

/** @returns the sentence that says which trace cannot be read, and why */
async function readAll(paths: readonly string[]): Promise<Trace[] | string> {
  const traces: Trace[] = [];
  for (const path of paths) {
    const trace = await readTrace(path);
    if (!trace.ok) return trace.failure.hint;
    traces.push(trace.value);
  }
  return traces;
}

function parseNumber(
  text: string,
  { least, most = Infinity }: { least: number; most?: number },
): number | undefined {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return number >= least && number <= most ? number : undefined;
}

function misuse(sentence: string): number {
  process.stderr.write(
    `asterisk-kommo simulate: ${sentence}; see: asterisk-kommo simulate pbx --help\n`,
  );
  return WRONG_USAGE;
}

function fail(sentence: string): number {
  process.stderr.write(`asterisk-kommo simulate: ${sentence}\n`);
  return FAILED;
}
