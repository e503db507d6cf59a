// The public listener as browsers and programs meet it: what its OpenAPI document says is so, and its
// answers bear the headers that let a page make nothing else of them.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import { removeFolders } from "../config/written-config.ts";
import {
  ANNA,
  API_KEY,
  CLIENT,
  openDiallingOffice,
  speak,
  until,
  type DiallingOffice,
} from "./dialling-office.ts";

type Operation = {
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly responses: Readonly<
    Record<string, { content: Readonly<Record<string, { schema: { $ref?: string } }>> }>
  >;
};
type Document = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: object;
};

let office: DiallingOffice;
let document: Document;

beforeAll(async () => {
  office = await openDiallingOffice();
  const { text } = await speak(`${office.daemon().address("http")}/docs/openapi.json`, {});
  document = JSON.parse(text) as Document;
});

afterAll(async () => {
  await office.close();
  removeFolders();
});

const documented = (): string[] =>
  Object.entries(document.paths)
    .flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .toSorted();

/** Files of routes for this host alone, and those that are no part of what the document is about. */
const LOCAL = ["autodistribution.ts", "status.ts", "health.ts"];

/** Every route below /v1/ that stands in the room of the routes. */
function written(): string[] {
  const room = join(import.meta.dirname, "../../src/http");
  return readdirSync(room)
    .filter((name) => name.endsWith(".ts") && !LOCAL.includes(name))
    .flatMap((name) => [
      ...readFileSync(join(room, name), "utf8").matchAll(
        /method: "(GET|POST|PUT|PATCH|DELETE)",\s*url: "(\/v1\/[^"]*)"/g,
      ),
    ])
    .map(([, method, url]) => `${method} ${url?.replace(/:(\w+)/g, "{$1}")}`)
    .toSorted();
}

test("the document has every route of the widget and of programs, and no other", () => {
  expect(documented()).toEqual(written());
});

test("the daemon answers what the document has: without a proof a refusal, as it says there", async () => {
  const refused = validator({ $ref: "#/components/schemas/Refusal" });

  const answers = await Promise.all(
    documented().map(async (route) => {
      const [method = "", path = ""] = route.split(" ");
      const said = await office.ask(path.replace("{id}", "kommo-1.1"), {
        method,
        headers: { origin: office.origin },
        ...(method === "POST" ? { body: {} } : {}),
      });
      return `${route}: ${said.status} ${refused(said.body)}`;
    }),
  );

  expect(answers).toEqual(documented().map((route) => `${route}: 401 true`));
});

test("methods that the document does not have are not there", async () => {
  const others = Object.keys(document.paths).flatMap((path) =>
    ["PUT", "PATCH", "DELETE"].map((method) => ({ path: path.replace("{id}", "1"), method })),
  );

  const answers = await Promise.all(
    others.map(({ path, method }) =>
      office.ask(path, { method, headers: { origin: office.origin } }),
    ),
  );

  expect(answers.map(({ status }) => status)).toEqual(others.map(() => 404));
});

test("answers are as the document says", async () => {
  const token = (): Record<string, string> => ({
    origin: office.origin,
    "x-auth-token": office.kommo.oneTimeToken(ANNA),
  });
  const ticket = { origin: office.origin, authorization: `Bearer ${await office.ticket(ANNA)}` };

  const session = { method: "POST", headers: token(), body: {} };
  await isAsDocumented("POST /v1/widget/session", session);
  await isAsDocumented("GET /v1/widget/settings", { headers: token() });
  await isAsDocumented("GET /v1/widget/colleagues", { headers: ticket });
  const list = { method: "POST", headers: token(), body: { extensions: { [ANNA]: "101" } } };
  await isAsDocumented("POST /v1/widget/extensions", list);
  const click = { method: "POST", headers: token(), body: { phone: CLIENT } };
  const { id } = await isAsDocumented("POST /v1/originate", click);
  await isAsDocumented("GET /v1/widget/dials/{id}", { headers: ticket }, { id: String(id) });
});

/** @returns the answer's body */
async function isAsDocumented(
  route: string,
  asking: Parameters<DiallingOffice["ask"]>[1],
  { id = "" } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const [method = "", path = ""] = route.split(" ");
  const said = await office.ask(path.replace("{id}", id), asking);
  const responses = document.paths[path]?.[method.toLowerCase()]?.responses ?? {};
  const schema = responses[String(said.status)]?.content["application/json"]?.schema;

  expect([route, schema === undefined ? said.text : validator(schema)(said.body)]).toEqual([
    route,
    true,
  ]);
  return said.body;
}

function validator(schema: object): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false });
  const validate = ajv.compile({ ...schema, components: document.components });
  return (value) => validate(value) === true;
}

test.each([
  ["a refusal", "/v1/originate", { method: "POST", body: {} }],
  ["nothing", "/nowhere", {}],
  ["a link that is none", "/r/0123.4567.89ab.mp3", {}],
  ["what is no request", "/v1/originate", { method: "POST", raw: "{" }],
])("%s bears headers that let a page make nothing of it", async (_what, path, asking) => {
  const { headers } = await office.ask(path, asking);

  expect(headers).toMatchObject(HEADERS);
  expect(Object.keys(headers)).not.toContain("x-powered-by");
  expect(Object.keys(headers)).not.toContain("strict-transport-security");
});

const HEADERS = {
  "content-security-policy": "default-src 'none';frame-ancestors 'none'",
  "cross-origin-resource-policy": "cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "SAMEORIGIN",
  "referrer-policy": "no-referrer",
};

test("the stream of events bears them too", async () => {
  const closing = new AbortController();
  const answer = await fetch(`${office.url()}/v1/events`, {
    headers: { origin: office.origin, authorization: `Bearer ${await office.ticket(ANNA)}` },
    signal: closing.signal,
  });

  expect(Object.fromEntries(answer.headers)).toMatchObject({
    ...HEADERS,
    "cache-control": "no-store",
    "access-control-allow-origin": office.origin,
  });
  closing.abort();
});

test("a program's dial needs no page, and is told to nobody else", async () => {
  const headers = { authorization: `Bearer ${API_KEY}` };
  const dialled = await office.ask("/v1/originate", {
    method: "POST",
    headers,
    body: { phone: CLIENT, user_id: 9_100_002 },
  });
  const path = `/v1/widget/dials/${String(dialled.body["id"])}`;

  const own = await office.ask(path, { headers });
  const foreign = await office.ask(path, {
    headers: { origin: office.origin, authorization: `Bearer ${await office.ticket(ANNA)}` },
  });

  expect([dialled.status, own.status, foreign.status]).toEqual([202, 200, 404]);
  await until(async () => (await office.ask(path, { headers })).body["is_final"] === true);
});
