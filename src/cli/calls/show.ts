/** `asterisk-kommo calls show`: all that is known of one call, and why it was booked as it was. */
import { parseArgs } from "node:util";
import { systemClock } from "../../lib/clock.ts";
import { parseToldStep, stepsOf, type ToldStep } from "../../outbox/story.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { wordForWord } from "../admin/call-trace.ts";
import { callAsJson } from "../replay-json.ts";
import { findCall } from "./kept-calls.ts";
import { refuse, withStoreBeside } from "../store-beside.ts";
import { tellNotFound, tellRefusal } from "./refusals.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { storyAsText, type Story } from "./story-text.ts";

export const help = `Usage: asterisk-kommo calls show LINKEDID [--json]

Tells the story of one accepted call: the call and each conversation in it, the plan with the reason of
each decision, and each step with its state, what Kommo answered (with a link to the card), how often it
was sent and when it is tried next. Reads the store only; the daemon may run meanwhile.

  LINKEDID       as calls list shows it; its beginning is enough, and so is the linkedid of a call
                 that was merged into it
  --json         one line of JSON, with what is kept word for word: requests to Kommo and its answers
                 (exchanges), events of the exchange (events; archive.trace_events)
  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 done, 1 there is no such call or the store could not be read, 2 wrong usage.
`;

export async function runCallsShow(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      config: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    out.write(help);
    return 0;
  }
  const [wanted, ...others] = positionals;
  if (wanted === undefined || wanted === "" || others.length > 0)
    return tellRefusal(err, "show", {
      sentence: "give one linkedid; see: asterisk-kommo calls show --help",
      code: 2,
    });
  const loaded = openConfig({ file: values.config, needs: ["kommo"] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const { store, kommo } = loaded.value.config;
  const looked = await withStoreBeside(store, async (beside) => {
    const found = await findCall(beside, wanted);
    if (found.kind !== "one") return refuse(tellNotFound(wanted, found));
    const { kept } = found;
    const steps = (await beside.read(stepsOf(kept.id))).map(parseToldStep);
    const said = values.json ? await wordForWord(kept, beside) : {};
    return { ok: true as const, value: { kept, steps, said } };
  });
  const told = looked.ok ? looked.value : looked;
  if (!told.ok) return tellRefusal(err, "show", told.failure);
  const accountUrl = kommo.account_url.replace(/\/$/, "");
  out.write(
    values.json
      ? `${JSON.stringify({ ...storyAsJson(told.value), ...told.value.said })}\n`
      : storyAsText(told.value, { accountUrl, now: systemClock.now() }),
  );
  return 0;
}

const storyAsJson = ({ kept, steps }: Story): object => ({
  id: kept.id,
  state: kept.state,
  accepted_at: seconds(kept.acceptedAt),
  merged_linkedids: kept.call.mergedLinkedIds ?? [],
  call: callAsJson(kept.call),
  decisions: kept.decisions,
  steps: steps.map(stepAsJson),
});

const OPEN_STATES: readonly ToldStep["state"][] = ["ready", "sending", "unknown"];

/** `sent` is the command as it was or will be sent; times are Unix seconds. */
const stepAsJson = (told: ToldStep): object => ({
  kind: told.kind,
  state: told.state,
  tries: told.attempt,
  created_at: seconds(told.createdAt),
  finished_at: told.finishedAt === undefined ? null : seconds(told.finishedAt),
  next_try_at: OPEN_STATES.includes(told.state) && told.dueAt > 0 ? seconds(told.dueAt) : null,
  answer: told.answer ?? null,
  reason: told.reason ?? null,
  hint: told.hint ?? null,
  decisions: told.why,
  sent: told.step,
});

const seconds = (at: number): number => Math.round(at) / 1_000;
