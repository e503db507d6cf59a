// SIP messages as values: just enough of RFC 3261 for telephones in a laboratory, over UDP, with
// one hop. What Asterisk sends is parsed once, here.

export type SipHeader = readonly [name: string, value: string];

export type SipRequest = {
  readonly kind: "request";
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly SipHeader[];
  readonly body: string;
};

export type SipResponse = {
  readonly kind: "response";
  readonly status: number;
  readonly reason: string;
  readonly headers: readonly SipHeader[];
  readonly body: string;
};

export type SipMessage = SipRequest | SipResponse;

/** @throws on bytes that are no SIP message: in the lab that is a bug, not an input. */
export function parseSip(text: string): SipMessage {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) throw new Error(`not a SIP message: ${text.slice(0, 80)}`);
  const [first = "", ...lines] = text.slice(0, end).split("\r\n");
  const body = text.slice(end + 4);
  const headers = lines.map((line): SipHeader => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });

  if (first.startsWith("SIP/2.0 ")) {
    const status = Number(first.slice(8, 11));
    return { kind: "response", status, reason: first.slice(12), headers, body };
  }
  const [method = "", uri = ""] = first.split(" ");
  return { kind: "request", method, uri, headers, body };
}

export function formatSip(message: SipMessage): string {
  const first =
    message.kind === "request"
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`);
  return [
    first,
    ...lines,
    `Content-Length: ${Buffer.byteLength(message.body)}`,
    "",
    message.body,
  ].join("\r\n");
}

/** The first header of this name, or an empty text. */
export function header(message: SipMessage, name: string): string {
  const wanted = name.toLowerCase();
  return message.headers.find(([key]) => key.toLowerCase() === wanted)?.[1] ?? "";
}

/** `tag`, `branch` and other parameters: `;name=value`. */
export function parameter(value: string, name: string): string {
  return new RegExp(`;\\s*${name}=("?)([^;,">]*)\\1`, "i").exec(value)?.[2] ?? "";
}

/** "79161234567" of `"Name" <sip:79161234567@127.0.0.1>;tag=x` and of `sip:…` alone. */
export function userOf(value: string): string {
  return decodeURIComponent(/sips?:([^@;>]*)@/.exec(value)?.[1] ?? "");
}

/** The address in angle brackets, or the value itself. */
export function uriOf(value: string): string {
  return /<([^>]*)>/.exec(value)?.[1] ?? value.split(";")[0] ?? "";
}

export function reply(
  request: SipRequest,
  answer: { status: number; reason: string; toTag?: string; headers?: readonly SipHeader[] },
): Omit<SipResponse, "body"> {
  const copied = request.headers.filter(([name]) =>
    /^(via|from|call-id|cseq|record-route)$/i.test(name),
  );
  const to = header(request, "To");
  const tagged = parameter(to, "tag") || !answer.toTag ? to : `${to};tag=${answer.toTag}`;
  return {
    kind: "response",
    status: answer.status,
    reason: answer.reason,
    headers: [...copied, ["To", tagged], ...(answer.headers ?? [])],
  };
}
