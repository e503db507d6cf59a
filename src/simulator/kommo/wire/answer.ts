/**
 * What the simulator answers: a status with Kommo's problem documents or HAL payloads.
 * @source kommo-api, section 2
 */
import type { Violation } from "./rule.ts";

export type Answer = {
  readonly status: number;
  /** JSON; absent means an empty body. */
  readonly body?: unknown;
  /** Sent instead of `body`, as text/html. */
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Payload Too Large",
  422: "Unprocessable Entity",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
};

export const titleOf = (status: number): string => TITLES[status] ?? "Error";

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const noContent: Answer = { status: 204 };

export const problem = (status: number, detail: string, more: object = {}): Answer => ({
  status,
  body: {
    ...more,
    title: titleOf(status),
    type: `https://httpstatus.es/${status}`,
    status,
    detail,
  },
});

export const notFound = problem(404, "Not found");
export const forbidden = (detail = "You don't have the required rights"): Answer =>
  problem(403, detail);

export type ItemViolations = { readonly request_id: string; readonly errors: readonly Violation[] };

/** 400 of a batch of which at least one element breaks a rule; nothing is saved. */
export const refusedItems = (items: readonly ItemViolations[]): Answer =>
  problem(400, "Request validation failed", {
    "validation-errors": items.map(({ request_id, errors }) => ({
      request_id,
      errors: errors.map(({ code, path, detail }) => ({ code, path, detail })),
    })),
  });

/** The page of the web server in front of Kommo: what a blocked or overloaded account sees. */
export const htmlPage = (status: number): string =>
  `<html>\r\n<head><title>${status} ${titleOf(status)}</title></head>\r\n` +
  `<body>\r\n<center><h1>${status} ${titleOf(status)}</h1></center>\r\n` +
  `<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n`;
