/**
 * `asterisk-kommo simulate kommo`: the simulator alone, until it is told to stop.
 */
import { parseArgs } from "node:util";
import { codeOf, toError } from "../../lib/failure.ts";
import { DEFAULT_TOKEN, startKommoSimulator } from "./server.ts";
import type { KommoSimulator } from "./server.ts";
import { setSwitches } from "./switches.ts";

const HELP = `Usage: asterisk-kommo simulate kommo [options]

A simulated Kommo account on 127.0.0.1, for trying and for tests. It keeps everything in memory.

  --port N           port to listen on (default: any free one)
  --token TEXT       long-lived token of the account (default: ${DEFAULT_TOKEN})
  --contacts N       begin with N contacts, numbers +1 555 000 0000 and up (default: 0)
  --switch NAME=VALUE  set a switch, may be repeated; GET /_simulator/switches lists them
  --help

While it runs: GET /_simulator/{journal,calls,unsorted,contacts,leads,tasks,popups,statistics},
PATCH /_simulator/switches, POST /_simulator/faults, POST /_simulator/seed.
`;

const wrongUsage = (sentence: string): number => {
  process.stderr.write(`${sentence}\nTry: asterisk-kommo simulate kommo --help\n`);
  return 2;
};

/**
 * Runs until SIGTERM or SIGINT.
 * @returns the exit code: 0 stopped, 1 could not start, 2 wrong usage
 */
export async function runKommoSimulator(args: string[]): Promise<number> {
  const parsed = parse(args);
  if (typeof parsed === "string") return wrongUsage(parsed);
  if (parsed.help) {
    process.stdout.write(HELP);
    return 0;
  }
  let simulator: KommoSimulator;
  try {
    simulator = await startKommoSimulator({ port: parsed.port, token: parsed.token });
  } catch (thrown) {
    const taken = codeOf(thrown) === "EADDRINUSE";
    const reason = taken ? "is taken: choose another with --port" : toError(thrown).message;
    process.stderr.write(`Cannot listen on port ${parsed.port}: ${reason}\n`);
    return 1;
  }
  const wrong = setSwitches(simulator.switches, parsed.switches);
  if (wrong !== undefined) {
    await simulator.close();
    return wrongUsage(wrong);
  }
  simulator.seed.contacts(parsed.contacts, (index) => ({
    name: `Client ${index + 1}`,
    phones: [`+1555${String(index).padStart(7, "0")}`],
  }));
  const stopped = stopSignal();
  process.stdout.write(`Kommo simulator: ${simulator.url}\ntoken: ${simulator.token}\n`);
  await stopped;
  await simulator.close();
  return 0;
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => {
      process.off("SIGTERM", stop);
      process.off("SIGINT", stop);
      resolve();
    };
    process.on("SIGTERM", stop);
    process.on("SIGINT", stop);
  });
}

type Parsed = {
  readonly help: boolean;
  readonly port: number;
  readonly token: string;
  readonly contacts: number;
  readonly switches: Readonly<Record<string, unknown>>;
};

const MOST_CONTACTS = 10_000_000;
const MOST_PORT = 65_535;

/** @returns a sentence when the arguments are wrong */
function parse(args: string[]): Parsed | string {
  try {
    const { values } = parseArgs({
      args,
      options: {
        help: { type: "boolean", default: false },
        port: { type: "string", default: "0" },
        token: { type: "string", default: DEFAULT_TOKEN },
        contacts: { type: "string", default: "0" },
        switch: { type: "string", multiple: true, default: [] },
      },
    });
    const port = wholeNumber(values.port, MOST_PORT);
    const contacts = wholeNumber(values.contacts, MOST_CONTACTS);
    if (port === undefined) return `--port takes a number from 0 to ${MOST_PORT}`;
    if (contacts === undefined) return `--contacts takes a number from 0 to ${MOST_CONTACTS}`;
    if (!/^[\x21-\x7e]+$/.test(values.token)) return "--token takes visible ASCII characters";
    const switches = Object.fromEntries(values.switch.map(switchOf));
    return { help: values.help, port, token: values.token, contacts, switches };
  } catch (thrown) {
    return toError(thrown).message;
  }
}

const wholeNumber = (text: string, most: number): number | undefined =>
  /^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined;

/** The value is JSON where it can be read so ("true", "7"), else a word. */
function switchOf(argument: string): [string, unknown] {
  const [name = "", ...rest] = argument.split("=");
  const value = rest.join("=");
  try {
    return [name, JSON.parse(value) as unknown];
  } catch {
    return [name, value];
  }
}
