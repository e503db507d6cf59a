/** The way to the daemon: one function a question. A session that has ended shows the login again. */
import type { Refusal, SessionAnswer } from "../contract.ts";
import { ROOT } from "./place.ts";

/** What the daemon answered when it did not answer as asked. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly hint: string | undefined;
  constructor(status: number, { error, hint }: Refusal) {
    super(error);
    this.name = "ApiFailure";
    this.status = status;
    this.hint = hint;
  }
}

const API = `${ROOT}api`;
let csrf = "";
let onLoggedOut = (): void => undefined;

export function whenLoggedOut(tell: () => void): void {
  onLoggedOut = tell;
}

export async function readSession(): Promise<SessionAnswer> {
  const session = (await ask("GET", "/session")) as SessionAnswer;
  ({ csrf } = session);
  return session;
}

/** @param name "" where the page has one user */
export const logIn = (name: string, password: string): Promise<unknown> =>
  ask("POST", "/login", { name, password });
export const logOut = (): Promise<unknown> => ask("POST", "/logout", {});

/** @param path below /admin/api */
export const read = async <T>(path: string, signal?: AbortSignal): Promise<T> =>
  (await ask("GET", path, undefined, signal)) as T;

export const change = async <T>(path: string, body: object = {}): Promise<T> =>
  (await ask("POST", path, body)) as T;

// eslint's limit of parameters is that of the project: method, path, body, and how to give up.
async function ask(
  method: "GET" | "POST",
  path: string,
  ...[body, signal]: [body?: object | undefined, signal?: AbortSignal | undefined]
): Promise<unknown> {
  const answer = await fetch(API + path, {
    method,
    credentials: "same-origin",
    headers: {
      accept: "application/json",
      ...(method === "GET" ? {} : { "content-type": "application/json", "x-csrf-token": csrf }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (answer.status === 204) return undefined;
  const told: unknown = await answer.json().catch(() => ({ error: answer.statusText }));
  if (answer.ok) return told;
  if (answer.status === 401 && path !== "/login") onLoggedOut();
  throw new ApiFailure(answer.status, told as Refusal);
}

export const apiAddress = (path: string): string => API + path;
