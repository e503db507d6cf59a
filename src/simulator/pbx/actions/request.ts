/** What an action is given. */
import type { Exchange } from "../exchange.ts";
import type { Action, Field } from "../wire.ts";

/** One request of one connection, with the ways to answer it. */
export type Request = {
  readonly action: Action;
  readonly exchange: Exchange;
  /** Classes of the user who asks. */
  readonly write: readonly string[];
  readonly succeed: (fields: readonly Field[]) => void;
  readonly refuse: (message: string) => void;
  /** Further messages to this connection alone. */
  readonly send: (messages: string) => void;
};
