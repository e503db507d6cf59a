/**
 * Which one-time tokens were used, and what was answered to which Idempotency-Key: known at once, and
 * kept over a restart. A repeat is told from a second wish without waiting for the disk.
 */
import type { Statement, Store } from "../store/store.ts";
import {
  dropKeptAnswer,
  insertKeptAnswer,
  insertUsedToken,
  keptAnswers,
  readKeptAnswer,
  readUsedToken,
  usedTokens,
} from "./schema.ts";

export type Answer = { readonly status: number; readonly body: string };

export type FirstAnswer = Answer & {
  /** Nothing was done, and it may go better a moment later: the next request with the key is a first one. */
  readonly isRepeatable: boolean;
};

/** `again`: the same request with the same key came before; `other`: another request came with it. */
export type Repeat = { readonly kind: "first" } | { readonly kind: "other" } | Again;
type Again = { readonly kind: "again"; readonly answer: Promise<Answer> };

export type TokenMemory = {
  /** What was used and answered before a restart. Rejects with StoreFailure. */
  restore(): Promise<void>;
  /** Uses it up. @returns false: it was used before, or there is no more room to remember */
  use(jti: string, endsAt: number): boolean;
  /**
   * @param asked.user who asks; keys of one user do not meet those of another
   * @param asked.request a hash of what is asked for
   */
  look(asked: { user: number; key: string; request: string }): Repeat;
  /**
   * Runs what is asked for the first time; whoever repeats it meanwhile waits for the same answer.
   * @param asked.unknown what a repeat is told where the work never came to an answer: it broke, or the
   *   process ended
   */
  answer(
    asked: { user: number; key: string; request: string; endsAt: number; unknown: Answer },
    work: () => Promise<FirstAnswer>,
  ): Promise<Answer>;
};

export type TokenMemoryDeps = {
  readonly store: Pick<Store, "read">;
  /** Not waited for. */
  readonly keepSoon: (statements: readonly Statement[]) => void;
  readonly now: () => number;
};

/** Half an hour of 50 requests a second. */
const MOST_TOKENS = 100_000;
const MOST_ANSWERS = 20_000;

type Kept = { readonly request: string; readonly endsAt: number; readonly answer: Again["answer"] };

export function createTokenMemory({ store, keepSoon, now }: TokenMemoryDeps): TokenMemory {
  const used = new Map<string, number>();
  const answers = new Map<string, Kept>();

  /** In the order of their arrival, which is nearly that of their end. */
  function dropOver(): void {
    for (const [jti, endsAt] of used) {
      if (endsAt > now()) break;
      used.delete(jti);
    }
    for (const [id, { endsAt }] of answers) {
      if (endsAt > now() && answers.size < MOST_ANSWERS) break;
      answers.delete(id);
    }
  }

  const idOf = ({ user, key }: { user: number; key: string }): string => `${user} ${key}`;

  return {
    async restore() {
      for (const row of await store.read(usedTokens(now()))) {
        const { jti, endsAt } = readUsedToken(row);
        used.set(jti, endsAt);
      }
      for (const row of await store.read(keptAnswers(now()))) {
        const { id, request, status, body, endsAt } = readKeptAnswer(row);
        answers.set(id, { request, endsAt, answer: Promise.resolve({ status, body }) });
      }
    },
    use(jti, endsAt) {
      dropOver();
      if (used.has(jti) || used.size >= MOST_TOKENS) return false;
      used.set(jti, endsAt);
      keepSoon([insertUsedToken({ jti, endsAt })]);
      return true;
    },
    look(asked) {
      const known = answers.get(idOf(asked));
      if (known === undefined || known.endsAt <= now()) return { kind: "first" };
      if (known.request !== asked.request) return { kind: "other" };
      return { kind: "again", answer: known.answer };
    },
    async answer(asked, work) {
      dropOver();
      const id = idOf(asked);
      const { request, endsAt, unknown } = asked;
      const answered = Promise.withResolvers<Answer>();
      answers.set(id, { request, endsAt, answer: answered.promise });
      const keep = ({ status, body }: Answer): void =>
        keepSoon([insertKeptAnswer({ id, request, endsAt, status, body })]);
      // Should the process end now, the next one does not do it again.
      keep(unknown);
      let answer: Answer = unknown;
      try {
        const first = await work();
        answer = first;
        if (first.isRepeatable) {
          answers.delete(id);
          keepSoon([dropKeptAnswer(id)]);
        } else keep(first);
        return first;
      } finally {
        answered.resolve(answer);
      }
    },
  };
}
