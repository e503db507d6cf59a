/**
 * What the widget asks of the daemon, in the words of the contract. Whatever acts goes through Kommo,
 * which adds a fresh one-time token; whatever reads goes by the ticket. Exports `createBackend`.
 */
import type {
  CallAnswer,
  CallRequest,
  ColleaguesAnswer,
  ExtensionsAnswer,
  ExtensionsRequest,
  OriginateAnswer,
  OriginateRequest,
  Refusal,
  RefusalCode,
  SessionAnswer,
  SettingsAnswer,
} from "../../http/widget-contract.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { BackendAddress } from "./backend-address.ts";
import type { KommoAnswer, KommoPage } from "./kommo-page.ts";
import type { Network } from "./network.ts";

/** What a person can be told; `unreachable`: no answer came, or none of the daemon's. */
export type Refused = {
  readonly code: RefusalCode | "unreachable" | "denied_by_browser";
  readonly retryAfterSeconds: number | undefined;
  /** The daemon's sentence, where it gave one. From outside: shown as text. */
  readonly reason?: string;
};

export type Answer<T> = Promise<Result<T, Refused>>;

export type Backend = {
  readonly address: BackendAddress;
  session(): Answer<SessionAnswer>;
  /** One click is one key: the same answer comes however often it is sent. */
  originate(request: OriginateRequest, key: string): Answer<OriginateAnswer>;
  call(request: CallRequest): Answer<CallAnswer>;
  colleagues(): Answer<ColleaguesAnswer>;
  settings(): Answer<SettingsAnswer>;
  saveExtensions(request: ExtensionsRequest): Answer<ExtensionsAnswer>;
  /** What a panel reads: by the ticket. */
  read<T>(path: string): Answer<T>;
  /** What a panel does: with a fresh one-time token. */
  act<T>(path: string, body: object, headers?: Record<string, string>): Answer<T>;
  /** The stream of events; the caller reads it. */
  events(ticket: string, signal: AbortSignal): Answer<ReadableStream<Uint8Array>>;
};

export type BackendDeps = {
  readonly address: BackendAddress;
  readonly page: Pick<KommoPage, "send" | "version">;
  readonly network: Network;
};

const ANSWER_WITHIN_MS = 15_000;

export function createBackend({ address, page, network }: BackendDeps): Backend {
  let ticket: string | undefined;

  /** @param act reaches the daemon. A browser's refusal of the local network is told as such. */
  async function guarded<T>(act: () => Answer<T>): Answer<T> {
    if ((await network.allow()) === "stay") return failed(refused("denied_by_browser"));
    const answer = await network.watch(act());
    if (answer.ok || answer.failure.code !== "unreachable") return answer;
    return (await network.isDenied()) ? failed(refused("denied_by_browser")) : answer;
  }

  const asked = <T>(path: string, body?: object, headers?: Record<string, string>): Answer<T> =>
    guarded(async () =>
      readAnswer<T>(
        await page.send({
          url: address.base + path,
          method: body === undefined ? "GET" : "POST",
          timeoutMs: ANSWER_WITHIN_MS,
          ...(body === undefined ? {} : { body }),
          ...(headers === undefined ? {} : { headers }),
        }),
      ),
    );

  async function session(): Answer<SessionAnswer> {
    const answer = await asked<SessionAnswer>("/v1/widget/session", {
      widget_version: page.version(),
    });
    ticket = answer.ok ? answer.value.ticket : undefined;
    return answer;
  }

  async function byTicket<T>(path: string): Answer<T> {
    for (let tries = 0; ; tries += 1) {
      if (ticket === undefined) {
        const opened = await session();
        if (!opened.ok) return opened;
      }
      const bearer = { authorization: `Bearer ${ticket ?? ""}` };
      const answer = await guarded(async () =>
        readAnswer<T>(await fetchJson(address.base + path, bearer)),
      );
      if (answer.ok || answer.failure.code !== "ticket_refused" || tries > 0) return answer;
      ticket = undefined;
    }
  }

  return {
    address,
    session,
    async originate(request, key) {
      const send = (): Answer<OriginateAnswer> =>
        asked("/v1/originate", request, { "Idempotency-Key": key });
      const answer = await send();
      // An answer lost on its way is asked for once more; the key keeps it one call.
      return !answer.ok && answer.failure.code === "unreachable" ? send() : answer;
    },
    call: (request) => asked("/v1/widget/call", request),
    colleagues: () => byTicket("/v1/widget/colleagues"),
    settings: () => asked("/v1/widget/settings"),
    saveExtensions: (request) => asked("/v1/widget/extensions", request),
    read: byTicket,
    act: asked,
    events: (given, signal) => guarded(() => openEvents(address.base, given, signal)),
  };
}

async function openEvents(
  base: string,
  ticket: string,
  signal: AbortSignal,
): Answer<ReadableStream<Uint8Array>> {
  try {
    const answer = await fetch(`${base}/v1/events`, {
      headers: { authorization: `Bearer ${ticket}`, accept: "text/event-stream" },
      ...{ cache: "no-store", credentials: "omit", signal },
    });
    if (answer.ok && answer.body !== null) return succeeded(answer.body);
    const body: unknown = await answer.json().catch(() => undefined);
    return readAnswer({ status: answer.status, body });
  } catch {
    return failed(refused("unreachable"));
  }
}

async function fetchJson(url: string, headers: Record<string, string>): Promise<KommoAnswer> {
  try {
    const answer = await fetch(url, {
      ...{ headers, cache: "no-store", credentials: "omit" },
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    return { status: answer.status, body: await answer.json() };
  } catch {
    return { status: 0, body: undefined };
  }
}

/** The one place where an answer of the daemon is believed: the contract gives its shape. */
function readAnswer<T>({ status, body }: KommoAnswer): Result<T, Refused> {
  const isObject = typeof body === "object" && body !== null;
  if (status >= 200 && status < 300 && isObject) return succeeded(body as T);
  const {
    error,
    reason,
    retry_after_seconds: seconds,
  } = (isObject ? body : {}) as Partial<Refusal>;
  if (typeof error !== "string") return failed(refused("unreachable"));
  return failed({
    code: error,
    retryAfterSeconds: typeof seconds === "number" ? seconds : undefined,
    ...(typeof reason === "string" ? { reason } : {}),
  });
}

const refused = (code: Refused["code"]): Refused => ({ code, retryAfterSeconds: undefined });
