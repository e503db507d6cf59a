/**
 * Recordings in the daemon: links for calls, conversions behind them, the route that plays them, and
 * what commands ask about keys. Exports `openRecordingService` and `recordingPlaces`.
 */
import { join } from "node:path";
import { recordingsOf } from "../../config/exchange-views.ts";
import type { Config } from "../../config/keys.ts";
import { exchangeIn } from "../../lib/exchange-names.ts";
import { recordingRoute } from "../../http/recording.ts";
import type { FastifyRoute } from "../../http/create-server.ts";
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { CallLinks } from "../../recordings/call-links.ts";
import { createConversions } from "../../recordings/conversions.ts";
import { parseRecordingId } from "../../recordings/link.ts";
import { createListening, type Listened } from "../../recordings/listening.ts";
import { createMp3Folder } from "../../recordings/mp3-folder.ts";
import type { RecordingRoots } from "../../recordings/recorded-path.ts";
import { removeOld } from "../../recordings/retention.ts";
import { createOriginals } from "../../recordings/sound/original.ts";
import { createSoundWork } from "../../recordings/sound/work-process.ts";
import type { Store } from "../../store/store.ts";
import { createDiskRoom } from "./disk-room.ts";
import { createChangeAnswer, type ChangeDeps } from "./change.ts";
import { openCallLinks } from "./open-call-links.ts";
import { stateFolderOf } from "../../store/open-store.ts";

export type RecordingService = {
  readonly links: CallLinks;
  /** What `recordings rotate-key` and its like ask of the daemon. */
  readonly answer: (asked: unknown) => Promise<unknown>;
  readonly routes: readonly FastifyRoute[];
  /** For whoever may hear all: by the recording's id, without a link. */
  readonly listenTo: (id: string) => Promise<Listened>;
  /** A call was accepted. */
  wake(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type RecordingServiceDeps = {
  readonly config: Pick<Config, "recordings" | "store" | "exchanges">;
  readonly store: Pick<Store, "read">;
  /** Reads that do not wait behind commits. */
  readonly reader: Pick<Store, "read">;
  readonly glance: Pick<Store, "read">;
  readonly keep: ChangeDeps["keep"];
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (error: Error) => void;
};

const REMOVE_EVERY_MS = 3_600_000;
const GIGABYTE = 1_000_000_000;

/** Where recordings are, and where their mp3 files are kept. */
export function recordingPlaces(config: RecordingServiceDeps["config"]): {
  readonly rootsOf: (callId: string) => RecordingRoots;
  readonly mp3Path: string;
} {
  const { recordings, store } = config;
  /** Also of those that have left the configuration meanwhile: their last calls have recordings. */
  const roots = new Map<string | undefined, RecordingRoots>();
  const learn = (): void => {
    for (const entry of config.exchanges)
      roots.set(entry.name, rootsIn(recordingsOf(entry, recordings)));
  };
  learn();
  const common = rootsIn(recordings);
  return {
    rootsOf(callId) {
      learn();
      return roots.get(exchangeIn(callId)) ?? common;
    },
    mp3Path: recordings.mp3_path ?? join(stateFolderOf(store), "recordings"),
  };
}

const rootsIn = (recordings: Config["recordings"]): RecordingRoots => ({
  path: recordings.path,
  pbxPath: recordings.pbx_path ?? recordings.path,
  others: [recordings.voicemail_path, ...recordings.other_paths],
});

/** Rejects with StoreFailure. */
export async function openRecordingService(deps: RecordingServiceDeps): Promise<RecordingService> {
  const { config, store, keep, clock, logger } = deps;
  const { recordings } = config;
  const now = (): number => clock.now();
  const { ring, links } = await openCallLinks({ config, store, keep, now });
  const { rootsOf, mp3Path } = recordingPlaces(config);
  const folder = createMp3Folder(mp3Path);
  const work = createSoundWork();
  const originals = createOriginals();
  const room = createDiskRoom({ folder: stateFolderOf(config.store), clock, log: logger });
  const voicemail = `${recordings.voicemail_path.replace(/\/+$/, "")}/`;
  const conversions = createConversions({
    ...{
      folder,
      work,
      store: deps.glance,
      keep,
      clock,
      log: logger,
      isDiskShort: () => room.isShort(),
    },
    settings: {
      rootsOf,
      isVoiceMessage: (path) => path.startsWith(voicemail),
      converter: recordings.converter,
      kbitPerSecond: recordings.kbit_per_second,
      atOnce: recordings.at_once,
      waitMs: recordings.wait_minutes * 60_000,
    },
  });
  const wake = (): void => conversions.wake();
  const listen = createListening({
    ...{ ring, folder, originals, rootsOf, store: deps.glance, keep, now, wake },
  });
  const isOn = recordings.public_url !== undefined;
  const stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();

  async function removeNowAndThen(): Promise<void> {
    const gigabytes = recordings.keep_gigabytes;
    while (!stopping.signal.aborted) {
      try {
        const removed = await removeOld({
          ...{ folder, store: deps.reader, keep, now, keepDays: recordings.keep_days },
          keepBytes: gigabytes === undefined ? undefined : gigabytes * GIGABYTE,
        });
        if (removed > 0) logger.info({ removed }, "old recordings removed");
      } catch (thrown) {
        logger.warn({ err: toError(thrown) }, "old recordings cannot be removed");
      }
      await clock.sleep(REMOVE_EVERY_MS, stopping.signal);
    }
  }

  async function prepareFolder(): Promise<void> {
    try {
      await folder.prepare();
    } catch (thrown) {
      const hint = "give the folder to the daemon's user, or set recordings.mp3_path";
      logger.error({ err: toError(thrown), path: mp3Path, hint }, "no folder for mp3 files");
    }
  }

  return {
    links,
    answer: createChangeAnswer({ ring, keep, now, wake }),
    routes: [recordingRoute({ listen })],
    async listenTo(text) {
      const id = parseRecordingId(text);
      if (id === undefined) return { kind: "none" };
      const { key, mac } = ring.sign(id);
      return listen(`${id}.${key}.${mac}.mp3`);
    },
    wake,
    async start() {
      if (!isOn) return;
      await prepareFolder();
      await room.look();
      const { signal } = stopping;
      running = Promise.all([
        ...[room.watch(signal), conversions.run(signal), removeNowAndThen()],
      ]).catch((thrown: unknown) => deps.onFatal(toError(thrown)));
    },
    async stop() {
      stopping.abort();
      originals.stop();
      await work.stop();
      await running;
    },
  };
}
