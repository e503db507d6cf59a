import { afterEach, expect, test } from "@jest/globals";
import { findCompaniesByPhone, findContactsByPhone } from "../../src/kommo/find-by-phone.ts";
import { readList } from "../../src/kommo/hal.ts";
import { asId } from "../../src/kommo/json.ts";
import { readAccount, readPipelines, readUsers } from "../../src/kommo/read-account.ts";
import { clientFor, never, reply, startScriptedServer, type Script } from "./scripted-server.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function kommoAnswers(script: Script) {
  const server = await startScriptedServer(script);
  const client = clientFor(server.url);
  open.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client };
}

const ids = {
  path: "/api/v4/things",
  plural: "things",
  decode: (row: { readonly [key: string]: unknown }) => asId(row["id"]),
  purpose: "account" as const,
  signal: never,
};
const page = (id: number, next?: string) => ({
  _links: next === undefined ? {} : { next: { href: next } },
  _embedded: { things: [{ id }, { id: "none" }] },
});

test("pages are read one after the other until none is named, and rows of no use are left out", async () => {
  const { server, client } = await kommoAnswers(({ query }, response) => {
    const number = Number(query.get("page"));
    reply(response, 200, page(number, number < 3 ? `/x?page=${String(number + 1)}` : undefined));
  });

  expect(await readList(client, ids)).toEqual({ ok: true, value: [1, 2, 3] });
  expect(server.asked.every(({ query }) => query.get("limit") === "250")).toBe(true);
});

test("a next page on another host is looked for on ours", async () => {
  const { server, client } = await kommoAnswers(({ query }, response) =>
    query.get("page") === "1"
      ? reply(response, 200, page(1, "https://evil.example/steal?page=2"))
      : reply(response, 204),
  );

  expect(await readList(client, ids)).toEqual({ ok: true, value: [1] });
  expect(server.asked.map(({ path }) => path)).toEqual(["/api/v4/things", "/api/v4/things"]);
});

test("a server that always names the same next page is left after the last page allowed", async () => {
  const { server, client } = await kommoAnswers((_, response) =>
    reply(response, 200, page(1, "/x?page=1")),
  );

  const outcome = await readList(client, { ...ids, mostPages: 5 });

  expect(outcome).toMatchObject({ ok: false, failure: { kind: "nonsense" } });
  expect(server.asked.map(({ query }) => query.get("page"))).toEqual(["1", "2", "3", "4", "5"]);
});

test.each([
  [2, true],
  [3, true],
  [4, false],
])("of a list of %d pages, three being allowed, all is read: %p", async (pages, isRead) => {
  const { client } = await kommoAnswers(({ query }, response) => {
    const number = Number(query.get("page"));
    const next = number < pages ? `/x?page=${String(number + 1)}` : undefined;
    reply(response, 200, page(number, next));
  });

  expect(await readList(client, { ...ids, mostPages: 3 })).toMatchObject({ ok: isRead });
});

test("a failure on a later page is the failure of the list", async () => {
  const { client } = await kommoAnswers((_, response, turn) =>
    turn === 1 ? reply(response, 200, page(1, "/x?page=2")) : reply(response, 401),
  );

  expect(await readList(client, ids)).toMatchObject({ failure: { kind: "token-revoked" } });
});

test("the account tells who we are and whether incoming leads exist", async () => {
  const { client } = await kommoAnswers((_, response) =>
    reply(response, 200, {
      id: 31_990_001,
      name: "Acme Phones",
      subdomain: "acmephones",
      current_user_id: 9_100_001,
      is_unsorted_on: true,
      _embedded: {
        task_types: [{ id: 1, name: "Follow-up" }, null],
        datetime_settings: { timezone: "Europe/Lisbon" },
      },
    }),
  );

  expect(await readAccount(client, never)).toEqual({
    ok: true,
    value: {
      id: 31_990_001,
      name: "Acme Phones",
      subdomain: "acmephones",
      currentUserId: 9_100_001,
      isUnsortedOn: true,
      timeZone: "Europe/Lisbon",
      taskTypes: [{ id: 1, name: "Follow-up" }],
    },
  });
});

test("an answer that tells no account is nonsense with a hint", async () => {
  const { client } = await kommoAnswers((_, response) => reply(response, 200, { hello: "there" }));

  expect(await readAccount(client, never)).toMatchObject({
    failure: { kind: "nonsense", hint: expect.stringContaining("kommo.account_url") },
  });
});

test("users and pipelines are read from their lists; a token without rights is told as such", async () => {
  const { client } = await kommoAnswers(({ path }, response) =>
    path === "/api/v4/users"
      ? reply(response, 403, { status: 403, detail: "Forbidden" })
      : reply(response, 200, { _embedded: { pipelines: [{ id: 8, name: "Sales" }] } }),
  );

  expect(await readUsers(client, never)).toMatchObject({ failure: { kind: "forbidden" } });
  expect(await readPipelines(client, never)).toMatchObject({ value: [{ id: 8, name: "Sales" }] });
});

const card = (id: number, phone: string, more: object = {}) => ({
  id,
  custom_fields_values: [{ field_code: "PHONE", values: [{ value: phone }] }],
  ...more,
});

test("of what the search finds, only owners of the number count: exact first, then the oldest", async () => {
  const { client } = await kommoAnswers((_, response) =>
    reply(response, 200, {
      _embedded: {
        contacts: [
          card(4, "8 916 123-45-67"),
          card(3, "+7 916 123 45 67"),
          card(9, "7 (916) 1234567"),
          card(1, "+7 495 123 45 67"),
          card(2, "+79161234567", { is_deleted: true }),
        ],
      },
    }),
  );

  const found = await findContactsByPhone(client, {
    phone: "+79161234567",
    purpose: "call",
    signal: never,
  });

  expect(found.ok ? found.value.map(({ id }) => id) : found).toEqual([3, 9, 4]);
});

test("when ten digits find nothing, the last seven are tried once", async () => {
  const { server, client } = await kommoAnswers((_, response) => reply(response, 204));
  const query = { phone: "+79161234567", purpose: "call", signal: never } as const;

  await findCompaniesByPhone(client, query);
  await findCompaniesByPhone(client, { ...query, phone: "1234567" });
  await findCompaniesByPhone(client, { ...query, phone: "anonymous" });

  expect(server.asked.map((asked) => `${asked.path} ${asked.query.get("query") ?? ""}`)).toEqual([
    "/api/v4/companies 9161234567",
    "/api/v4/companies 1234567",
    "/api/v4/companies 1234567",
  ]);
});
