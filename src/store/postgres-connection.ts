/**
 * One connection to PostgreSQL. Exports `openConnection`: it sends statements before the ones before them
 * are answered, prepares each of them once, and notices within seconds that the server is gone.
 */
import { once } from "node:events";
import { Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import type { Client, QueryArrayResult } from "pg";
import type { PostgresQuery } from "./postgres-sql.ts";
import type { Row } from "./store.ts";

export type Connection = {
  /**
   * Statements may be sent before the ones before them are answered.
   * @param given.answerMs how long this answer may take; default: as any
   * @param given.schema whose tables it is about, where the transaction says so and not `enter`
   */
  run(
    query: PostgresQuery,
    given?: { readonly answerMs?: number; readonly schema?: string },
  ): Promise<readonly Row[]>;
  /** SQL without values, of one or more statements. @returns the rows of the last */
  say(sql: string): Promise<readonly Row[]>;
  /**
   * From now on, outside of transactions, the tables of this schema are found. What is sent right behind
   * it holds only if this was not rejected.
   */
  enter(schema: string): Promise<void>;
  isOpen(): boolean;
  /** Open, and nothing that somebody began is still to be ended. */
  isFree(): boolean;
  /** At once, without a word to the server: whatever was sent and not answered is rejected. */
  cut(): void;
  /** After what was sent was answered, if that does not take long. */
  close(): Promise<void>;
};

export type Patience = {
  /** How long an answer may take, before the connection is given up. */
  readonly answerMs: number;
  /** After which the server itself ends a statement. */
  readonly statementMs?: number;
};

const CONNECT_MS = 5_000;
const CLOSE_MS = 1_000;
const MOST_NAMED = 300;

/** Also where the other side vanished without a word. In seconds; the last two in milliseconds. */
const SETTINGS = {
  ...{ tcp_keepalives_idle: 3, tcp_keepalives_interval: 2, tcp_keepalives_count: 3 },
  ...{ idle_in_transaction_session_timeout: 10_000, lock_timeout: 8_000 },
  search_path: "pg_catalog",
};

const OPTIONS = Object.entries(SETTINGS)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(" ");

/**
 * Rejects with what the driver throws.
 * @param onLost told when it has ended without being closed
 */
export async function openConnection(
  url: string,
  patience: Patience,
  onLost: () => void = () => undefined,
): Promise<Connection> {
  const { default: pg } = await import("pg");
  const socket = new Socket();
  const client = new pg.Client({
    ...{ connectionString: url, application_name: "asterisk-kommo", options: OPTIONS },
    ...{ connectionTimeoutMillis: CONNECT_MS, query_timeout: patience.answerMs },
    ...(patience.statementMs === undefined ? {} : { statement_timeout: patience.statementMs }),
    ...{ keepAlive: true, keepAliveInitialDelayMillis: 3_000 },
    ...{ stream: () => socket, pipeline: true, types: { getTypeParser: parserOf } },
  });
  let isOpen = false;
  const left = (): void => void (isOpen = false);
  const lost = (): void => {
    if (!isOpen) return;
    isOpen = false;
    onLost();
  };
  client.on("error", lost);
  client.on("end", lost);
  await client.connect();
  isOpen = true;
  return connectionOf(client, { socket, isOpen: () => isOpen, lost, left });
}

type Line = {
  readonly socket: Socket;
  readonly isOpen: () => boolean;
  readonly lost: () => void;
  /** It is not open any more because nobody needs it. */
  readonly left: () => void;
};

function connectionOf(client: Client, { socket, isOpen, lost, left }: Line): Connection {
  const names = new Map<string, string>();
  let entered: string | undefined;
  let isGathering = false;

  /** What is asked for in one go is sent in one piece: a group of writes is hundreds of small messages. */
  function gather(): void {
    if (isGathering) return;
    isGathering = true;
    socket.cork();
    process.nextTick(() => {
      isGathering = false;
      socket.uncork();
    });
  }

  /** One text has a name for each schema: PostgreSQL plans it anew where the tables are others. */
  function nameOf(text: string, schema = entered ?? ""): string | undefined {
    const key = `${schema} ${text}`;
    const name = names.get(key);
    if (name !== undefined || names.size >= MOST_NAMED) return name;
    names.set(key, `s${names.size}`);
    return names.get(key);
  }

  async function say(sql: string): Promise<readonly Row[]> {
    gather();
    const told: unknown = await client.query(sql);
    const last = (Array.isArray(told) ? told.at(-1) : told) as QueryArrayResult | undefined;
    return (last?.rows ?? []) as unknown as Row[];
  }

  return {
    ...{ say, isOpen },
    isFree: () => isOpen() && client.getTransactionStatus() === "I",
    async run({ text, values }, { answerMs, schema } = {}) {
      gather();
      const name = nameOf(text, schema);
      const query = {
        ...{ text, values: [...values] },
        ...(name === undefined ? {} : { name }),
        ...(answerMs === undefined ? {} : { query_timeout: answerMs }),
      };
      return (await client.query(query)).rows as Row[];
    },
    async enter(schema) {
      if (schema === entered) return;
      entered = schema;
      try {
        await say(`SET search_path TO ${schema}`);
      } catch (thrown) {
        entered = undefined;
        throw thrown;
      }
    },
    cut() {
      lost();
      socket.destroy();
    },
    async close() {
      left();
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
