/**
 * All that can go wrong between us and Asterisk's manager interface, as values. `retry` says what a
 * repeat is good for; `hint` is one sentence for the administrator and never holds a secret.
 */
import { assertNever, codeOf, toError } from "../lib/failure.ts";
import { tellNoMoreFiles } from "../lib/no-more-files.ts";

export type AmiAddress = {
  readonly host: string;
  readonly port: number;
  /** Present: TLS, and the certificate is always verified. */
  readonly tls?: {
    /** PEM text of the authority, or of the exchange's own self-signed certificate. */
    readonly ca?: string;
    /** The name in the certificate, where it is not `host`. */
    readonly servername?: string;
  };
};

type Later = { readonly retry: "later"; readonly hint: string };
type AfterOperator = { readonly retry: "after-operator"; readonly hint: string };
type Never = { readonly retry: "never"; readonly hint: string };

export type AmiFailure =
  | ({ readonly kind: "unreachable"; readonly code: string } & Later)
  | ({ readonly kind: "tls-failed"; readonly code: string } & AfterOperator)
  | ({ readonly kind: "not-ami" } & AfterOperator)
  | ({ readonly kind: "refused" } & AfterOperator)
  | ({ readonly kind: "lost"; readonly how: LossCause } & Later)
  | ({ readonly kind: "not-connected" } & Later)
  | ({ readonly kind: "timed-out"; readonly action: string } & Later)
  | ({ readonly kind: "too-long-list"; readonly action: string } & Later)
  | ({ readonly kind: "permission-denied"; readonly action: string } & AfterOperator)
  | ({ readonly kind: "rejected"; readonly action: string; readonly message: string } & Never)
  | ({ readonly kind: "unencodable"; readonly action: string; readonly field: string } & Never)
  | ({ readonly kind: "paused" } & AfterOperator)
  | ({ readonly kind: "stopped" } & Never);

/** `silent`: no byte for too long, pings unanswered. `shutdown`: Asterisk said that it ends. */
export type LossCause = "closed" | "reset" | "silent" | "shutdown";

const place = ({ host, port }: AmiAddress): string => `${host}:${port}`;

/** What a socket's error before the connection stood means. */
export function connectFailure(error: unknown, address: AmiAddress): AmiFailure {
  const code = codeOf(error) ?? "unknown";
  const noFiles = tellNoMoreFiles(toError(error));
  if (noFiles !== undefined) {
    const hint = `Asterisk at ${place(address)} cannot be asked, no more files can be opened (${code}): ${noFiles.hint}.`;
    return { kind: "unreachable", code, retry: "later", hint };
  }
  const isNetwork = /^(E(CONN|HOST|NET|TIMEDOUT|NOTFOUND|AI_|PIPE|ACCES|ADDR)|unknown)/.test(code);
  if (address.tls !== undefined && !isNetwork) {
    return {
      kind: "tls-failed",
      code,
      retry: "after-operator",
      hint: `The TLS connection to Asterisk at ${place(address)} was not trusted (${code}): check ami.tls and that the port is the manager's TLS port.`,
    };
  }
  return {
    kind: "unreachable",
    code,
    retry: "later",
    hint: `Asterisk's manager interface at ${place(address)} does not answer (${code}): check that Asterisk runs, that manager.conf has "enabled = yes" and that host and port are right.`,
  };
}

export const notAmi = (address: AmiAddress): AmiFailure => ({
  kind: "not-ami",
  retry: "after-operator",
  hint: `What answers at ${place(address)} is not Asterisk's manager interface: check ami.host and ami.port (usually 5038, with TLS 5039).`,
});

export const refused = (username: string, address: AmiAddress): AmiFailure => ({
  kind: "refused",
  retry: "after-operator",
  hint: `Asterisk at ${place(address)} refused the login of "${username}": check name and secret in manager.conf, and that its "permit" lines allow this host's address.`,
});

export function lost(how: LossCause, address: AmiAddress): AmiFailure {
  const hint = `The connection to Asterisk at ${place(address)} ${lossText(how)}; it is tried again by itself.`;
  return { kind: "lost", how, retry: "later", hint };
}

function lossText(how: LossCause): string {
  switch (how) {
    case "closed":
      return "was closed by the other side";
    case "reset":
      return "broke";
    case "silent":
      return "was silent for too long";
    case "shutdown":
      return "ended because Asterisk shut down";
    default:
      return assertNever(how);
  }
}

export const notConnected: AmiFailure = {
  kind: "not-connected",
  retry: "later",
  hint: "There is no connection to Asterisk at the moment; the log says why.",
};

export const paused: AmiFailure = {
  kind: "paused",
  retry: "after-operator",
  hint: "Nobody listens to Asterisk now: calls that are over wait in memory, and it holds no more of them. Make room for the store; then it goes on by itself.",
};

export const stopped: AmiFailure = {
  kind: "stopped",
  retry: "never",
  hint: "The connection to Asterisk is being ended because the daemon stops.",
};

export const timedOut = (action: string, limitMs: number): AmiFailure => ({
  kind: "timed-out",
  action,
  retry: "later",
  hint: `Asterisk did not answer ${action} within ${limitMs / 1000} s: it may be overloaded.`,
});

export const tooLongList = (action: string, items: number): AmiFailure => ({
  kind: "too-long-list",
  action,
  retry: "later",
  hint: `Asterisk's answer to ${action} has more than ${items} items and was not kept.`,
});

/**
 * What `Response: Error` to an action means.
 * @source asterisk.md (e): "Permission denied" is the text for a missing write class
 */
export function rejection(action: string, message: string): AmiFailure {
  if (/permission denied/i.test(message)) {
    const classes = WRITE_CLASSES[action];
    const add = classes === undefined ? "" : `: add "${classes}" to its "write" in manager.conf`;
    return {
      kind: "permission-denied",
      action,
      retry: "after-operator",
      hint: `The manager user may not use ${action}${add}.`,
    };
  }
  const hint = `Asterisk refused ${action}: ${printable(message)}.`;
  return { kind: "rejected", action, message, retry: "never", hint };
}

const printable = (message: string): string =>
  message.replace(/[\x00-\x1f\x7f]/g, " ").slice(0, 200) || "no reason given";

/**
 * One class of those that permit an action, the least powerful one; actions that need none are not
 * named.
 * @source Asterisk, the manager's ListCommands
 */
const WRITE_CLASSES: Readonly<Record<string, string>> = {
  CoreShowChannels: "reporting",
  CoreSettings: "reporting",
  CoreStatus: "reporting",
  Status: "call",
  Agents: "agent",
  DBGetTree: "reporting",
  DeviceStateList: "reporting",
  ExtensionStateList: "reporting",
  PJSIPShowEndpoints: "system",
  SIPpeers: "reporting",
  Originate: "originate",
  Redirect: "call",
  BlindTransfer: "call",
  Hangup: "call",
  Command: "command",
};
