/** `asterisk-kommo calls list`: accepted calls, newest first, with what became of each. */
import { parseArgs } from "node:util";
import type { CallResult, Direction } from "../../calls/finished-call.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { digitsOf } from "../../lib/phone.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { callAsJson } from "../replay-json.ts";
import { givenTime } from "./given-time.ts";
import { CALL_STATES, listCalls, type CallFilter, type KeptCall } from "./kept-calls.ts";
import { localTime, quoted, TERMINAL, type Terminal } from "../terminal.ts";
import { tellRefusal } from "./refusals.ts";
import { withStoreBeside } from "../store-beside.ts";

export const help = `Usage: asterisk-kommo calls list [--from TIME] [--to TIME] [--phone NUMBER] [--extension NUMBER]
       [--exchange NAME] [--direction DIRECTION] [--result RESULT] [--state STATE] [--limit N] [--json]

Lists the calls that were accepted, newest first, with what became of them in Kommo. Reads the store
only; the daemon may run meanwhile.

  --from, --to   calls that began from the first time on and before the second: "2026-11-21",
                 "2026-11-21 18:30" (this machine's zone) or "2026-11-21T18:30:00Z"
  --phone        the client's number, or its last digits
  --extension    an employee's telephone that rang, dialled or talked
  --exchange     where several are configured: calls of this one
  --direction    inbound, outbound or internal
  --result       answered, missed, no_answer, busy, failed or cancelled
  --state        booked     Kommo has it, nothing is left to do
                 waiting    something is still to be sent
                 unknown    an answer was lost; Kommo is asked whether it was done
                 set-aside  something was refused for good; see: calls show, calls resend
                 left-out   Kommo was not told of it (an internal call, a list, a rule)
  --limit N      at most so many calls, 1 to 100000 (default: 20)
  --json         one line of JSON for each call
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done (also where no call fits), 1 the store could not be read, 2 wrong usage.
`;

const DIRECTIONS: readonly Direction[] = ["inbound", "outbound", "internal"];
const RESULTS: readonly CallResult[] = [
  "answered",
  "missed",
  "no_answer",
  "busy",
  "failed",
  "cancelled",
];
const DEFAULT_LIMIT = "20";
const MAX_LIMIT = 100_000;

export async function runCallsList(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: "string" },
      to: { type: "string" },
      phone: { type: "string" },
      extension: { type: "string" },
      exchange: { type: "string" },
      direction: { type: "string" },
      result: { type: "string" },
      state: { type: "string" },
      limit: { type: "string", default: DEFAULT_LIMIT },
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const filter = filterOf(values);
  if (!filter.ok)
    return tellRefusal(err, "list", {
      sentence: `${filter.failure}; see: asterisk-kommo calls list --help`,
      code: 2,
    });
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const listed = await withStoreBeside(loaded.value.config.store, (store) =>
    listCalls(store, filter.value),
  );
  if (!listed.ok) return tellRefusal(err, "list", listed.failure);
  out.write(
    values.json ? listed.value.map(asJson).join("") : asText(listed.value, filter.value.limit),
  );
  return 0;
}

type Given = {
  readonly [
    Name in "from" | "to" | "phone" | "extension" | "exchange" | "direction" | "result" | "state"
  ]?: string | undefined;
} & { readonly limit: string };

function filterOf(given: Given): Result<CallFilter, string> {
  const { phone, extension, exchange } = given;
  for (const name of ["from", "to"] as const) {
    const text = given[name];
    if (text !== undefined && givenTime(text) === undefined)
      return failed(`${quoted(text)} is no time; write it as 2026-11-21T18:30`);
  }
  if (phone !== undefined && digitsOf(phone) === "")
    return failed(`${quoted(phone)} is no number, nor the end of one`);
  const limit = Number(given.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT)
    return failed(`--limit ${quoted(given.limit)} is no whole number from 1 to ${MAX_LIMIT}`);
  const direction = oneOf("direction", given.direction, DIRECTIONS);
  const result = oneOf("result", given.result, RESULTS);
  const state = oneOf("state", given.state, CALL_STATES);
  if (!direction.ok) return direction;
  if (!result.ok) return result;
  if (!state.ok) return state;
  const [from, to] = [given.from, given.to].map((text) =>
    text === undefined ? undefined : givenTime(text),
  );
  if (from !== undefined && to !== undefined && from >= to)
    return failed("--to is not after --from");
  return succeeded({
    ...{ from, to, phone, extension, exchange, limit },
    ...{ direction: direction.value, result: result.value, state: state.value },
  });
}

function oneOf<T extends string>(
  name: string,
  given: string | undefined,
  known: readonly T[],
): Result<T | undefined, string> {
  const word = known.find((one) => one === given);
  return given === undefined || word !== undefined
    ? succeeded(word)
    : failed(`--${name} ${quoted(given)} is none of ${known.join(", ")}`);
}

const asJson = ({ id, state, acceptedAt, decisions, call }: KeptCall): string =>
  `${JSON.stringify({ id, state, accepted_at: Math.round(acceptedAt) / 1_000, decisions, call: callAsJson(call) })}\n`;

function asText(calls: readonly KeptCall[], limit: number): string {
  if (calls.length === 0) return "no call fits\n";
  const more = calls.length < limit ? "" : `; there may be older ones, see --limit and --to`;
  const count = calls.length === 1 ? "1 call" : `${calls.length} calls`;
  return [...calls.map(line), `${count}${more}`, ""].join("\n");
}

/** The linkedid stands last, to be taken for `calls show`. */
function line({ id, call, state }: KeptCall): string {
  const extensions = [...new Set(call.conversations.map(({ extension }) => extension))];
  const shown = extensions.slice(0, 4).join(",") + (extensions.length > 4 ? ",…" : "");
  return [
    localTime(call.startedAt),
    call.direction.padEnd(8),
    (call.clientPhone ?? (call.direction === "internal" ? "-" : "withheld")).padEnd(14),
    call.result.padEnd(9),
    `${Math.round((call.endedAt - call.startedAt) / 1_000)} s`.padStart(7),
    shown.padEnd(12),
    state.padEnd(9),
    id,
  ].join("  ");
}
