/** `asterisk-kommo calls resend`: does what is missing of a call, and nothing that is done already. */
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import type { ConfigFor } from "../../config/load-config.ts";
import { systemClock, type EpochMs } from "../../lib/clock.ts";
import { failed, type Result } from "../../lib/failure.ts";
import { storeMigrations } from "../../main.ts";
import { insertStep } from "../../outbox/changes.ts";
import { openSqliteStore } from "../../store/sqlite-store.ts";
import type { Statement, Store } from "../../store/store.ts";
import { openScriptsAlone } from "../customizations/scripts-alone.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { openCallLinks } from "../recordings/open-call-links.ts";
import { registrationSettings } from "../registration-settings.ts";
import { askDaemon, requestFolderOf } from "../request-folder.ts";
import { tellRefusal, TERMINAL, type Terminal } from "./look.ts";
import {
  resend,
  resendAsJson,
  type ResendFailure,
  type ResendRequest,
  type ResentCall,
} from "./resend-run.ts";

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

/** The daemon owns the store while it runs, so it is asked; else the store is free. */
async function resendAnyhow(
  request: ResendRequest,
  config: ConfigFor<"pbx">,
  err: Terminal["err"],
): Promise<Result<readonly ResentCall[], ResendFailure>> {
  // Opened for writing it would be made.
  if (!existsSync(config.store.path))
    return failed({
      reason: `the store ${config.store.path} is not there`,
      hint: "start the daemon once, which creates it, or look at store.path",
    });
  const opened = await openSqliteStore({ path: config.store.path, migrations: storeMigrations });
  if (opened.ok) {
    try {
      return await resendAlone(request, config, { store: opened.value, err });
    } finally {
      await opened.value.close();
    }
  }
  if (opened.failure.kind !== "in-use") return opened;
  const folder = requestFolderOf(config.store.path);
  const asked = await askDaemon(folder, resendAsJson(request), { clock: systemClock });
  switch (asked.kind) {
    case "answered":
      return asked.answer as Result<readonly ResentCall[], ResendFailure>;
    case "no-access":
      return failed({
        reason: `the running daemon cannot be asked (${asked.reason})`,
        hint: "run this as root or as the daemon's user",
      });
    case "not-taken":
      return failed({
        reason: "another program holds the store, and no daemon answers",
        hint: "wait until it is done, or start the daemon",
      });
  }
}

async function resendAlone(
  request: ResendRequest,
  config: ConfigFor<"pbx">,
  { store, err }: { store: Store; err: Terminal["err"] },
): Promise<Result<readonly ResentCall[], ResendFailure>> {
  const now = (): EpochMs => systemClock.now();
  const keep = (statements: readonly Statement[]): ReturnType<typeof store.write> =>
    store.write(statements);
  const { links } = await openCallLinks({ config, store, keep, now });
  const settings = registrationSettings(config, { recordingLink: links.linkFor });
  const scripts = openScriptsAlone(config, settings, (words) => {
    err.write(`asterisk-kommo calls resend: ${words}\n`);
  });
  try {
    return await resend(request, {
      store,
      keep,
      plan: scripts.plan,
      recordings: links.statementsFor,
      afterwards: { statements: scripts.afterwards, accepted: () => undefined },
      statementsFor: (origin, key, steps) =>
        steps.map((step) => insertStep({ origin, key, step, dueAt: now(), createdAt: now() })),
      now,
      wake: () => undefined,
    });
  } finally {
    await scripts.stop();
  }
}

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
