/**
 * A hundred calls a second through all thirteen customizations, by the daemon's own hooks: four
 * stages, the plan, cards and tasks, the recording, the distribution and post_registration of each.
 */
import { linkedId, uniqueId } from "../src/ami/ids.ts";
import type { LiveStage } from "../src/calls/fact.ts";
import type { FinishedCall, Stage } from "../src/calls/finished-call.ts";
import { createCallHooks } from "../src/cli/customizations/call-hooks.ts";
import { createStageHooks } from "../src/cli/customizations/stage-hooks.ts";
import { createStepHooks } from "../src/cli/customizations/step-hooks.ts";
import { callFullOf } from "../src/customization/call-full.ts";
import type { HookName } from "../src/customization/contract/hooks.ts";
import type { Customizations } from "../src/customization/customizations.ts";
import type { JsonObject } from "../src/customization/run-result.ts";
import type { KommoStep } from "../src/kommo/step.ts";
import { changeResponsible, makeCard, callBackTask } from "../src/registration/course-steps.ts";
import { PLAIN_SETTINGS } from "../src/registration/plain-settings.ts";
import type { Row, Statement } from "../src/store/store.ts";
import { sampleCall, THIRTEEN, withScripts } from "./scripts-in.ts";

export type ScriptLoad = {
  readonly calls: number;
  readonly runsPerSecond: number;
  /** Of all runs, those that took the default. */
  readonly failures: number;
  /** From the call's first stage to the end of post_registration, half of the calls. */
  readonly msInFirstQuarter: number;
  readonly msInLastQuarter: number;
  readonly worstMs: number;
  /** Runs that were asked for and not answered, at most, and when the last call had come. */
  readonly mostOpen: number;
  readonly openAtEnd: number;
};

const CALLS_PER_SECOND = 100;
const SECONDS = 20;
const LIMIT_MS = 3_000; // the default of customizations.timeout_ms
const USER = 9_100_001;
const settings = { ...PLAIN_SETTINGS, users: new Map([["101", [USER]]]) };
const STAGES: readonly Stage[] = [
  "conversation_requested",
  "conversation_accepted",
  "conversation_ended",
  "call_ended",
];

export const benchScriptLoad = (): Promise<ScriptLoad> =>
  withScripts(THIRTEEN, (scripts) => load(scripts), LIMIT_MS);

