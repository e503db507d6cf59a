/** What the main thread and a thread that holds SQLite databases say to each other. */
import type { MessagePort } from "node:worker_threads";
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
  /** Of the file beside the store that is given up when the disk is full; 0: none. */
  readonly reserveBytes: number;
};

/** A database to be opened; all else about it is said over its port. */
export type OpenRequest = { readonly settings: WorkerSettings; readonly port: MessagePort };

/** "end": all databases are closed, and no more will come. */
export type ToThread = OpenRequest | "end";

export type WriteRequest = {
  readonly kind: "write";
  readonly id: number;
  readonly statements: readonly Statement[];
  readonly guard?: Statement | undefined;
};

export type ReadRequest = {
  readonly kind: "read";
  readonly id: number;
  readonly statement: Statement;
};

/** Nothing that was deleted shall be left in the files; `isWhole`: the file is written anew. */
export type ScrubRequest = {
  readonly kind: "scrub";
  readonly id: number;
  readonly isWhole: boolean;
};

export type Request = WriteRequest | ReadRequest | ScrubRequest | { readonly kind: "close" };

/** `rows`: one list a statement. A failure without a code is a bug of the caller. */
export type Reply =
  | { readonly id: number; readonly rows: readonly (readonly Row[])[] }
  | {
      readonly id: number;
      readonly failure: FailureFields | { readonly code: undefined; readonly message: string };
    };

/** "in-use": the disk is full, and calls are kept in the room that was set aside for them. */
export type ReserveState = "whole" | "in-use";

export type FromWorker =
  /** `reserve`: in use where it could not be opened without. */
  | {
      readonly kind: "opened";
      readonly damage: Damage | undefined;
      readonly reserve: ReserveState;
    }
  | { readonly kind: "not-opened"; readonly failure: OpenFailure }
  /** The last word. */
  | { readonly kind: "closed" }
  | { readonly kind: "reserve"; readonly state: ReserveState }
  | { readonly kind: "replies"; readonly replies: readonly Reply[] };
