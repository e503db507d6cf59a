/** What a command asks of the daemon, parsed where it comes in. */
import { failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import type { BackfillRequest } from "./backfill-run.ts";

export type BadRequest = { readonly reason: string; readonly hint: string };

const BAD: BadRequest = UNKNOWN_REQUEST.failure;

/** Calls asked for by id at once. */
export const MAX_IDS = 1_000;

export const requestAsJson = (request: BackfillRequest): object => ({
  ask: "backfill",
  from: request.from,
  to: request.to,
  linkedids: request.linkedIds,
  dry_run: request.isDryRun,
  exchange: request.exchange,
});

export function readBackfillRequest(asked: unknown): Result<BackfillRequest, BadRequest> {
  if (typeof asked !== "object" || asked === null) return failed(BAD);
  const { ask, from, to, linkedids, dry_run } = asked as Readonly<Record<string, unknown>>;
  if (ask !== "backfill" || typeof dry_run !== "boolean") return failed(BAD);
  if (Array.isArray(linkedids)) {
    const linkedIds = linkedids.filter((id) => typeof id === "string" && id !== "") as string[];
    if (linkedIds.length === 0 || linkedIds.length > MAX_IDS) return failed(BAD);
    return succeeded({ linkedIds, isDryRun: dry_run });
  }
  if (typeof from !== "number" || typeof to !== "number" || !(from < to)) return failed(BAD);
  return succeeded({ from, to, isDryRun: dry_run });
}
