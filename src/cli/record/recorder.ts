/**
 * Listens to an exchange and keeps what it says as a trace folder, everything that tells who called
 * whom replaced before it is written. Exports `recordExchange`.
 */
import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { AmiAddress } from "../../ami/ami-failure.ts";
import type { AmiText } from "../../ami/framer.ts";
import type { AmiCredentials } from "../../ami/login.ts";
import { createAmiSession } from "../../ami/session.ts";
import type { AmiState } from "../../ami/session.ts";
import { compileSettings } from "../../calls/settings.ts";
import type { CallSettings } from "../../calls/settings.ts";
import type { Clock, EpochMs } from "../../lib/clock.ts";
import { failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { findLeaks } from "./leak-check.ts";
import { createPseudonyms } from "./pseudonyms.ts";
import { createReplayConfig } from "./replay-config.ts";
import { createMessageScrubber } from "./scrub-message.ts";
import { createTextScrubber } from "./scrub-text.ts";
import { createTraceWriter } from "./trace-writer.ts";
import type { WriteBytes } from "./trace-writer.ts";

export type RecordOptions = {
  /** Exists and is empty. */
  readonly folder: string;
  readonly address: AmiAddress;
  readonly credentials: AmiCredentials;
  /** Who is an employee: telephones keep their numbers. */
  readonly settings: CallSettings;
  /** Values that must not be written, wherever they turn up. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** Infinity: until `stop`. */
  readonly forMs: number;
  readonly maxBytes: number;
  readonly onState?: (state: AmiState) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** For tests; the key is new each time and kept nowhere. */
  readonly key?: Buffer;
  readonly write?: WriteBytes;
};

export type Progress = {
  /** Begun while recording. */
  readonly calls: number;
  readonly messages: number;
  readonly bytes: number;
};

export type Recording = Progress & {
  readonly connections: number;
  readonly seconds: number;
  readonly ended: "stopped" | "time is over" | "size is reached" | RecordingCut;
  /** Names of its files. */
  readonly files: readonly string[];
};

/** The disk would not take more: what was written until then is whole. */
export type RecordingCut = { readonly hint: string };

/** Nothing is left in the folder. */
export type NoRecording = { readonly hint: string };

const FLUSH_MS = 250;

/** Resolves when the recording is over, by `stop` or a limit. Never rejects for the line or the disk. */
export async function recordExchange(
  options: RecordOptions,
  stop: AbortSignal,
): Promise<Result<Recording, NoRecording>> {
  const { folder, clock, maxBytes, settings } = options;
  const over = new AbortController();
  const config = createReplayConfig(settings);
  const { isExtension, isEmployeeNumber } = compileSettings(settings);
  const pseudonyms = createPseudonyms({
    key: options.key ?? randomBytes(32),
    isEmployee: isEmployeeNumber,
  });
  const scrubber = createTextScrubber({
    pseudonyms,
    employees: { isExtension, onNumber: config.onNumber },
    secrets: options.secrets,
  });
  config.namesToKeep.forEach(scrubber.keep);
  // Ids of channels begin with the second in which they were made.
  scrubber.learnTime(clock.now() / 1000);
  const messages = createMessageScrubber({ pseudonyms, scrubber });
  const writer = createTraceWriter(folder, options.write);
  // What comes before the login is done is not known to be worth a file.
  let early: { text: string; at: EpochMs; isSent: boolean }[] | undefined = [];
  let progress = { calls: 0, messages: 0 };
  let ended: Recording["ended"] = "stopped";
  let refusal: NoRecording | undefined;
  let startedMs: number | undefined;

  const end = (how: Recording["ended"]): void => {
    if (over.signal.aborted) return;
    ended = how;
    over.abort();
  };
  const keep = ({ text, at, isSent }: { text: string; at: EpochMs; isSent: boolean }): void => {
    if (over.signal.aborted) return;
    const scrubbed = messages.scrub(isSent ? text.trimEnd() : text);
    if (isSent) writer.sent(`${scrubbed}\r\n\r\n`);
    else {
      writer.received(scrubbed, at);
      progress = {
        calls: progress.calls + (beginsCall(text) ? 1 : 0),
        messages: progress.messages + 1,
      };
    }
    if (writer.bytes() >= maxBytes) end("size is reached");
  };
  const take = (text: string, isSent: boolean, at = clock.now()): void => {
    const taken = { text, at, isSent };
    if (early === undefined) keep(taken);
    else early.push(taken);
  };
  const begin = (version: string): void => {
    const waiting = early ?? [];
    early = undefined;
    startedMs ??= clock.monotonicMs();
    const banner = `Asterisk Call Manager/${version.replace(/[^\w.]/g, "")}`;
    const opened = writer.open(banner, waiting[0]?.at ?? clock.now());
    if (!opened.ok) return end(opened.failure);
    for (const each of waiting) keep(each);
  };

  const session = createAmiSession({
    address: options.address,
    credentials: options.credentials,
    clock,
    onMessage: () => undefined,
    tap: {
      onReceived: (text: AmiText, at) => take(text, false, at),
      onSent: (text) => {
        if (!/^Action: (Login|Challenge)\r/.test(text)) take(text, true);
      },
    },
    onState: (state) => {
      if (state.kind === "connecting") early = [];
      if (state.kind === "connected") begin(state.version);
      if (state.kind === "waiting" && startedMs === undefined) {
        refusal = { hint: state.failure.hint };
        over.abort();
      }
      options.onState?.(state);
    },
  });
  const stopping = AbortSignal.any([stop, over.signal]);
  session.start(new AbortController().signal);
  while (!stopping.aborted) {
    await clock.sleep(FLUSH_MS, stopping);
    if (startedMs !== undefined && clock.monotonicMs() - startedMs >= options.forMs) {
      end("time is over");
    }
    const flushed = writer.flush();
    if (!flushed.ok) end(flushed.failure);
    options.onProgress?.({ ...progress, bytes: writer.bytes() });
  }
  await session.stop();
  const closed = writer.close();
  if (!closed.ok && typeof ended === "string") ended = closed.failure;
  if (writer.connections() === 0) {
    return failed(refusal ?? { hint: "It was stopped before Asterisk had answered." });
  }

  const { names, isKept } = scrubber;
  const secrets = new Set([
    ...messages.secrets,
    ...options.secrets.filter((one) => one.length > 7),
  ]);
  const leaks = await findLeaks(folder, { replaced: pseudonyms.replaced, names, isKept, secrets });
  const files = writer.files();
  if (leaks.length > 0) {
    for (const file of files) await rm(join(folder, file), { force: true });
    const told = leaks.map(({ sentence }) => sentence);
    return failed({
      hint: `The recording was removed, since it still held what had to be replaced: ${[...new Set(told)].join("; ")}. Please report these words, without the recording.`,
    });
  }
  const configured = config.write(folder, scrubber);
  if (!configured.ok && typeof ended === "string") ended = configured.failure;
  return succeeded({
    ...progress,
    bytes: writer.bytes(),
    connections: writer.connections(),
    seconds: startedMs === undefined ? 0 : (clock.monotonicMs() - startedMs) / 1000,
    ended,
    files: configured.ok ? [...files, configured.value] : files,
  });
}

/** The first channel of a call has the call's id. */
function beginsCall(text: string): boolean {
  if (!text.startsWith("Event: Newchannel\r\n")) return false;
  const [, id] = /\r\nUniqueid: ([^\r]+)/.exec(text) ?? [];
  const [, call] = /\r\nLinkedid: ([^\r]+)/.exec(text) ?? [];
  return id !== undefined && id === call;
}
