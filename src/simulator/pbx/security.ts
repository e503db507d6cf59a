/** The `security` events by which a real exchange tells of logins and refused requests. */
import { renderEvent } from "./exchange.ts";
import type { Field } from "./wire.ts";

/** The two ends of a connection and its number, as these events name them. */
export type SessionPlace = {
  readonly id: string;
  readonly local: string;
  readonly remote: string;
  readonly since: Date;
};

/** @source `ami-login-variants`, `ami-snapshot-idle` */
export type SecurityEvent =
  | { readonly kind: "SuccessfulAuth"; readonly account: string }
  | { readonly kind: "InvalidPassword" | "InvalidAccountID"; readonly account: string }
  | { readonly kind: "RequestNotAllowed"; readonly account: string; readonly request: string }
  | { readonly kind: "RequestBadFormat"; readonly account: string; readonly request: string };

const NOT_LOGGED_IN_SINCE = new Date(0);

export function securityEvent(event: SecurityEvent, place: SessionPlace, now: Date): string {
  const account: Field = ["AccountID", event.account];
  const session: Field[] = [
    ["SessionID", place.id],
    ["LocalAddress", place.local],
    ["RemoteAddress", place.remote],
  ];
  const head = (severity: string, version = "1"): Field[] => [
    ["EventTV", timestamp(now)],
    ["Severity", severity],
    ["Service", "AMI"],
    ["EventVersion", version],
  ];
  const since: Field = ["SessionTV", timestamp(place.since)];
  const never: Field = ["SessionTV", timestamp(NOT_LOGGED_IN_SINCE)];
  return renderEvent(event.kind, "security", fields());

  function fields(): Field[] {
    switch (event.kind) {
      case "SuccessfulAuth":
        return [...head("Informational"), account, ...session, ["UsingPassword", "0"], since];
      case "InvalidPassword":
        return [...head("Error", "2"), account, ...session, never];
      case "InvalidAccountID":
        return [...head("Error"), account, ...session, never];
      case "RequestNotAllowed":
        return [
          ...head("Error"),
          account,
          ...session,
          ["RequestType", `Action: ${event.request}`],
          event.account === "" ? never : since,
        ];
      case "RequestBadFormat":
        return [
          ...head("Error"),
          ...session,
          ["RequestType", `Action: ${event.request}`],
          since,
          account,
        ];
    }
  }
}

const timestamp = (at: Date): string => at.toISOString().replace("Z", "+0000");
