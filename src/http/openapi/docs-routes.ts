/** GET /docs: what can be asked of the public listener, for people and, as OpenAPI, for programs. Local only. */
import type { RouteOptions } from "fastify";
import { openApi } from "./describe.ts";

type Operation = {
  readonly summary: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
};

export function docsRoutes(version: string): readonly RouteOptions[] {
  const description = openApi(version);
  const page = pageOf(description);
  return [
    {
      method: "GET",
      url: "/docs",
      handler: (_request, reply) =>
        reply
          .headers({
            "content-type": "text/html; charset=utf-8",
            "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
            "x-content-type-options": "nosniff",
          })
          .send(page),
    },
    {
      method: "GET",
      url: "/docs/openapi.json",
      handler: (_request, reply) => reply.send(description),
    },
  ];
}

function pageOf(description: unknown): string {
  const { paths, info } = description as {
    readonly info: { readonly title: string; readonly version: string };
    readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { summary, security }]) => {
      const proofs = security.flatMap((one) => Object.keys(one)).join(" or ");
      return `<tr><td><code>${method.toUpperCase()} ${path}</code><td>${summary}<td>${proofs}`;
    }),
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${info.title}</title>
<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}
table{border-collapse:collapse}td,th{text-align:left;padding:.4rem 1rem .4rem 0;vertical-align:top;border-bottom:1px solid #8884}
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}</style>
<h1>${info.title} ${info.version}</h1>
<p>What browsers and programs ask of the public listener. For programs: <a href="/docs/openapi.json">openapi.json</a>.</p>
<table><tr><th>Request<th>What it does<th>Proof${rows.join("")}</table></html>`;
}
