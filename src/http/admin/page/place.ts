/**
 * Where one is in the page, which is the address itself: "/admin/calls/1795.1?q=anna". A link can be
 * sent to a colleague, and the browser's back button goes back.
 */
import { useEffect, useState } from "preact/hooks";

export const PAGES = [
  "now",
  "calls",
  "statistics",
  "deliveries",
  "employees",
  "rules",
  "customizations",
  "health",
  "settings",
] as const;
export type PageName = (typeof PAGES)[number];

export type Place = {
  readonly page: PageName;
  /** What is opened on it: a call's id. */
  readonly detail: string | undefined;
  readonly query: URLSearchParams;
};

/** What all addresses of the page begin with: "/admin/", and more where several accounts share a host. */
export const ROOT = globalThis.document?.documentElement.dataset["root"] ?? "/admin/";

export function readPlace({ pathname, search }: { pathname: string; search: string }): Place {
  const [name = "", ...rest] = pathname.slice(ROOT.length).split("/");
  const page = PAGES.find((one) => one === name) ?? "now";
  const detail = rest.map(decodeSafely).join("/");
  return {
    page,
    detail: detail === "" ? undefined : detail,
    query: new URLSearchParams(search),
  };
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function addressOf(
  page: PageName,
  detail?: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== "") asked.set(name, value);
  const text = asked.toString();
  const path = detail === undefined ? page : `${page}/${encodeURIComponent(detail)}`;
  return ROOT + path + (text === "" ? "" : `?${text}`);
}

const listeners = new Set<() => void>();

/** @param how "replace": while typing, so that "back" does not go letter by letter */
export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  for (const tell of listeners) tell();
}

export function usePlace(): Place {
  const [, setAddress] = useState("");
  useEffect(() => {
    const tell = (): void => setAddress(location.href);
    listeners.add(tell);
    addEventListener("popstate", tell);
    return () => {
      listeners.delete(tell);
      removeEventListener("popstate", tell);
    };
  }, []);
  return readPlace(location);
}

/** Links go without a new document; with a key held they do what the browser does. */
export function followLink(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element | null)?.closest?.("a[href]");
  const address = link?.getAttribute("href") ?? "";
  if (!address.startsWith(ROOT) || link?.hasAttribute("download")) return;
  event.preventDefault();
  go(address);
}
