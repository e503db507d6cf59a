/** A web server on loopback that answers GET /api/v4/account as a test wants it. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type ScriptedKommo = {
  readonly url: string;
  readonly authorizations: string[];
  readonly close: () => Promise<void>;
};

export const ACCOUNT = {
  id: 31990001,
  name: "Acme Phones",
  subdomain: "acmephones",
  is_unsorted_on: true,
  _embedded: { task_types: [{ id: 1, name: "Follow-up" }] },
};

type Answer = { readonly status: number; readonly type?: string; readonly body: unknown };

export async function startKommo(answer: Answer): Promise<ScriptedKommo> {
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? "");
    const { status, type = "application/hal+json", body } = answer;
    response.writeHead(status, { "Content-Type": type });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
