/**
 * How long after its hangup a call stands on its card: the whole daemon between a played exchange and
 * a Kommo that is far away, one call a second.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig } from "../src/config/load-config.ts";
import { systemClock } from "../src/lib/clock.ts";
import { silentLogger } from "../src/lib/log.ts";
import { startDaemon } from "../src/main.ts";
import { DEFAULT_USER } from "../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../src/simulator/pbx/server.ts";
import { readTrace } from "../src/simulator/pbx/trace.ts";
import { startFarKommo } from "./kommo-office.ts";
import { phoneOf } from "./kommo-server.ts";

export type LiveBench = {
  readonly calls: number;
  /** Milliseconds from the last hangup to Kommo's answer. */
  readonly p50: number;
  readonly p99: number;
  readonly mostInASecond: number;
};

const RECORDING = join(import.meta.dirname, "../src/simulator/recordings/in-answered-101");
const RECORDED_CLIENT = "79161234567";
const SECRET = "bench";
const BETWEEN_CALLS_MS = 1_000;

/** Of clients that have a card. */
export async function benchLiveBooking(calls: number): Promise<LiveBench> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-bench-"));
  const kommo = await startFarKommo(calls);
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  const loaded = loadConfig({
    file: undefined,
    credentialsDirectory: undefined,
    needs: ["ami", "pbx", "kommo"],
    env: {
      ASTERISK_KOMMO_AMI_PORT: String(pbx.port),
      ASTERISK_KOMMO_AMI_USERNAME: "asterisk-kommo",
      ASTERISK_KOMMO_AMI_SECRET: SECRET,
      ASTERISK_KOMMO_PBX_EXTENSIONS: '["_10X"]',
      ASTERISK_KOMMO_KOMMO_ACCOUNT_URL: kommo.url,
      ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN: kommo.token,
      ASTERISK_KOMMO_KOMMO_REQUESTS_PER_SECOND: "7",
      ASTERISK_KOMMO_USERS: '{"101": 9100001}',
      ASTERISK_KOMMO_STORE_PATH: join(folder, "store.db"),
      ASTERISK_KOMMO_HTTP_PORT: "0",
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0",
      ASTERISK_KOMMO_FASTAGI_PORT: "0",
    },
  });
  const trace = await readTrace(RECORDING);
  if (!loaded.ok || !trace.ok) throw new Error("the bench has no configuration or no recording");
  const connected = Promise.withResolvers<void>();
  const endedAt = new Map<string, number>();
  const waits: number[] = [];
  const daemon = await startDaemon({
    config: loaded.value.config,
    logger: silentLogger,
    clock: systemClock,
    userAgent: "asterisk-kommo/bench",
    onFatal: (error) => connected.reject(error),
    observer: {
      onAmi: ({ kind }) => {
        if (kind === "connected") connected.resolve();
      },
      onAccepted: (call) => endedAt.set(call.linkedId, call.endedAt),
      onStep: ({ origin, step }) => {
        if (step.kind === "register-call")
          waits.push(systemClock.now() - (endedAt.get(origin) ?? NaN));
      },
    },
  });
  if (!daemon.ok) throw new Error(daemon.failure.reason);
  await connected.promise;

  await Promise.all(
    Array.from({ length: calls }, (_, index) => {
      const phones = new Map([[RECORDED_CLIENT, phoneOf(index)]]);
      return pbx.play(trace.value, { afterMs: index * BETWEEN_CALLS_MS, phones }).finished;
    }),
  );
  while (waits.length < calls) await systemClock.sleep(50);
  const { mostInASecond } = await kommo.figures();
  await daemon.value.stop();
  await pbx.stop();
  kommo.end();
  await rm(folder, { recursive: true, force: true });
  waits.sort((one, other) => one - other);
  const at = (share: number): number => waits[Math.ceil(share * calls) - 1] ?? NaN;
  return { calls, p50: at(0.5), p99: at(0.99), mostInASecond };
}