async function load(scripts: Customizations): Promise<ScriptLoad> {
  const calls = new Map<string, FinishedCall>();
  const counts = { open: 0, mostOpen: 0, failures: 0, runs: 0 };
  const customizations = {
    has: (name: HookName) => scripts.has(name),
    async run(name: HookName, input: JsonObject) {
      counts.runs++;
      counts.mostOpen = Math.max(counts.mostOpen, ++counts.open);
      const result = await scripts.run(name, input);
      counts.open--;
      if (result.kind !== "answered") counts.failures++;
      return result;
    },
  };
  const stagesLeft = new Map<string, number>();
  const ended = new Map<string, () => void>();
  const stageHooks = createStageHooks({
    customizations,
    settings,
    onward: ({ linkedId: id }) => {
      const left = (stagesLeft.get(id) ?? STAGES.length) - 1;
      stagesLeft.set(id, left);
      if (left === 0) ended.get(id)?.();
    },
  });
  const callHooks = createCallHooks({ customizations, settings, isVoiceMessage: () => false });
  const read = ({ sql, values }: Statement): Promise<readonly Row[]> =>
    Promise.resolve(
      sql.startsWith("SELECT facts")
        ? [{ facts: JSON.stringify(calls.get(String(values[0]))), decisions: "[]" }]
        : [],
    );
  const stepHooks = createStepHooks({
    customizations,
    settings,
    store: { read },
    phoneField: () => Promise.resolve(1),
  });

  async function wholeCall(call: FinishedCall): Promise<number> {
    const begun = performance.now();
    const origin = call.linkedId;
    calls.set(origin, call);
    const around = { userAt: () => undefined };
    const distribution = { ...DISTRIBUTION, from: call.clientPhone ?? "" };
    await customizations.run("customize_autodistribution", distribution);
    await new Promise<void>((resolve) => {
      ended.set(origin, resolve);
      for (const stage of STAGES) stageHooks.stage(stageOf(call, stage));
    });
    const plan = await callHooks.plan(call);
    const callFull = callFullOf(call, around);
    await customizations.run("process_record_file_path", {
      ...{ call_full: callFull, conversation: null, file_path: "/var/spool/in.wav" },
    });
    const [first] = plan?.steps ?? [];
    for (const step of first === undefined ? [] : stepsOf(first))
      if (stepHooks.wants(step)) await stepHooks.prepare({ id: 1, origin, key: "", step });
    await customizations.run("post_registration", { call_full: callFull, attempt: 1 });
    for (const kept of [calls, stagesLeft, ended]) kept.delete(origin);
    return performance.now() - begun;
  }

  for (let warming = 0; warming < 20; warming++) await wholeCall(callNumber(warming));
  Object.assign(counts, { open: 0, mostOpen: 0, failures: 0, runs: 0 });
  const begun = performance.now();
  const all = CALLS_PER_SECOND * SECONDS;
  const times: Promise<number>[] = [];
  while (times.length < all) {
    const due = Math.min(all, Math.floor(((performance.now() - begun) / 1_000) * CALLS_PER_SECOND));
    while (times.length < due) times.push(wholeCall(callNumber(100 + times.length)));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const openAtEnd = counts.open;
  const ms = await Promise.all(times);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    calls: all,
    runsPerSecond: counts.runs / seconds,
    failures: counts.failures,
    msInFirstQuarter: medianOf(ms.slice(0, all / 4)),
    msInLastQuarter: medianOf(ms.slice(-all / 4)),
    worstMs: Math.max(...ms),
    mostOpen: counts.mostOpen,
    openAtEnd,
  };
}

/** Every other one is missed; each is another client. */
function callNumber(index: number): FinishedCall {
  const call = {
    ...sampleCall,
    linkedId: linkedId(`1795261714.${index}`),
    clientPhone: String(79_160_000_000 + index),
  };
  if (index % 2 === 0) return call;
  return { ...call, result: "missed", reason: "no_answer", answeredBy: undefined };
}

const stageOf = (call: FinishedCall, stage: Stage): LiveStage => ({
  kind: "stage",
  linkedId: call.linkedId,
  direction: call.direction,
  stage,
  extension: stage === "call_ended" ? undefined : call.conversations[0]?.extension,
  clientPhone: call.clientPhone,
  did: call.did,
  trunk: call.trunk,
  queue: undefined,
  channelId: uniqueId(`${call.linkedId}1`),
  at: call.startedAt,
});

/** What may follow the call: an incoming lead, a lead with its contact, changes of both, a task. */
function stepsOf(first: KommoStep): readonly KommoStep[] {
  if (!("call" in first) || !("booking" in first) || first.booking === undefined) return [];
  const { call, booking } = first;
  const { unknown, known } = booking;
  const make = (as: "unsorted" | "contact_and_lead") =>
    unknown.make === "ignore"
      ? undefined
      : makeCard(call, { ...booking, unknown: { ...unknown, make: as } });
  const contact = { type: "contacts", id: 1 } as const;
  const task = known.task && callBackTask(contact, call, known.task);
  const steps =
    task === undefined
      ? [
          make("contact_and_lead"),
          changeResponsible(contact, { user: USER }),
          changeResponsible({ type: "leads", id: 2 }, { user: USER }),
        ]
      : [make("unsorted"), task];
  return steps.filter((step) => step !== undefined);
}

const DISTRIBUTION = {
  number: "101",
  name: "",
  trunk: "",
  request_data: {},
  entity: null,
  error: "",
};

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
