// process_record_file_path in the way of a call that is about to be registered.
import { expect, test } from "@jest/globals";
import { createCallHooks, type CustomizedPlan } from "../../src/cli/customizations/call-hooks.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { answeredCall, conversation, missedCall, settings } from "../registration/made-up-call.ts";
import { openScripts, type Scripts } from "./scripts-in.ts";

const GIVEN = "/var/spool/in-101.wav";
const QUEUE = "/var/spool/q-400.wav";
const MESSAGE = "/var/spool/voicemail/msg0000.wav";
const recorded = answeredCall({
  conversations: [conversation({ recording: GIVEN })],
  recordings: [QUEUE],
});

/** As the daemon makes links: from the path. */
const recordingLink = (call: FinishedCall): string | undefined => {
  const path = call.conversations[0]?.recording ?? call.recordings[0];
  return path === undefined ? undefined : `https://pbx.example${path}`;
};

async function planned(scripts: Scripts, call = recorded): Promise<CustomizedPlan> {
  const hooks = createCallHooks({
    customizations: scripts.customizations,
    settings: { ...settings, learnt: { recordingLink } },
    isVoiceMessage: (path) => path.startsWith("/var/spool/voicemail/"),
  });
  const plan = await hooks.plan(call);
  if (plan === undefined) throw new Error("the scripts were stopped");
  return plan;
}

const linkIn = ({ steps }: CustomizedPlan): unknown => {
  const [step] = steps;
  return step !== undefined && "call" in step ? step.call.link : undefined;
};

const TO_MP3 = `export default ({ file_path }) => ({ data: { file_path: file_path.replace(".wav", ".mp3") }, state: "success" });`;

test("a script names other files, and the link on the card comes from them", async () => {
  await using scripts = openScripts({ "process_record_file_path.js": TO_MP3 });

  const plan = await planned(scripts);

  expect(plan.call?.conversations[0]?.recording).toBe("/var/spool/in-101.mp3");
  expect(plan.call?.recordings).toEqual(["/var/spool/q-400.mp3"]);
  expect(linkIn(plan)).toBe("https://pbx.example/var/spool/in-101.mp3");
});

test("the script sees the call and the conversation of each file", async () => {
  await using scripts = openScripts({
    "process_record_file_path.js": `export default ({ call_full, conversation, file_path }) => ({ data: { file_path: "/var/spool/" + [call_full.linkedid, conversation === null ? "call" : conversation.channel.to.number, call_full.record === "" ? "no link yet" : "link", file_path.split("/").at(-1)].join("-") }, state: "success" });`,
  });

  const plan = await planned(scripts);

  expect(plan.call?.conversations[0]?.recording).toBe(
    "/var/spool/1795261714.0-101-no link yet-in-101.wav",
  );
  expect(plan.call?.recordings).toEqual(["/var/spool/1795261714.0-call-no link yet-q-400.wav"]);
});

test("a cancelled file is none of the call's", async () => {
  await using scripts = openScripts({
    "process_record_file_path.js": `export default () => ({ data: {}, state: "success" });`,
  });

  const plan = await planned(scripts);

  expect(plan.call).toMatchObject({ conversations: [{ recording: undefined }], recordings: [] });
  expect(linkIn(plan)).toBeUndefined();
  expect(plan.decisions).toContainEqual({
    decided: "leave a recording out",
    because: "customization process_record_file_path says so",
  });
});

test.each([
  ["breaks", `export default () => { throw new Error("a bug"); };`],
  ["never answers", `export default () => new Promise(() => setInterval(() => 0, 1000));`],
  [
    "names a file elsewhere",
    `export default () => ({ data: { file_path: "/etc/shadow" }, state: "success" });`,
  ],
  [
    "climbs out",
    `export default () => ({ data: { file_path: "/var/spool/../../etc/shadow" }, state: "success" });`,
  ],
])("a script that %s holds the call up to its limit and changes nothing", async (_what, script) => {
  await using scripts = openScripts(
    { "process_record_file_path.js": script },
    { limitMs: () => 500 },
  );

  await scripts.customizations.warm();

  const plan = await planned(scripts);

  expect(linkIn(plan)).toBe(`https://pbx.example${GIVEN}`);
  expect(plan.steps).toHaveLength(1);
  expect(plan.decisions.map(({ decided }) => decided)).toContain("go on as without the script");
});

test("without such a script nothing is asked, and the call is as it was", async () => {
  await using scripts = openScripts();

  const plan = await planned(scripts);

  expect(plan).not.toHaveProperty("call");
  expect(linkIn(plan)).toBe(`https://pbx.example${GIVEN}`);
});

test("of a missed call only the voice message is asked for", async () => {
  await using scripts = openScripts({ "process_record_file_path.js": TO_MP3 });

  const plan = await planned(scripts, missedCall({ recordings: [QUEUE, MESSAGE] }));

  expect(plan.call?.recordings).toEqual([QUEUE, "/var/spool/voicemail/msg0000.mp3"]);
});

test("a call that is not to be registered is not asked about", async () => {
  await using scripts = openScripts({
    "need_registration.js": `export default () => ({ data: { result: false }, state: "success" });`,
    "process_record_file_path.js": `export default () => { throw new Error("asked"); };`,
  });

  const plan = await planned(scripts);

  expect(plan.steps).toEqual([]);
  expect(scripts.customizations.list().map(({ name, runs }) => [name, runs.runs])).toContainEqual([
    "process_record_file_path",
    0,
  ]);
});

test("call_full.record is the link on the card, for who comes after", async () => {
  await using scripts = openScripts({
    "process_record_file_path.js": TO_MP3,
    "process_call_params.js": `export default ({ call_full, ...params }) => ({ data: { ...params, call_result: call_full.record }, state: "success" });`,
  });

  const [step] = (await planned(scripts)).steps;

  expect(step).toMatchObject({
    call: { call_result: "https://pbx.example/var/spool/in-101.mp3" },
  });
});
