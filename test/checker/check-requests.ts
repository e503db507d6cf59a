// The pace of the requests, and that nobody hammers a closed door.
import { mostInASecond } from "../../src/simulator/kommo/journal.ts";
import type { CheckOptions } from "./check-journal.ts";
import type { Evidence } from "./evidence.ts";
import { problem, type Problem } from "./problem.ts";

/** Four requests of the outbox and one beside them: what may be under way when the door is closed. */
const UNDER_WAY = 5;

export function checkRequests(
  requests: Evidence["requests"],
  {
    requestsPerSecond = 7,
    mostRefusals = UNDER_WAY,
  }: Pick<CheckOptions, "requestsPerSecond" | "mostRefusals">,
): Problem[] {
  const most = mostInASecond(requests.map(({ at }) => at));
  const refused = Map.groupBy(
    requests.filter(({ status, answer }) => status === 401 || (status === 403 && answer === null)),
    ({ token, status, path }) => `${String(status)} to ${token ?? path}`,
  );
  return [
    ...(most > requestsPerSecond
      ? [problem("too-fast", `${most} requests in one second, where ${requestsPerSecond} may be`)]
      : []),
    ...[...refused].flatMap(([what, { length }]) =>
      length > mostRefusals
        ? [problem("refused-again", `${what} was answered ${length} times`)]
        : [],
    ),
  ];
}
