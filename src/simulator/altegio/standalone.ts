/** `asterisk-kommo simulate altegio`: the simulator alone, until it is told to stop. */
import { parseArgs } from "node:util";
import { codeOf, toError } from "../../lib/failure.ts";
import {
  DEFAULT_PARTNER_TOKEN,
  DEFAULT_USER_TOKEN,
  startAltegioSimulator,
  type AltegioSimulator,
} from "./server.ts";
import { FIRST_LOCATION_ID } from "./state.ts";
import { setAltegioSwitches } from "./switches.ts";

const HELP = `Usage: asterisk-kommo simulate altegio [options]

A simulated Altegio with one location (${String(FIRST_LOCATION_ID)}) on 127.0.0.1, for trying and for tests.
It keeps everything in memory.

  --port N             port to listen on (default: any free one)
  --partner-token TEXT (default: ${DEFAULT_PARTNER_TOKEN})
  --user-token TEXT    (default: ${DEFAULT_USER_TOKEN})
  --records N          begin with N appointments of N clients (default: 0)
  --switch NAME=VALUE  set a switch, may be repeated
  --help

While it runs: GET /__sim/{state,journal,unknown-routes}, PATCH /__sim/switches, POST /__sim/faults,
POST /__sim/{book,change,pay,remove}, POST /__sim/rotate-user-token.
`;

const MOST_RECORDS = 1_000_000;

/** @returns the exit code: 0 stopped, 1 could not start, 2 wrong usage */
export async function runAltegioSimulator(args: string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args,
      options: {
        help: { type: "boolean", default: false },
        port: { type: "string", default: "0" },
        "partner-token": { type: "string", default: DEFAULT_PARTNER_TOKEN },
        "user-token": { type: "string", default: DEFAULT_USER_TOKEN },
        records: { type: "string", default: "0" },
        switch: { type: "string", multiple: true, default: [] },
      },
    }));
  } catch (thrown) {
    return wrongUsage(toError(thrown).message);
  }
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = wholeNumber(values.port, 65_535);
  const records = wholeNumber(values.records, MOST_RECORDS);
  if (port === undefined) return wrongUsage("--port takes a number from 0 to 65535");
  if (records === undefined)
    return wrongUsage(`--records takes a number from 0 to ${String(MOST_RECORDS)}`);
  const stopped = stopSignal();
  let simulator: AltegioSimulator;
  try {
    simulator = await startAltegioSimulator({
      port,
      partnerToken: values["partner-token"],
      userToken: values["user-token"],
    });
  } catch (thrown) {
    const isTaken = codeOf(thrown) === "EADDRINUSE";
    const reason = isTaken ? "is taken: choose another with --port" : toError(thrown).message;
    process.stderr.write(`Cannot listen on port ${String(port)}: ${reason}\n`);
    return 1;
  }
  const switches = Object.fromEntries(values.switch.map(switchOf));
  const wrong = setAltegioSwitches(simulator.switches, switches);
  if (wrong !== undefined) {
    await simulator.close();
    return wrongUsage(wrong);
  }
  for (let index = 0; index < records; index++)
    simulator.reception.book({
      client: {
        name: `Client ${String(index + 1)}`,
        phone: `+1555${String(index).padStart(7, "0")}`,
      },
      startsAt: Date.now() + index * 1_800_000,
    });
  process.stdout.write(
    `Altegio simulator: ${simulator.url}\nlocation: ${String(FIRST_LOCATION_ID)}\n` +
      `tokens: ${values["partner-token"]} ${values["user-token"]}\n`,
  );
  await stopped;
  await simulator.close();
  return 0;
}

const wrongUsage = (sentence: string): number => {
  process.stderr.write(`${sentence}\nTry: asterisk-kommo simulate altegio --help\n`);
  return 2;
};

const stopSignal = (): Promise<void> =>
  new Promise((resolve) => {
    for (const name of ["SIGTERM", "SIGINT"] as const) process.once(name, () => resolve());
  });

const wholeNumber = (text: string, most: number): number | undefined =>
  /^\d+$/.test(text) && Number(text) <= most ? Number(text) : undefined;

function switchOf(argument: string): [string, unknown] {
  const [name = "", ...rest] = argument.split("=");
  const value = rest.join("=");
  try {
    return [name, JSON.parse(value) as unknown];
  } catch {
    return [name, value];
  }
}
