/**
 * The exchange's own black list: numbers that FreePBX and Issabel keep in AstDB, in the family
 * "blacklist". Asked over AMI, and where Asterisk is too old for that read from its file. Exports
 * `createBlacklist`.
 * @source Asterisk, "AMI Actions, DBGetTree": since 16.28, 18.14, 19.6; write class system or reporting
 */
import { statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { AmiText } from "../ami/framer.ts";
import { fieldOf, parseMessage } from "../ami/message.ts";
import type { AmiSession } from "../ami/session.ts";
import type { Clock } from "../lib/clock.ts";
import { codeOf, failed, succeeded, toError, type Result } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import { digitsOf, MATCHED_DIGITS, phoneKey } from "../lib/phone.ts";

export type Blacklist = {
  /** Compared as Kommo compares numbers: by the last ten digits, shorter ones whole. */
  readonly has: (phone: string) => boolean;
  /** To be called when AMI is connected: reads at once. */
  readonly refresh: () => Promise<void>;
  /** Reads every minute until `signal` is aborted. */
  readonly start: (signal: AbortSignal) => void;
};

export type BlacklistDeps = {
  readonly send: AmiSession["send"];
  /** Asterisk's astdb.sqlite3. */
  readonly path: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "warn" | "info">;
};

const EVERY_MS = 60_000;
const FAMILY = "/blacklist/";

type Trouble = { readonly reason: string; readonly hint: string };

export function createBlacklist({ send, path, clock, log }: BlacklistDeps): Blacklist {
  let keys: ReadonlySet<string> = new Set();
  let told: string | undefined;
  let readFile = createFileReader(path);

  /** undefined: as before, or not known yet. */
  async function read(): Promise<Result<readonly string[] | undefined, Trouble>> {
    const answer = await send({ Action: "DBGetTree", Family: "blacklist" });
    if (answer.ok) return succeeded(answer.value.items.flatMap(keyOf));
    const { kind, hint } = answer.failure;
    // Not connected: asked again once it is.
    if (kind !== "rejected" && kind !== "permission-denied") return succeeded(undefined);
    const fromFile = readFile();
    if (fromFile.ok || kind === "rejected") return fromFile;
    return failed({ reason: fromFile.failure.reason, hint });
  }

  async function refresh(): Promise<void> {
    const found = await read();
    if (!found.ok) {
      // What was known stays: a list that cannot be read is no empty list.
      const { reason, hint } = found.failure;
      if (told !== reason) log.warn({ reason, hint }, "the exchange's black list cannot be read");
      told = reason;
      readFile = createFileReader(path);
      return;
    }
    told = undefined;
    if (found.value === undefined) return;
    const next = new Set(found.value.map(matched).filter((key) => key !== ""));
    const isNews = next.size !== keys.size;
    keys = next;
    if (isNews) log.info({ numbers: keys.size }, "black list of the exchange read");
  }

  return {
    has: (phone) => keys.has(matched(phone)),
    refresh,
    start(signal) {
      void (async () => {
        while (!signal.aborted) {
          await clock.sleep(EVERY_MS, signal);
          if (!signal.aborted) await refresh();
        }
      })();
    },
  };
}

/** "blocked" (withheld numbers) and "dest" stand among the numbers. */
const matched = (number: string): string =>
  /^\+?[\d ().-]+$/.test(number)
    ? digitsOf(number).length >= MATCHED_DIGITS
      ? phoneKey(number)
      : digitsOf(number)
    : "";

function keyOf(item: AmiText): string[] {
  const message = parseMessage(item);
  const key = message && fieldOf(message, "Key");
  return key?.startsWith(FAMILY) === true ? [key.slice(FAMILY.length)] : [];
}

/** Reads the file only when it has changed since. */
function createFileReader(path: string): () => Result<readonly string[] | undefined, Trouble> {
  let seen = "";
  return () => {
    try {
      const { mtimeMs, size } = statSync(path);
      const state = `${mtimeMs} ${size}`;
      if (state === seen) return succeeded(undefined);
      const db = new DatabaseSync(path, { readOnly: true, timeout: 1_000 });
      try {
        const rows = db.prepare("SELECT key FROM astdb WHERE key LIKE ?").all(`${FAMILY}%`);
        seen = state;
        return succeeded(rows.map(({ key }) => String(key).slice(FAMILY.length)));
      } finally {
        db.close();
      }
    } catch (thrown) {
      const why = codeOf(thrown) ?? toError(thrown).message;
      return failed({
        reason: `this Asterisk does not tell AstDB over AMI, and ${path} cannot be read (${why})`,
        hint: "let the daemon's user read it (group asterisk), or look at pbx.astdb_path",
      });
    }
  };
}
