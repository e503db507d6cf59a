/**
 * Serves the page that stands in for Kommo's, with the widget out of a packed archive. Exports
 * `startKommoFrame`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { unzipSync } from "fflate";

export type Manager = { readonly id: number; readonly title: string };

export type KommoFrame = {
  /** "http://127.0.0.1:1234": the account's own address, as a browser says it in `Origin`. */
  readonly origin: string;
  /** The address of a page. */
  page(options: PageOptions): string;
  settings: { backend_url?: string; extensions?: string };
  stop(): Promise<void>;
};

export type PageOptions = {
  readonly user: number;
  readonly path?: string;
  /** One more number on the page. */
  readonly phone?: string;
  readonly lang?: "en" | "es" | "pt" | "ru";
  readonly theme?: "light" | "dark";
  readonly usersAs?: "object" | "text";
};

export type KommoFrameDeps = {
  /** As `widget pack` made it. */
  readonly archive: Uint8Array;
  readonly account: number;
  readonly managers: readonly Manager[];
  /** What Kommo signs for a user's request. */
  readonly oneTimeToken: (user: number) => string | Promise<string>;
  /** Kommo's API, where the page's own requests go with the user's rights. */
  readonly api?: { readonly url: string; readonly token: string };
};

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  png: "image/png",
  json: "application/json",
};
const here = join(import.meta.dirname, "kommo-frame");
const find = createRequire(import.meta.url);

export async function startKommoFrame(deps: KommoFrameDeps): Promise<KommoFrame> {
  const files = unzipSync(deps.archive);
  const settings: KommoFrame["settings"] = {};
  const sources: Readonly<Record<string, string>> = {
    "/frame/jquery.js": find.resolve("jquery/dist/jquery.js"),
    "/frame/require.js": find.resolve("requirejs/require.js"),
    "/frame/frame.js": join(here, "frame.js"),
    "/frame/frame.css": join(here, "frame.css"),
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://frame");
    const path = url.pathname;
    const send = (type: string, body: string | Uint8Array, status = 200): void => {
      response.writeHead(status, {
        "content-type": TYPES[type] ?? type,
        "cache-control": "no-store",
      });
      response.end(body);
    };
    const source = sources[path];
    if (source !== undefined) return send(path.split(".").at(-1) ?? "", await readFile(source));
    if (path.startsWith("/widget/")) {
      const file = files[path.slice("/widget/".length)];
      return file === undefined
        ? send("json", "{}", 404)
        : send(path.split(".").at(-1) ?? "", file);
    }
    if (path === "/frame/one-time-token") {
      const { id } = JSON.parse(await bodyOf(request)) as { id: number };
      return send("json", JSON.stringify({ token: await deps.oneTimeToken(id) }));
    }
    if (path.startsWith("/api/")) return forward(request, send, deps.api);
    return send("html", pageHtml(await readFile(join(here, "page.html"), "utf8"), url));
  }

  function pageHtml(html: string, { searchParams }: URL): string {
    const lang = searchParams.get("lang") ?? "en";
    const texts: unknown = JSON.parse(Buffer.from(files[`i18n/${lang}.json`] ?? []).toString());
    const manifest = JSON.parse(Buffer.from(files["manifest.json"] ?? []).toString()) as {
      widget: { version: string };
    };
    const given = {
      ...{ lang, texts, settings, account: deps.account, version: manifest.widget.version },
      theme: searchParams.get("theme") ?? "light",
      phone: searchParams.get("phone") ?? "",
      user: Number(searchParams.get("user")),
      usersAs: searchParams.get("usersAs") ?? "text",
      managers: Object.fromEntries(deps.managers.map(({ id, title }) => [id, { id, title }])),
    };
    const text = JSON.stringify(given).replaceAll("<", "\\u003c");
    return html.replace("<body>", () => `<body><script>window.FRAME = ${text};</script>`);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((thrown: unknown) => {
      response.writeHead(500).end(String(thrown));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    settings,
    page({ path = "/leads/detail/500210", ...options }) {
      const query = Object.entries(options).map(([name, value]): [string, string] => [
        name,
        String(value),
      ]);
      return `${origin}${path}?${new URLSearchParams(query).toString()}`;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function forward(
  request: IncomingMessage,
  send: (type: string, body: string, status: number) => void,
  api: KommoFrameDeps["api"],
): Promise<void> {
  if (api === undefined) return send("json", "{}", 503);
  const { method = "GET", url = "" } = request;
  const answer = await fetch(api.url + url, {
    method,
    headers: { authorization: `Bearer ${api.token}`, "content-type": "application/json" },
    ...(method === "GET" ? {} : { body: await bodyOf(request) }),
  });
  send("json", await answer.text(), answer.status);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
