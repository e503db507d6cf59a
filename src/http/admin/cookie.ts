/** The one cookie of the admin page: read from a request, written for an answer. */
import { SESSION_MS } from "./sessions.ts";

const NAME = "asterisk_kommo_admin";

/** @returns "" where there is none */
export function tokenIn(header: string | undefined): string {
  for (const pair of (header ?? "").split(";")) {
    const [name, value] = pair.trim().split("=");
    if (name === NAME) return value ?? "";
  }
  return "";
}

/**
 * Without a path of its own: browsers send it to what lies beside the login, whatever stands before.
 * @param token "": the cookie is taken back
 */
export function cookieFor(token: string, isHttps: boolean): string {
  const seconds = token === "" ? 0 : SESSION_MS / 1_000;
  const secure = isHttps ? "; Secure" : "";
  return `${NAME}=${token}; Max-Age=${seconds}; HttpOnly; SameSite=Strict${secure}`;
}
