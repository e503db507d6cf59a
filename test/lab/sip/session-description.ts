// SDP of a telephone that speaks G.711 µ-law and nothing else.

export function describeSession(
  host: string,
  port: number,
  direction: "sendrecv" | "sendonly",
): string {
  const lines = [
    "v=0",
    `o=- ${port} ${Date.now()} IN IP4 ${host}`,
    "s=lab",
    `c=IN IP4 ${host}`,
    "t=0 0",
    `m=audio ${port} RTP/AVP 0`,
    "a=rtpmap:0 PCMU/8000",
    "a=ptime:20",
    `a=${direction}`,
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

/** Where the other side wants to hear sound; undefined if the body has no SDP. */
export function soundAddress(body: string): { host: string; port: number } | undefined {
  const host = /^c=IN IP4 (\S+)/m.exec(body)?.[1];
  const port = /^m=audio (\d+)/m.exec(body)?.[1];
  return host === undefined || port === undefined ? undefined : { host, port: Number(port) };
}
