// Recordings made in tests: of the simulated exchange over the wire, or of a recorded stream with its own times.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFramer } from "../../src/ami/framer.ts";
import { compileSettings } from "../../src/calls/settings.ts";
import type { CallSettings } from "../../src/calls/settings.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createPseudonyms } from "../../src/cli/record/pseudonyms.ts";
import type { Pseudonyms } from "../../src/cli/record/pseudonyms.ts";
import { recordExchange } from "../../src/cli/record/recorder.ts";
import type { RecordOptions } from "../../src/cli/record/recorder.ts";
import { createMessageScrubber } from "../../src/cli/record/scrub-message.ts";
import { createTextScrubber } from "../../src/cli/record/scrub-text.ts";
import { createTraceWriter } from "../../src/cli/record/trace-writer.ts";
import { openRecorded } from "../../src/cli/replay-source.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import type { PbxSimulator } from "../../src/simulator/pbx/server.ts";

export const SETTINGS: CallSettings = { extensions: ["_10X"], trunks: ["PJSIP/trunk"] };
export const KEY = Buffer.alloc(32, 7);

const folders: string[] = [];

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-record-"));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** All that is in a folder, as bytes. */
export const contentOf = (folder: string): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");

export type Scrubbing = {
  /** Lines are given with LF and as Unicode; so is the answer. */
  readonly scrub: (message: string) => string;
  readonly pseudonyms: Pseudonyms;
};

export function scrubbing({
  key = KEY,
  settings = SETTINGS,
  secrets = [],
}: { key?: Buffer; settings?: CallSettings; secrets?: readonly string[] } = {}): Scrubbing {
  const { isExtension, isEmployeeNumber } = compileSettings(settings);
  const pseudonyms = createPseudonyms({ key, isEmployee: isEmployeeNumber });
  const scrubber = createTextScrubber({ pseudonyms, employees: { isExtension }, secrets });
  scrubber.keep("trunk");
  scrubber.learnTime(1795261714);
  const messages = createMessageScrubber({ pseudonyms, scrubber });
  return {
    pseudonyms,
    scrub: (message) => {
      const bytes = Buffer.from(message.replaceAll("\n", "\r\n"), "utf8").toString("latin1");
      const scrubbed = Buffer.from(messages.scrub(bytes), "latin1").toString("utf8");
      return scrubbed.replaceAll("\r\n", "\n");
    },
  };
}

/** A recorded stream as `record` would have written it, had it listened then. */
export async function copyRecorded(path: string): Promise<string> {
  const recorded = await openRecorded(path);
  if (!recorded.ok) throw new Error(recorded.failure.hint);
  const folder = newFolder();
  const { isExtension, isEmployeeNumber } = compileSettings(SETTINGS);
  const pseudonyms = createPseudonyms({ key: KEY, isEmployee: isEmployeeNumber });
  const scrubber = createTextScrubber({ pseudonyms, employees: { isExtension }, secrets: [] });
  scrubber.keep("trunk");
  const messages = createMessageScrubber({ pseudonyms, scrubber });
  const writer = createTraceWriter(folder);
  for (const { startedAt, reads } of recorded.value.streams) {
    const framer = createFramer();
    scrubber.learnTime(startedAt / 1000);
    writer.open("Asterisk Call Manager/11.0.0", startedAt);
    for await (const { bytes, at } of reads()) {
      for (const text of framer.push(bytes)) writer.received(messages.scrub(text), at);
    }
  }
  writer.close();
  return folder;
}

export type RunningRecording = {
  readonly pbx: PbxSimulator;
  readonly folder: string;
  /** Resolves when the recorder is connected for the n-th time. */
  readonly connected: (times?: number) => Promise<void>;
  readonly stop: () => ReturnType<typeof recordExchange>;
  readonly ended: ReturnType<typeof recordExchange>;
};

export async function startRecording(over: Partial<RecordOptions> = {}): Promise<RunningRecording> {
  const pbx = await startPbxSimulator();
  const folder = over.folder ?? newFolder();
  const stopping = new AbortController();
  let connections = 0;
  let look = (): void => undefined;
  const ended = recordExchange(
    {
      folder,
      address: { host: "127.0.0.1", port: pbx.port },
      credentials: { username: DEFAULT_USER.name, secret: DEFAULT_USER.secret, auth: "md5" },
      settings: SETTINGS,
      secrets: [DEFAULT_USER.secret],
      clock: systemClock,
      forMs: Infinity,
      maxBytes: 1e9,
      ...over,
      onState: (state) => {
        if (state.kind === "connected") connections++;
        look();
      },
    },
    stopping.signal,
  );
  return {
    pbx,
    folder,
    ended,
    connected: (times = 1) =>
      new Promise((resolve) => {
        look = () => {
          if (connections >= times) resolve();
        };
        look();
      }),
    stop: async () => {
      stopping.abort();
      const recorded = await ended;
      await pbx.stop();
      return recorded;
    },
  };
}
