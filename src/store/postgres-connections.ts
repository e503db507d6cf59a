/**
 * The ways to one installation in a PostgreSQL database. Exports `createConnections`: one connection at
 * a time for writing, a few for reading, all of them noticed within seconds when the server is gone.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Client, ClientConfig, Pool, QueryArrayResult } from "pg";
import type { PostgresQuery } from "./postgres-sql.ts";
import type { Row } from "./store.ts";

export type PostgresPlace = {
  /** "postgres://user:password@host:5432/database" */
  readonly url: string;
  /** Of the installation: many share one database, each in a schema of its own. */
  readonly name: string;
};

export const schemaOf = ({ name }: Pick<PostgresPlace, "name">): string => `ak_${name}`;

/** What a lock is for; the installation is its second number. Any number that nobody else uses. */
export const LOCKS = { write: 0x616b01, daemon: 0x616b02, migrate: 0x616b03 } as const;

/** The two numbers of an advisory lock, for SQL: all locks of PostgreSQL are numbers. */
export function lockNumbers(use: keyof typeof LOCKS, place: Pick<PostgresPlace, "name">): string {
  const installation = createHash("sha256").update(schemaOf(place)).digest().readInt32BE();
  return `${LOCKS[use]}, ${installation}`;
}

const CONNECT_MS = 5_000;
/** Longer than a write waits for another host's lock (below), and not as long as one would wait for it. */
const WRITE_MS = 10_000;
const READ_MS = 60_000;
const READERS = 3;
const CLOSE_MS = 1_000;
const MOST_NAMED = 300;

/** Also where the other side vanished without a word. In seconds; the last two in milliseconds. */
const SETTINGS = {
  ...{ tcp_keepalives_idle: 3, tcp_keepalives_interval: 2, tcp_keepalives_count: 3 },
  ...{ idle_in_transaction_session_timeout: 10_000, lock_timeout: 8_000 },
};

export type Writer = {
  /** Statements may be sent before the ones before them are answered. */
  run(query: PostgresQuery): Promise<readonly Row[]>;
  /** SQL without values, of one or more statements. @returns the rows of the last */
  say(sql: string): Promise<readonly Row[]>;
  isOpen(): boolean;
  /** At once, without a word to the server: whatever was sent and not answered is rejected. */
  cut(): void;
  /** After what was sent was answered, if that does not take long. */
  close(): Promise<void>;
};

export type Connections = {
  /** Rejects with what the driver throws. */
  openWriter(): Promise<Writer>;
  read(query: PostgresQuery): Promise<readonly Row[]>;
  /** Ends what is open for reading; whoever reads next opens anew. */
  close(): Promise<void>;
};

export async function createConnections(place: PostgresPlace): Promise<Connections> {
  const { default: pg } = await import("pg");
  const common: ClientConfig = {
    connectionString: place.url,
    application_name: "asterisk-kommo",
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 3_000,
    options: Object.entries({ search_path: schemaOf(place), ...SETTINGS })
      .map(([name, value]) => `-c ${name}=${value}`)
      .join(" "),
    types: { getTypeParser: parserOf },
  };
  let pool: Pool | undefined;
  const sockets = new Set<Socket>();
  const opensSocket = (): Socket => {
    const socket = new Socket();
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket));
  };

  function readers(): Pool {
    if (pool !== undefined) return pool;
    pool = new pg.Pool({
      ...{ ...common, stream: opensSocket },
      ...{ max: READERS, idleTimeoutMillis: 30_000, allowExitOnIdle: true },
      ...{ statement_timeout: READ_MS, query_timeout: READ_MS + 5_000 },
    });
    pool.on("error", () => undefined); // of one that was idle: the next read opens another
    return pool;
  }

  return {
    async openWriter() {
      const socket = new Socket();
      const own = { stream: () => socket, pipeline: true, query_timeout: WRITE_MS };
      return openedWriter(new pg.Client({ ...common, ...own }), socket);
    },
    read: async ({ text, values }) => (await readers().query(text, [...values])).rows as Row[],
    async close() {
      const ending = pool;
      pool = undefined;
      await within(CLOSE_MS, ending?.end());
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

async function openedWriter(client: Client, socket: Socket): Promise<Writer> {
  let isOpen = true;
  const names = new Map<string, string>();
  const lost = (): void => void (isOpen = false);
  client.on("error", lost);
  client.on("end", lost);
  const nameOf = (text: string): string | undefined => {
    const name = names.get(text);
    if (name !== undefined || names.size >= MOST_NAMED) return name;
    names.set(text, `s${names.size}`);
    return names.get(text);
  };
  await client.connect();
  return {
    async run({ text, values }) {
      const name = nameOf(text);
      const query = { text, values: [...values], ...(name === undefined ? {} : { name }) };
      return (await client.query(query)).rows as Row[];
    },
    async say(sql) {
      const told: unknown = await client.query(sql);
      const last = (Array.isArray(told) ? told.at(-1) : told) as QueryArrayResult | undefined;
      return (last?.rows ?? []) as unknown as Row[];
    },
    isOpen: () => isOpen,
    cut() {
      isOpen = false;
      socket.destroy();
    },
    async close() {
      isOpen = false;
      if (socket.destroyed) return;
      const closed = once(socket, "close");
      void client.end().catch(() => undefined);
      await within(CLOSE_MS, closed);
      socket.destroy();
    },
  };
}

/** Resolves when it has ended somehow, or after so long. */
export async function within(ms: number, ending: Promise<unknown> | undefined): Promise<void> {
  const ended = new AbortController();
  const over = pause(ms, undefined, ended).catch(() => undefined);
  await Promise.race([ending, over]).catch(() => undefined);
  ended.abort();
}

/** @source PostgreSQL, pg_type.dat */
const BOOLEAN = 16;
const NUMBERS = new Set([20, 21, 23, 700, 701, 1700]);

/** As SQLite gives them: numbers, texts, nothing; what is true is 1. */
function parserOf(type: number): (text: string) => string | number {
  if (NUMBERS.has(type)) return Number;
  if (type === BOOLEAN) return (text) => (text === "t" ? 1 : 0);
  return (text) => text;
}
