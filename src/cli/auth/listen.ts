/**
 * `auth listen`: waits at the redirect address for the browser that comes back from the consent page.
 * Takes one answer that carries the right state, and ends.
 */
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { readRedirect } from "../../kommo/oauth/consent.ts";
import { codeOf, toError } from "../../lib/failure.ts";
import { refused, type AuthContext, type Said } from "./auth-context.ts";
import { tradeCode } from "./trade-code.ts";

export type ListenOptions = {
  readonly state: string;
  /** undefined: that of a redirect address on this host, else of public_http, where the proxy points. */
  readonly port: number | undefined;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly onListening: (address: string) => void;
};

/** A code is good for 20 minutes, and the consent takes less. */
const LONGEST_MS = 20 * 60_000;

export async function listen(context: AuthContext, options: ListenOptions): Promise<Said> {
  const { oauth, accountUrl } = context;
  const redirect = new URL(oauth.redirectUri);
  const done = Promise.withResolvers<Said>();
  let isTaken = false;

  const server = createServer((request, response) => {
    const url = URL.parse(request.url ?? "/", "http://redirect");
    if (request.method !== "GET" || url?.pathname !== redirect.pathname)
      return show(response, 404, "Nothing is here.");
    const code = readRedirect(url.searchParams, {
      accountUrl,
      clientId: oauth.clientId,
      state: options.state,
    });
    // Anyone can call this address: what does not carry the state does not end the wait.
    if (!code.ok && code.failure.kind === "wrong-state")
      return show(response, 400, `${code.failure.reason}. ${code.failure.hint}.`);
    if (isTaken) return show(response, 409, "The answer was taken already.");
    isTaken = true;
    void (code.ok ? tradeCode(context, code.value) : Promise.resolve(refused(code.failure)))
      .catch((thrown: unknown) => {
        done.reject(toError(thrown));
        return refused({ reason: "a fault of the program", hint: "see the terminal" });
      })
      .then((said) => {
        response.once("close", () => done.resolve(said));
        show(response, said.code === 0 ? 200 : 400, said.text);
      });
  });
  server.requestTimeout = 10_000;

  const address = addressFor(context, options.port);
  const failure = await listening(server, address);
  if (failure !== undefined) return refused(failure);
  const { port } = server.address() as AddressInfo;
  options.onListening(`${address.host}:${String(port)}${redirect.pathname}`);

  const end = (said: Said) => (): void => done.resolve(said);
  const tooLate = setTimeout(end(refused(NOBODY_CAME)), LONGEST_MS);
  options.signal.addEventListener("abort", end(refused(STOPPED)), { once: true });
  try {
    return await done.promise;
  } finally {
    clearTimeout(tooLate);
    server.close();
    server.closeAllConnections();
  }
}

const NOBODY_CAME = {
  reason: "no browser came back within 20 minutes",
  hint: "see that the redirect URI of the integration leads here, or give the address of the browser to asterisk-kommo auth code",
};
const STOPPED = { reason: "stopped", hint: "nothing was changed" };

type Address = { readonly host: string; readonly port: number };

function addressFor({ config, oauth }: AuthContext, port: number | undefined): Address {
  const { hostname, port: ownPort, protocol } = new URL(oauth.redirectUri);
  const isHere = hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
  if (!isHere) return { host: config.public_http.host, port: port ?? config.public_http.port };
  const usual = protocol === "https:" ? 443 : 80;
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port ?? (ownPort === "" ? usual : Number(ownPort)) };
}

async function listening(
  server: ReturnType<typeof createServer>,
  { host, port }: Address,
): Promise<{ reason: string; hint: string } | undefined> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, resolve);
    });
    return undefined;
  } catch (thrown) {
    const reason = `nobody can listen at ${host}:${String(port)} (${codeOf(thrown) ?? toError(thrown).message})`;
    return {
      reason,
      hint: "choose another with --port and point the proxy there, or use asterisk-kommo auth code",
    };
  }
}

function show(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    "Content-Type": "text/plain; charset=utf-8",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    Connection: "close",
  });
  response.end(`${text.trim()}\n`);
}
