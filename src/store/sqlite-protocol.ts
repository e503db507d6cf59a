/** What the main thread and the thread that holds the SQLite database say to each other. */
import type { FailureFields } from "./sqlite-failure.ts";
import type { Damage } from "./sqlite-salvage.ts";
import type { Migration, OpenFailure, Row, Statement } from "./store.ts";

export type WorkerSettings = {
  readonly path: string;
  readonly migrations: readonly Migration[];
  /** "look": reads only, beside a running daemon; nothing is created, migrated or locked. */
  readonly access: "own" | "look";
  readonly gatherMs: number;
  readonly busyWaitMs: number;
};

export type WriteRequest = {
  readonly kind: "write";
  readonly id: number;
  readonly statements: readonly Statement[];
};

export type ReadRequest = {
  readonly kind: "read";
  readonly id: number;
  readonly statement: Statement;
};

export type Request = WriteRequest | ReadRequest | { readonly kind: "close" };

/** `rows`: one list a statement. A failure without a code is a bug of the caller. */
export type Reply =
  | { readonly id: number; readonly rows: readonly (readonly Row[])[] }
  | {
      readonly id: number;
      readonly failure: FailureFields | { readonly code: undefined; readonly message: string };
    };

export type FromWorker =
  | { readonly kind: "opened"; readonly damage: Damage | undefined }
  | { readonly kind: "not-opened"; readonly failure: OpenFailure }
  | { readonly kind: "replies"; readonly replies: readonly Reply[] };
