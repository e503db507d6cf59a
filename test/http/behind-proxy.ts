// What a reverse proxy in front of the daemon is asked in tests, and what it may show.
import { request } from "node:http";

/** As it is written, which fetch would tidy. @returns what came from behind, else the status */
export function askProxy(port: number, path: string): Promise<string | number> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path }, (answer) => {
      let text = "";
      answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
      answer.on("end", () => resolve(answer.statusCode === 200 ? text : (answer.statusCode ?? 0)));
    });
    asked.on("error", reject);
    asked.end();
  });
}

export const SHOWN = [
  "/r/0123.4567.89ab.mp3",
  "/v1/originate",
  "/v1/events",
  "/v1/widget/session",
  "/v1/widget/settings",
  "/v1/widget/colleagues",
  "/v1/widget/extensions",
  "/v1/widget/call",
  "/v1/widget/dials/kommo-1795261985.123456789",
  "/webhooks/kommo/secret",
  "/webhooks/kommo/access-revoked",
  "/webhooks/altegio/secret",
];

export const HIDDEN = [
  "/",
  "/r",
  "/admin/",
  "/metrics",
  "/healthz",
  "/v1/status",
  "/v1/autodistribution?from=1",
  "/v1/originate/../status",
  "/v1/originatex",
  "/v1/originate/1",
  "/v1/",
  "/v1/widget",
  "/v1/widgets/session",
  "/v1/widget/../status",
  "/v1/widget/%2e%2e/status",
  "/v1/widget/..%2fstatus",
  "/webhooks",
  "/x/v1/originate",
  "/healthz?ready",
  "/docs/openapi.json",
  "/v1/eventsx",
  "/r/../admin/",
  "/r/%2e%2e/metrics",
  "/webhooks/../v1/status",
  "//admin/",
  "/docs",
];
