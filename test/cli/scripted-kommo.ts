/** A web server on loopback that answers as a test wants it: to GET /api/v4/account, users and pipelines. */
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

/** `users`, `pipelines`, `fields`: beside an account that answers. */
type Answer = {
  readonly status: number;
  readonly type?: string;
  readonly body: unknown;
  readonly users?: readonly object[];
  readonly pipelines?: readonly object[];
  /** Of contacts. */
  readonly fields?: readonly object[];
  /** Default 200. */
  readonly usersStatus?: number;
};

export const USERS = [
  { id: 9100001, name: "Anna", rights: { is_admin: true, is_active: true } },
  { id: 9100002, name: "Boris", rights: { is_active: true } },
  { id: 9100003, name: "Olga", rights: { is_active: false } },
];

export const FIELDS = [{ id: 310001, name: "Phone", code: "PHONE" }];

export const PIPELINES = [
  {
    id: 8123001,
    name: "Sales",
    is_archive: false,
    _embedded: {
      statuses: [
        { id: 71200001, name: "Incoming leads", type: 1, sort: 10 },
        { id: 71200010, name: "New", type: 0, sort: 20 },
      ],
    },
  },
  { id: 8123002, name: "Old", is_archive: true, _embedded: { statuses: [] } },
];

export async function startKommo(answer: Answer): Promise<ScriptedKommo> {
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    authorizations.push(request.headers.authorization ?? "");
    const { status, type = "application/hal+json" } = answer;
    const body = bodyFor(request.url ?? "", answer);
    const isUsers = request.url?.startsWith("/api/v4/users") === true;
    response.writeHead(isUsers ? (answer.usersStatus ?? status) : status, { "Content-Type": type });
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

function bodyFor(
  url: string,
  { status, body, users = USERS, pipelines = PIPELINES, fields = FIELDS }: Answer,
): unknown {
  if (status !== 200) return body;
  if (url.startsWith("/api/v4/users")) return { _page: 1, _embedded: { users } };
  if (url.startsWith("/api/v4/leads/pipelines")) return { _embedded: { pipelines } };
  if (url.startsWith("/api/v4/contacts/custom_fields"))
    return { _embedded: { custom_fields: fields } };
  return body;
}
