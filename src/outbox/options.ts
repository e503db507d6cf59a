/** What the outbox is given, and whom it tells. */
import type { Clock } from "../lib/clock.ts";
import type { Store, StoreFailure } from "../store/store.ts";
import type { Course, FarSide, Halt, Preparation } from "./delivery.ts";
import type { Pauses } from "./line.ts";
import type { Answer } from "./settle.ts";
import type { QueuedStep } from "./step-row.ts";

export type OutboxOptions<S extends { readonly kind: string }, R> = {
  readonly store: Store;
  readonly clock: Clock;
  readonly farSide: FarSide<S, R>;
  /** Around each question to the far side, with the origins of the steps it is about. */
  readonly about?: <T>(origins: readonly string[], ask: () => Promise<T>) => Promise<T>;
  readonly course: Course<S, R>;
  readonly preparation?: Preparation<S> | undefined;
  /** How long a step waits for others to go with it. Default 100. A full batch does not wait. */
  readonly gatherMs?: number;
  /** Sends and looks under way at once. Default 4. */
  readonly mostInFlight?: number;
  /** "Nothing found" counts only this long after a request was given up … Default 60,000. */
  readonly believeAbsenceAfterMs?: number;
  /** … and when a second look, this much later, found nothing either. Default 15,000. */
  readonly secondLookAfterMs?: number;
  /** Between tries while nothing goes through. Default 1,000 doubling to 60,000. */
  readonly pauses?: Pauses;
  /** Default 4,500. */
  readonly stopWithinMs?: number;

  // All are told after the change is on the disk. A listener must not throw.
  readonly onDone?: (step: QueuedStep<S>, answer: Answer<R>) => void;
  readonly onSetAside?: (step: QueuedStep<S>, why: { reason: string; hint: string }) => void;
  readonly onHalt?: (halt: Halt) => void;
  readonly onResume?: () => void;
  /** Nothing of a batch went through; tried again after the pause. */
  readonly onTrouble?: (trouble: { reason: string; pauseMs: number }) => void;
  /** The store is full or locked; the outbox waits. */
  readonly onStoreTrouble?: (failure: StoreFailure) => void;
  /** A bug or a broken store: the outbox has stopped, and the daemon has to be started again. */
  readonly onCrash?: (error: Error) => void;
};
