// Plays every scenario by itself and writes each as a trace folder: the stream as a listener got it,
// the times, what the telephones did, and the truth. Run it, do not import it:
//
//   node test/lab/save-traces.ts FOLDER [22|16]
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AmiRecorder } from "./ami-recorder.ts";
import type { Chunk } from "./ami-tap.ts";
import { startLab } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { playOne } from "./scenario.ts";
import type { Played } from "./scenario.ts";
import { scenarios } from "./scenarios/all.ts";
import { notesOf } from "./story.ts";

const CEL_COLUMNS =
  "eventtime,eventtype,channame,cidnum,exten,context,appname,uniqueid,linkedid,peer,extra";

const [target, version = "22"] = process.argv.slice(2);
if (target === undefined || (version !== "22" && version !== "16")) {
  console.error("usage: node test/lab/save-traces.ts FOLDER [22|16]");
  process.exit(2);
}

const lab = await startLab(version);
try {
  for (const scenario of scenarios) {
    const recorder = await AmiRecorder.start(lab.ami);
    const celBefore = (await celOf(lab)).length;
    const played = await playOne(lab, scenario, 0);
    await recorder.stop();
    const cel = (await celOf(lab)).slice(celBefore);
    if (played.mishap === undefined)
      await save(join(target, nameOf(played)), { played, recorder, cel });
    console.log(
      `${played.mishap === undefined ? "saved" : "failed"}  ${scenario.name}  ${played.mishap ?? ""}`,
    );
  }
} finally {
  await lab.stop();
}

async function save(
  folder: string,
  scene: { played: Played; recorder: AmiRecorder; cel: string },
): Promise<void> {
  const { played, recorder, cel } = scene;
  await mkdir(folder, { recursive: true });
  const connections = recorder.connections.filter((chunks) => chunks.length > 0);
  for (const [index, chunks] of connections.entries()) {
    const suffix = connections.length === 1 ? "" : `-${index + 1}`;
    const bytes = Buffer.concat(chunks.map((chunk) => chunk.bytes));
    await writeFile(join(folder, `events${suffix}.ami`), bytes);
    await writeFile(join(folder, `timing${suffix}.tsv`), timesOf(chunks));
  }
  await writeFile(join(folder, "driven.tsv"), drivenOf(played));
  await writeFile(join(folder, "expect.json"), `${JSON.stringify(truthOf(played), null, 1)}\n`);
  await writeFile(join(folder, "cel.csv"), `${CEL_COLUMNS}\n${cel}`);
}

function drivenOf(played: Played): string {
  const rows = notesOf(lab, played).map(({ at, who, what }) =>
    [(at / 1000).toFixed(3), ((at - played.from) / 1000).toFixed(3), who, what].join("\t"),
  );
  return `${["unix_time\trel_s\tactor\twhat", ...rows].join("\n")}\n`;
}

async function celOf({ cel }: Lab): Promise<string> {
  return await readFile(cel, "utf8").catch(() => "");
}

function nameOf({ scenario }: Pick<Played, "scenario">): string {
  return scenario.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}

/** A row for each read of the socket. */
function timesOf(chunks: readonly Chunk[]): string {
  const rows = ["offset\tlength\tunix_time\tchunk\tname"];
  let offset = 0;
  for (const [index, { at, bytes }] of chunks.entries()) {
    rows.push([offset, bytes.length, (at / 1000).toFixed(6), index + 1, "read"].join("\t"));
    offset += bytes.length;
  }
  return `${rows.join("\n")}\n`;
}

function truthOf({ scenario, truth }: Played) {
  const [call] = truth;
  const conversations = truth.flatMap(({ clientPhone, conversations: list }) =>
    list.map(({ extension, result, withClient, requestedAt, hasRung, talkSeconds }) => ({
      ext: extension,
      ...(truth.length > 1 ? { client: clientPhone } : {}),
      ...(withClient ? {} : { kind: "consultation" }),
      ...(requestedAt !== undefined && hasRung ? { ring_started: requestedAt / 1000 } : {}),
      result,
      talk_s_min: talkSeconds.least,
      talk_s_max: talkSeconds.most,
    })),
  );
  return {
    scenario: nameOf({ scenario }),
    notes: scenario.name,
    direction: call?.direction,
    client_phone: call?.clientPhone,
    did: call?.did,
    trunk: lab.trunk,
    final_result: call?.result,
    last_talking_ext: call?.answeredBy ?? null,
    ...(truth.length > 1
      ? { calls: truth.length, client_phones: truth.map(({ clientPhone }) => clientPhone) }
      : {}),
    conversations,
    recordings: truth.flatMap(({ recordings }) => recordings),
  };
}
