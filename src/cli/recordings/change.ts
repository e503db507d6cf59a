/**
 * `asterisk-kommo recordings retry | rotate-key | revoke-key`: the running daemon does it, since it owns
 * the store and holds the keys; where none runs, the command itself.
 */
import { parseArgs } from "node:util";
import { systemClock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { openKeyRing, type KeyRing } from "../../recordings/key-ring.ts";
import { retryRecordings } from "../../recordings/schema.ts";
import type { Row, Statement } from "../../store/store.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { withStoreOrDaemon, type CommandFailure } from "../store-or-daemon.ts";
import type { StorePlace } from "../../store/open-store.ts";

type Change =
  | { readonly change: "retry" }
  | { readonly change: "rotate-key" }
  | { readonly change: "revoke-key"; readonly key: string };

/** One sentence for the terminal. */
type Changed = Result<string, CommandFailure>;

export type ChangeDeps = {
  readonly ring: Pick<KeyRing, "rotate" | "revoke" | "keys">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly now: () => number;
  /** Recordings are to be looked for. */
  readonly wake: () => void;
};

/** How the daemon answers. */
export const createChangeAnswer =
  (deps: ChangeDeps): ((asked: unknown) => Promise<unknown>) =>
  async (asked) => {
    const change = readChange(asked);
    return change === undefined ? UNKNOWN_REQUEST : makeChange(change, deps);
  };

export const RECORDINGS_ASK = "recordings";

function readChange(asked: unknown): Change | undefined {
  if (typeof asked !== "object" || asked === null) return undefined;
  const { change, key } = asked as Readonly<Record<string, unknown>>;
  if (change === "retry" || change === "rotate-key") return { change };
  return change === "revoke-key" && typeof key === "string" ? { change, key } : undefined;
}

async function makeChange(change: Change, { ring, keep, now, wake }: ChangeDeps): Promise<Changed> {
  switch (change.change) {
    case "retry": {
      const [rows = []] = await keep([retryRecordings(now())]);
      wake();
      const count = rows.length === 1 ? "1 recording is" : `${rows.length} recordings are`;
      return succeeded(`${count} looked for anew`);
    }
    case "rotate-key": {
      const { id } = await ring.rotate();
      return succeeded(`new links are signed with the key ${id}; links on cards go on`);
    }
    case "revoke-key": {
      if (!(await ring.revoke(change.key)))
        return failed({
          reason: `there is no key ${JSON.stringify(change.key.slice(0, 20))}`,
          hint: "asterisk-kommo recordings keys shows those there are",
        });
      return succeeded(`links of the key ${change.key} play no more`);
    }
  }
}

export const runRecordingsRetry = (args: string[], terminal?: Terminal): Promise<number> =>
  runChange("retry", args, terminal);
export const runRecordingsRotateKey = (args: string[], terminal?: Terminal): Promise<number> =>
  runChange("rotate-key", args, terminal);
export const runRecordingsRevokeKey = (args: string[], terminal?: Terminal): Promise<number> =>
  runChange("revoke-key", args, terminal);

async function runChange(
  name: Change["change"],
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { config: { type: "string" } },
    allowPositionals: true,
  });
  const [key, ...others] = positionals;
  const change: Change | undefined =
    name === "revoke-key"
      ? key === undefined
        ? undefined
        : { change: name, key }
      : { change: name };
  const isRight = name === "revoke-key" ? others.length === 0 : key === undefined;
  if (change === undefined || !isRight) {
    const wanted = name === "revoke-key" ? "give one key" : "it takes nothing";
    err.write(`asterisk-kommo recordings ${name}: ${wanted}; see: recordings --help\n`);
    return 2;
  }
  const loaded = openConfig({ file: values.config, needs: [] });
  if (!loaded.ok) {
    err.write(tellProblems(loaded.failure));
    return 1;
  }
  const changed = await changeAnyhow(change, loaded.value.config.store);
  if (changed.ok) out.write(`${changed.value}\n`);
  else {
    const { reason, hint } = changed.failure;
    err.write(`asterisk-kommo recordings ${name}: ${reason}; ${hint}\n`);
  }
  return changed.ok ? 0 : 1;
}

const changeAnyhow = (change: Change, place: StorePlace): Promise<Changed> =>
  withStoreOrDaemon({
    place,
    makesStore: false,
    ask: { ask: RECORDINGS_ASK, ...change },
    async alone(store) {
      const now = (): number => systemClock.now();
      const keep: ChangeDeps["keep"] = (statements) => store.write(statements);
      const ring = await openKeyRing({ store, keep, now });
      return makeChange(change, { ring, keep, now, wake: () => undefined });
    },
  });
