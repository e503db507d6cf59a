/**
 * Who may speak to the local listener: programs that call it by its own name. A page in somebody's
 * browser cannot (its name would be another), nor what a proxy forwards.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { onRequestAsyncHookHandler } from "fastify";

export type Called = {
  readonly headers: IncomingHttpHeaders;
  /** To which the connection came. */
  readonly localAddress: string | undefined;
};

/** @param names in configuration, beside localhost and the address itself */
export function localOnly(names: readonly string[]): onRequestAsyncHookHandler {
  return async (request, reply) => {
    const { headers, socket } = request;
    if (isLocal({ headers, localAddress: socket.localAddress }, names)) return;
    await reply.code(403).send({ error: "only for this host" });
  };
}

/** Pure. */
export function isLocal({ headers, localAddress }: Called, names: readonly string[]): boolean {
  if (Object.keys(headers).some((name) => FORWARDED.test(name))) return false;
  const mayBe = (host: string | undefined): boolean =>
    host !== undefined && isOwnName(host, localAddress, names);
  if (!mayBe(nameIn(headers.host))) return false;
  const { origin } = headers;
  return origin === undefined || mayBe(nameIn(/^https?:\/\/([^/?#@\s]+)$/.exec(origin)?.[1]));
}

const FORWARDED = /^(forwarded|x-forwarded-.*|x-real-ip)$/;

/** "pbx.lan:8077" → pbx.lan; "[::1]:8077" → ::1. */
function nameIn(host: string | undefined): string | undefined {
  const [, inBrackets, plain] =
    /^(?:\[([0-9a-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  return (inBrackets ?? plain)?.toLowerCase();
}

function isOwnName(
  name: string,
  localAddress: string | undefined,
  names: readonly string[],
): boolean {
  if (isIP(name) !== 0) return name === localAddress?.replace(/^::ffff:/, "");
  return name === "localhost" || names.some((own) => own.toLowerCase() === name);
}
