/** `asterisk-kommo calls resend`: does what is missing of a call, and nothing that is done already. */
import { parseArgs } from "node:util";
import type { ConfigFor } from "../../config/load-config.ts";
import type { Result } from "../../lib/failure.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreOrDaemon, type CommandFailure } from "../store-or-daemon.ts";
import { withBookingAlone } from "./booking-alone.ts";
import { tellRefusal } from "./refusals.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { resend, resendAsJson, type ResendRequest, type ResentCall } from "./resend-run.ts";

export const help = `Usage: asterisk-kommo calls resend LINKEDID [--json]
       asterisk-kommo calls resend --set-aside [--json]

Does what is missing of a call: what was set aside is looked up in Kommo and, if it is not there, tried
again; what waits for its next try is tried at once; a call that Kommo was not told of is planned anew by
the rules of today. What is done is never done again. While the daemon runs, it does the work; else this
command notes it, and the daemon does it once it runs.

  LINKEDID       as calls list shows it, or its beginning
  --set-aside    all calls that have something set aside (calls list --state set-aside)
  --json         one line of JSON for each call
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done (also where nothing is missing), 1 there is no such call or the store could not be
written, 2 wrong usage.
`;

export async function runCallsResend(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      "set-aside": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const request = requestOf(positionals, values["set-aside"]);
  if (request === undefined)
    return tellRefusal(err, "resend", {
      sentence: "give one linkedid, or --set-aside; see: asterisk-kommo calls resend --help",
      code: 2,
    });
  const loaded = openConfig({ file: values.config, needs: ["pbx"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const done = await resendAnyhow(request, loaded.value.config, err);
  if (!done.ok)
    return tellRefusal(err, "resend", {
      sentence: `${done.failure.reason}; ${done.failure.hint}`,
      code: 1,
    });
  out.write(
    values.json
      ? done.value.map((call) => `${JSON.stringify(call)}\n`).join("")
      : asText(done.value),
  );
  return 0;
}

/** `resend LINKEDID --set-aside` is the same as without: of that call alone. */
function requestOf(ids: readonly string[], isSetAside: boolean): ResendRequest | undefined {
  const [linkedId, ...others] = ids;
  if (linkedId === undefined) return isSetAside ? { setAside: true } : undefined;
  return linkedId === "" || others.length > 0 ? undefined : { linkedId };
}

const resendAnyhow = (
  request: ResendRequest,
  config: ConfigFor<"pbx">,
  err: Terminal["err"],
): Promise<Result<readonly ResentCall[], CommandFailure>> =>
  withStoreOrDaemon({
    place: config.store,
    makesStore: false,
    ask: resendAsJson(request),
    alone: (store) =>
      withBookingAlone(
        {
          ...{ config, store },
          tell: (words) => err.write(`asterisk-kommo calls resend: ${words}\n`),
        },
        (booking) =>
          resend(request, {
            ...booking,
            afterwards: { statements: booking.afterwards, accepted: () => undefined },
            wake: () => undefined,
          }),
      ),
  });

function asText(calls: readonly ResentCall[]): string {
  if (calls.length === 0) return "nothing is set aside\n";
  return calls.map((call) => `${call.id}: ${outcomeOf(call)}\n`).join("");
}

function outcomeOf({ retried, hurried, planned, unknown, leftOutBecause }: ResentCall): string {
  if (leftOutBecause !== undefined)
    return `is left out by the rules of today too: ${leftOutBecause}`;
  const told = [
    ...(planned > 0 ? ["was planned anew, and will be booked"] : []),
    ...(retried > 0
      ? [`${counted(retried)} that ${was(retried)} set aside will be tried again`]
      : []),
    ...(hurried > 0 ? [`${counted(hurried)} that waited will be tried at once`] : []),
    ...(unknown > 0
      ? [`${counted(unknown)} ${unknown === 1 ? "is" : "are"} being looked up in Kommo`]
      : []),
  ];
  return told.length === 0 ? "nothing is missing" : told.join(", ");
}

const counted = (steps: number): string => (steps === 1 ? "1 step" : `${steps} steps`);
const was = (steps: number): string => (steps === 1 ? "was" : "were");
