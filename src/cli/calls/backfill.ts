/** `asterisk-kommo calls backfill`: books calls of the past, as CEL tells them. */
import { parseArgs } from "node:util";
import { openCelSource } from "../../calls/cel/open-source.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { settingsFrom } from "../../calls/settings.ts";
import type { ExchangeView } from "../../config/exchange-views.ts";
import type { ConfigFor } from "../../config/load-config.ts";
import { failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { acceptanceAt, createAcceptance } from "../acceptance.ts";
import { oneExchange } from "../one-exchange.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { callAsJson } from "../replay-json.ts";
import { callAsText } from "../replay-table.ts";
import { withStoreOrDaemon, type CommandFailure } from "../store-or-daemon.ts";
import { MAX_IDS, requestAsJson } from "./backfill-request.ts";
import { backfill } from "./backfill-run.ts";
import type { BackfilledCall, BackfillOutcome, BackfillRequest } from "./backfill-run.ts";
import { withBookingAlone } from "./booking-alone.ts";
import { NO_CEL } from "./cel-service.ts";
import { givenTime } from "./given-time.ts";

export const help = `Usage: asterisk-kommo calls backfill --from TIME --to TIME [--dry-run] [--json]
       asterisk-kommo calls backfill --id LINKEDID [--id LINKEDID…] [--dry-run] [--json]
       asterisk-kommo calls backfill --exchange NAME …

Reads calls of the past from Asterisk's own record of channel events (CEL; "cel" in the configuration)
and books those in Kommo that are not booked yet. Calls that were booked are recognised and left out, and
so are calls from before the oldest that are still kept (archive.keep_days).
While the daemon runs, it does the work; else this command does, and the daemon sends it once it runs.

  --from, --to   calls that began from the first time on and before the second: "2026-11-21",
                 "2026-11-21 18:30" (this machine's zone) or "2026-11-21T18:30:00Z"
  --id           these calls, by their linkedid; may be given several times
  --exchange     of which exchange, where several are configured
  --dry-run      says what would be done, and does nothing
  --json         one line of JSON for each call
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 CEL or the store could not be read, 2 wrong usage.
`;

type BackfillConfig = ConfigFor<"pbx">;

export async function runCallsBackfill(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      from: { type: "string" },
      to: { type: "string" },
      id: { type: "string", multiple: true },
      exchange: { type: "string" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const isDryRun = values["dry-run"];
  const request = requestOf({ ...values, id: [...(values.id ?? []), ...positionals], isDryRun });
  if (!request.ok) {
    process.stderr.write(`asterisk-kommo calls backfill: ${request.failure}\n`);
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: ["pbx"] });
  if (!loaded.ok) {
    process.stderr.write(tellProblems(loaded.failure));
    return 1;
  }
  const chosen = oneExchange(loaded.value.config, values.exchange);
  if (!chosen.ok) {
    process.stderr.write(`asterisk-kommo calls backfill: ${chosen.failure}\n`);
    return 2;
  }
  const done = await backfillAnyhow(request.value, chosen.value, loaded.value.config);
  if (!done.ok) {
    const { reason, hint } = done.failure;
    process.stderr.write(`asterisk-kommo calls backfill: ${reason}; ${hint}\n`);
    return 1;
  }
  if (done.value.length === 0 && request.value.linkedIds !== undefined) {
    process.stderr.write(
      "asterisk-kommo calls backfill: CEL knows no call with these ids; look into its column linkedid\n",
    );
    return 1;
  }
  process.stdout.write(values.json ? asJson(done.value) : asText(done.value));
  return 0;
}

type Given = {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly id: readonly string[];
  readonly isDryRun: boolean;
};

const HOW = "see: asterisk-kommo calls backfill --help";

function requestOf({ from, to, id, isDryRun }: Given): Result<BackfillRequest, string> {
  const hasTime = from !== undefined || to !== undefined;
  if (id.length > 0 && hasTime) return failed(`give either a time or linkedids; ${HOW}`);
  if (id.length > MAX_IDS) return failed(`give at most ${MAX_IDS} linkedids at once`);
  if (id.length > 0) return succeeded({ linkedIds: id, isDryRun });
  if (from === undefined || to === undefined)
    return failed(`give --from and --to, or --id; ${HOW}`);
  const [start, end] = [givenTime(from), givenTime(to)];
  for (const [text, time] of [
    [from, start],
    [to, end],
  ] as const) {
    if (time === undefined) {
      return failed(
        `${JSON.stringify(text.slice(0, 60))} is no time; write it as 2026-11-21T18:30`,
      );
    }
  }
  if (start === undefined || end === undefined || start >= end) {
    return failed("--to is not after --from");
  }
  return succeeded({ from: start, to: end, isDryRun });
}

async function backfillAnyhow(
  wanted: BackfillRequest,
  { name: exchange, config: own }: ExchangeView<BackfillConfig>,
  config: BackfillConfig,
): Promise<Result<readonly BackfilledCall[], CommandFailure>> {
  const request = { ...wanted, exchange };
  const source = openCelSource(own.cel);
  if (source === undefined) return failed(NO_CEL);
  return withStoreOrDaemon({
    place: config.store,
    makesStore: true,
    ask: requestAsJson(request),
    alone: (store) =>
      withBookingAlone(
        {
          ...{ config, store },
          tell: (words) => process.stderr.write(`asterisk-kommo calls backfill: ${words}\n`),
        },
        (booking) =>
          backfill(request, {
            ...acceptanceAt(
              exchange,
              createAcceptance({
                ...booking,
                customize: booking.plan,
                onAccepted: () => undefined,
              }),
            ),
            source,
            reading: {
              settings: settingsFrom(own),
              recordingsPath: own.recordings.path,
            },
            now: booking.now,
            signal: new AbortController().signal,
          }),
      ),
  });
}

const asJson = (calls: readonly BackfilledCall[]): string =>
  calls
    .map(({ id, outcome, call, decisions }) =>
      JSON.stringify({ id, outcome, decisions, call: callAsJson(call) }),
    )
    .map((line) => `${line}\n`)
    .join("");

const WORDS: Readonly<Record<BackfillOutcome, string>> = {
  booked: "will be booked",
  new: "would be booked",
  known: "is booked already",
  running: "goes on, or its end is not written yet: left out",
  forgotten:
    "may be booked: it is older than calls that are kept no longer (archive.keep_days), left out",
};

function asText(calls: readonly BackfilledCall[]): string {
  const lines = calls.flatMap(({ id, outcome, call, decisions }) => [
    `${day(call)} ${id}: ${WORDS[outcome]}`,
    ...callAsText(call),
    ...(outcome === "booked" || outcome === "new"
      ? decisions.map(({ decided, because }) => `    ${decided}: ${because}`)
      : []),
  ]);
  const count = (outcome: BackfillOutcome): number =>
    calls.filter((call) => call.outcome === outcome).length;
  const counts = (Object.keys(WORDS) as BackfillOutcome[])
    .filter((outcome) => count(outcome) > 0)
    .map((outcome) => `${count(outcome)} ${SHORT[outcome]}`);
  const sum = `${calls.length === 1 ? "1 call" : `${calls.length} calls`}${counts.length > 0 ? `: ${counts.join(", ")}` : ""}`;
  return [...lines, sum, ""].join("\n");
}

const SHORT: Readonly<Record<BackfillOutcome, string>> = {
  booked: "to be booked now",
  new: "would be booked",
  known: "booked already",
  running: "going on",
  forgotten: "too old to tell",
};

const day = ({ startedAt }: FinishedCall): string => new Date(startedAt).toISOString().slice(0, 10);
