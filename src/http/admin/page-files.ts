/**
 * The built page: one document, one script, one style sheet, held in memory. Every address below
 * /admin/ that is no file is a place of the page. Exports `pageRoutes`.
 *
 * Files are named with a part of their own hash, so a browser may keep them; the document is asked for
 * anew each time, and answered with 304 while it is the same.
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";

/** From src and from dist alike: what `npm run build` made. */
const BUILT = new URL(
  import.meta.url.endsWith(".ts") ? "../../../dist/http/admin/page/" : "./page/",
  import.meta.url,
);

type File = {
  readonly type: string;
  readonly tag: string;
  readonly plain: Buffer;
  readonly gzip: Buffer;
  readonly brotli: Buffer;
};

type Page = { readonly document: File; readonly files: ReadonlyMap<string, File> };

/** Nothing from elsewhere, nothing written into the document, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "media-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const HEADERS = {
  "content-security-policy": POLICY,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), microphone=(), geolocation=()",
  vary: "accept-encoding",
};

/**
 * @param path what stands before /admin/ in its addresses as browsers see them: "" or "/acme"
 * @param folder of the built page; for tests
 */
export function pageRoutes(path = "", folder: URL = BUILT): readonly RouteOptions[] {
  const root = `${path}/admin/`;
  let page: Page | undefined;
  const read = (): Page | undefined => (page ??= readPage(folder, root));
  const document = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const built = read();
    if (built === undefined)
      return reply
        .code(503)
        .send({ error: "the page is not built; npm run build makes it (packages hold it)" });
    return send(request, reply.header("cache-control", "no-cache"), built.document);
  };
  return [
    { method: "GET", url: "/admin", handler: (_request, reply) => reply.redirect(root) },
    { method: "GET", url: "/admin/", handler: document },
    {
      method: "GET",
      url: "/admin/files/:name",
      handler: (request, reply) => {
        const { name } = request.params as { readonly name: string };
        const file = read()?.files.get(name);
        if (file === undefined) return reply.code(404).send({ error: "not found" });
        const kept = reply.header("cache-control", "public, max-age=31536000, immutable");
        return send(request, kept, file);
      },
    },
    {
      method: "GET",
      url: "/admin/*",
      handler: (request, reply) =>
        request.url.startsWith("/admin/api/")
          ? reply.code(404).send({ error: "not found" })
          : document(request, reply),
    },
  ];
}

function send(request: FastifyRequest, reply: FastifyReply, file: File): FastifyReply {
  void reply.headers(HEADERS).header("etag", file.tag);
  if (request.headers["if-none-match"] === file.tag) return reply.code(304).send();
  const accepted = request.headers["accept-encoding"] ?? "";
  void reply.type(file.type);
  if (/\bbr\b/.test(String(accepted)))
    return reply.header("content-encoding", "br").send(file.brotli);
  if (/\bgzip\b/.test(String(accepted)))
    return reply.header("content-encoding", "gzip").send(file.gzip);
  return reply.send(file.plain);
}

function readPage(folder: URL, root: string): Page | undefined {
  const files = new Map<string, File>();
  const names: string[] = [];
  for (const [name, extension, type] of [
    ["page", "js", "text/javascript; charset=utf-8"],
    ["page", "css", "text/css; charset=utf-8"],
  ] as const) {
    const bytes = readIfThere(new URL(`${name}.${extension}`, folder));
    if (bytes === undefined) return undefined;
    const hashed = `${name}-${hashOf(bytes).slice(0, 12)}.${extension}`;
    names.push(hashed);
    files.set(hashed, fileOf(bytes, type));
  }
  const [script = "", style = ""] = names;
  return {
    files,
    document: fileOf(Buffer.from(documentOf(root, script, style)), "text/html; charset=utf-8"),
  };
}

function readIfThere(file: URL): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // not built
  }
}

const hashOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");

const fileOf = (plain: Buffer, type: string): File => ({
  ...{ type, plain, tag: `"${hashOf(plain).slice(0, 20)}"` },
  gzip: gzipSync(plain),
  brotli: brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
});

/** The icon is two arcs and a dot, as data: one request less, and none to anywhere else. */
const ICON =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="none" stroke="#2563eb" stroke-width="2" stroke-linecap="round" d="M3 12a5 5 0 0 1 5-5M3 7a9 9 0 0 1 9-4"/><circle cx="11" cy="11" r="3" fill="#2563eb"/></svg>',
  );

const documentOf = (root: string, script: string, style: string): string => `<!doctype html>
<html lang="en" data-root="${root}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>asterisk-kommo</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="${root}files/${style}">
<script type="module" src="${root}files/${script}"></script>
</head>
<body><div id="page"></div><noscript>This page needs JavaScript.</noscript></body>
</html>
`;
