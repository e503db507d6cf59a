/**
 * A bounded set of connections that many accounts use in turn. Exports `createPool`. Nobody's turns cost
 * the others theirs: each has few at a time, they go round, and those whose turns take long (somebody
 * holds a lock, a long search) have only a part of the connections.
 */
import { toError } from "../lib/failure.ts";
import { within, type Connection } from "./postgres-connection.ts";
import { StoreFailure } from "./store.ts";

export type Turn = {
  readonly connection: Connection;
  /** Gives it back; one that is not open any more is replaced when it is needed. */
  readonly end: () => void;
};

/** Who takes turns: one object each. */
export type Asker = { readonly name: string };

export type Pool = {
  /**
   * Waits for a connection. Rejects with what `open` rejects with where none can be had, and with the
   * code POSTGRES_BUSY after 10 s.
   */
  take(asker: Asker): Promise<Turn>;
  /** One did not answer: those that nobody uses would not either, and are not kept. */
  doubt(): void;
  /** Rejects with `why` what it waits for; what it has goes on. */
  leave(asker: Asker, why: Error): void;
  /** Ends after the turns that are under way, if those do not take long. */
  close(): Promise<void>;
};

export type PoolDeps = {
  readonly open: () => Promise<Connection>;
  readonly most: number;
  /** At a time, of one asker. */
  readonly mostOfOne: number;
  /** At a time, of all askers whose last turn took long. */
  readonly mostOfSlow: number;
  /** After which a connection that nobody used is closed; absent: never. */
  readonly idleMs?: number;
};

const SLOW_MS = 1_000;
const WAIT_MS = 10_000;
const CLOSE_MS = 1_000;
/** Where the server lets us have no more, those that there are have to do. */
const OPEN_AGAIN_MS = 5_000;

type Asked = {
  readonly give: (turn: Turn) => void;
  readonly refuse: (error: Error) => void;
  readonly isOver: () => boolean;
};
type Idle = { readonly connection: Connection; readonly sinceMs: number };
/** Without a connection as long as that is being opened. */
type Held = { readonly asker: Asker; connection?: Connection };

export function createPool(deps: PoolDeps): Pool {
  const { open, most, mostOfOne, mostOfSlow, idleMs } = deps;
  /** By asker; whoever was given a turn last stands last. */
  const waiting = new Map<Asker, Asked[]>();
  /** The one that was used last is used next. */
  const idle: Idle[] = [];
  const held = new Set<Held>();
  const slow = new WeakSet<Asker>();
  /** What the server has planned there is still that of the asker, as a rule. */
  const lastOf = new WeakMap<Asker, Connection>();
  let openAgainMs = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let ended = Promise.withResolvers<void>();
  const sweeping = idleMs === undefined ? undefined : setInterval(sweep, idleMs).unref();

  function mayHave(asker: Asker): boolean {
    const all = [...held];
    if (all.filter((one) => one.asker === asker).length >= mostOfOne) return false;
    return !slow.has(asker) || all.filter((one) => slow.has(one.asker)).length < mostOfSlow;
  }

  function mayOpen(): boolean {
    if (held.size >= most) return false;
    return performance.now() >= openAgainMs || !areThereOthers();
  }

  const areThereOthers = (): boolean =>
    [...held].some(({ connection }) => connection?.isOpen() === true);

  function serve(): void {
    for (const [asker, asked] of waiting) {
      while (asked[0]?.isOver() === true) asked.shift();
      if (asked.length === 0) waiting.delete(asker);
      if (asked.length === 0 || !mayHave(asker)) continue;
      const connection = idleOf(asker);
      if (connection === undefined && !mayOpen()) return;
      const first = asked.shift();
      waiting.delete(asker);
      if (asked.length > 0) waiting.set(asker, asked);
      if (first === undefined) continue;
      const one: Held = { asker };
      held.add(one);
      if (connection === undefined) void openFor(first, one);
      else lend(first, { one, connection });
    }
  }

  /** @returns undefined: there is none that is open */
  function idleOf(asker: Asker): Connection | undefined {
    for (let at = idle.length - 1; at >= 0; at--)
      if (idle[at]?.connection.isOpen() !== true) idle.splice(at, 1);
    const own = idle.findIndex(({ connection }) => connection === lastOf.get(asker));
    return idle.splice(own, 1)[0]?.connection; // -1: the last
  }

  async function openFor(asked: Asked, one: Held): Promise<void> {
    try {
      lend(asked, { one, connection: await open() });
    } catch (thrown) {
      held.delete(one);
      if (isClosed || !areThereOthers()) asked.refuse(toError(thrown));
      else {
        openAgainMs = performance.now() + OPEN_AGAIN_MS;
        waiting.set(one.asker, [asked, ...(waiting.get(one.asker) ?? [])]);
      }
      serve();
    }
  }

  function lend(asked: Asked, { one, connection }: { one: Held; connection: Connection }): void {
    one.connection = connection;
    const begunMs = performance.now();
    const turn: Turn = {
      connection,
      end() {
        if (!held.delete(one)) return;
        if (performance.now() - begunMs > SLOW_MS) slow.add(one.asker);
        else slow.delete(one.asker);
        if (!connection.isFree()) connection.cut();
        else {
          lastOf.set(one.asker, connection);
          idle.push({ connection, sinceMs: performance.now() });
        }
        if (held.size === 0) ended.resolve();
        serve();
      },
    };
    if (isClosed) connection.cut();
    if (asked.isOver()) turn.end();
    else asked.give(turn);
  }

  function sweep(): void {
    const beforeMs = performance.now() - (idleMs ?? 0);
    const old = idle.filter(({ sinceMs }) => sinceMs < beforeMs);
    for (const one of old) {
      idle.splice(idle.indexOf(one), 1);
      void one.connection.close();
    }
  }

  return {
    take(asker) {
      return new Promise((resolve, reject) => {
        let isOver = false;
        const over = (): void => {
          isOver = true;
          clearTimeout(tooLong);
        };
        const tooLong = setTimeout(() => asked.refuse(allInUse()), WAIT_MS);
        const asked: Asked = {
          isOver: () => isOver,
          give(turn) {
            over();
            resolve(turn);
          },
          refuse(error) {
            over();
            reject(error);
          },
        };
        const others = waiting.get(asker);
        if (others === undefined) waiting.set(asker, [asked]);
        else others.push(asked);
        serve();
      });
    },
    doubt: () => idle.splice(0).forEach(({ connection }) => connection.cut()),
    leave(asker, why) {
      waiting.get(asker)?.forEach(({ refuse }) => refuse(why));
      waiting.delete(asker);
    },
    async close() {
      isClosed = true;
      clearInterval(sweeping);
      if (held.size > 0) {
        ended = Promise.withResolvers();
        await within(CLOSE_MS, ended.promise);
      }
      for (const { connection } of held) connection?.cut();
      await Promise.all(idle.map(({ connection }) => connection.close()));
    },
  };
}

const allInUse = (): StoreFailure =>
  new StoreFailure("all connections of this host to PostgreSQL are in use", {
    code: "POSTGRES_BUSY",
    hint: "look for long statements in pg_stat_activity; work goes on by itself",
  });
