// F72 to F82 of the fault catalogue, as far as they are about dialling and browsers: the whole daemon,
// asked by strangers and by employees in a hurry.
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { removeFolders } from "../config/written-config.ts";
import {
  ANNA,
  API_KEY,
  BEN,
  CLARA,
  CLIENT,
  GONE,
  openDiallingOffice,
  until,
  type DiallingOffice,
} from "../daemon/dialling-office.ts";
import { dialRows, originatesOf } from "../daemon/dialling-evidence.ts";

let office: DiallingOffice;

beforeEach(async () => {
  office = await openDiallingOffice({ originate: { country_code: "7" } });
});

afterEach(async () => {
  await office.close();
  removeFolders();
});

type Claims = Readonly<Record<string, unknown>>;
type Header = Readonly<Record<string, unknown>>;

/** A token as Kommo makes it, with what is changed. */
function token(
  claims: Claims = {},
  { header = {}, secret = "" }: { header?: Header; secret?: string } = {},
) {
  const now = Math.floor(Date.now() / 1_000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const all = {
    ...{ iss: office.kommo.url, aud: "http://127.0.0.1", jti: `jti-${Math.random()}` },
    ...{ iat: now, nbf: now, exp: now + 1_800, account_id: office.kommo.account.id },
    ...{ user_id: ANNA, client_uuid: office.kommo.integration.client_id },
    ...claims,
  };
  const text = `${part({ typ: "JWT", alg: "HS256", ...header })}.${part(all)}`;
  const key = secret === "" ? office.kommo.integration.client_secret : secret;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

const dialWith = (given: string, headers: Readonly<Record<string, string>> = {}) =>
  office.ask("/v1/originate", {
    method: "POST",
    headers: { origin: office.origin, "x-auth-token": given, ...headers },
    body: { phone: CLIENT },
  });

test("F73: a token that is not wholly genuine is refused, and a genuine one is not", async () => {
  const now = Math.floor(Date.now() / 1_000);
  const good = token();
  const [header, payload, signature] = good.split(".");
  const bad: Readonly<Record<string, string>> = {
    "another secret": token({}, { secret: "guessed" }),
    "alg none": token({}, { header: { alg: "none" } }),
    "alg none, unsigned": `${Buffer.from('{"alg":"none"}').toString("base64url")}.${payload}.`,
    "alg RS256": token({}, { header: { alg: "RS256" } }),
    "alg HS512": token({}, { header: { alg: "HS512" } }),
    "alg in other letters": token({}, { header: { alg: "hs256" } }),
    "a critical header": token({}, { header: { crit: ["exp"] } }),
    expired: token({ iat: now - 3_600, nbf: now - 3_600, exp: now - 60 }),
    "of the future": token({ nbf: now + 600 }),
    "made in the future": token({ iat: now + 600 }),
    "good for a year": token({ exp: now + 31_536_000 }),
    "without an end": token({ exp: undefined }),
    "an end that is a text": token({ exp: String(now + 600) }),
    "for another host": token({ aud: "https://pbx.example" }),
    "for several hosts": token({ aud: ["http://127.0.0.1"] }),
    "by another account": token({ iss: "https://evil.kommo.com" }),
    "of another account": token({ account_id: 1 }),
    "of another integration": token({ client_uuid: "another" }),
    "without jti": token({ jti: undefined }),
    "with an empty jti": token({ jti: "" }),
    "without a user": token({ user_id: undefined }),
    "a user in quotes": token({ user_id: String(ANNA) }),
    "two signatures": `${good}.${signature}`,
    "no signature": `${header}.${payload}`,
    "an empty text": "",
    huge: `${header}.${"A".repeat(8_000)}.${signature}`,
    "a changed payload": `${header}.${payload?.slice(0, -2)}AA.${signature}`,
  };

  const answers = await Promise.all(
    Object.entries(bad).map(async ([what, text]) => {
      const { status, body } = await dialWith(text);
      return `${what}: ${status} ${String(body["error"])}`;
    }),
  );

  expect(answers.filter((answer) => !answer.endsWith(": 401 token_refused"))).toEqual([]);
  expect(originatesOf(office)).toBe(0);
  expect((await dialWith(good)).status).toBe(202);
});

test("F74: a token that comes twice dials once, also after a restart", async () => {
  const given = token();

  const first = await dialWith(given);
  const second = await dialWith(given);
  await office.restart();
  const third = await dialWith(given);

  expect([first.status, second.status, third.status]).toEqual([202, 401, 401]);
  expect(await dialRows(office)).toHaveLength(1);
});

test("F74: a double click with one Idempotency-Key dials once and is answered the same twice", async () => {
  const key = { "idempotency-key": "0123456789abcdef" };
  const given = token();

  const clicks = await Promise.all([
    dialWith(given, key),
    dialWith(given, key),
    dialWith(token(), key),
  ]);
  const later = await dialWith(given, key);

  const [first] = clicks;
  expect([...clicks, later].map(({ status }) => status)).toEqual([202, 202, 202, 202]);
  expect(new Set([...clicks, later].map(({ text }) => text))).toEqual(new Set([first?.text]));
  expect(await dialRows(office)).toHaveLength(1);
  const other = await office.click(ANNA, { phone: "79160000001" }, key);
  expect(other.status).toBe(422);
});

test("F75: nobody dials from another's telephone, nor for somebody who is not there", async () => {
  const another = await office.click(ANNA, { phone: CLIENT, extension: "102" });
  const asAnother = await office.click(ANNA, { phone: CLIENT, user_id: BEN });
  const deactivated = await dialWith(token({ user_id: GONE }));
  const byKey = (user: number) =>
    office.ask("/v1/originate", {
      method: "POST",
      headers: { authorization: `Bearer ${API_KEY}` },
      body: { phone: CLIENT, user_id: user },
    });
  const notOnList = await byKey(CLARA);
  const gone = await byKey(GONE);

  expect([another, asAnother, deactivated, notOnList, gone].map(({ status }) => status)).toEqual([
    403, 403, 403, 403, 403,
  ]);
  expect(originatesOf(office)).toBe(0);
  const reasons = (await dialRows(office)).map(({ reason }) => reason).toSorted();
  expect(reasons).toEqual([
    "extension_not_yours",
    "user_not_allowed",
    "user_not_allowed",
    "user_unknown",
  ]);
  expect((await byKey(BEN)).status).toBe(202);
});

test("F76: what costs a fortune or is no number is refused, and reaches no exchange", async () => {
  const numbers = [
    ...["0079161234567", "011441234567890", "8109161234567", "*72", "*7279161234567", "#31#"],
    ...["79161234567&101", "79161234567,1", "79161234567/n", "7916abc4567", "", "1", "+"],
    ...[
      "9".repeat(40),
      "79161234567;",
      "${EXTEN}",
      "+19005551234",
      "09001234567",
      "88099161234567",
    ],
  ];

  const answers: string[] = [];
  for (const phone of numbers.slice(0, 9)) answers.push(await refusalOf(ANNA, phone));
  for (const phone of numbers.slice(9)) answers.push(await refusalOf(BEN, phone));

  expect(
    answers.filter((answer) => !/^(phone_invalid|phone_forbidden|too_many)$/.test(answer)),
  ).toEqual([]);
  expect(originatesOf(office)).toBe(0);
});

const refusalOf = async (user: number, phone: string): Promise<string> => {
  const { body } = await office.click(user, { phone });
  return String(body["error"]);
};

test("F76: of a hundred clicks in a minute most are refused", async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, at) => office.click(ANNA, { phone: `7916000${1_000 + at}` })),
  );

  const tooMany = answers.filter(({ status }) => status === 429);
  expect(tooMany).toHaveLength(90);
  expect(tooMany[0]?.headers["retry-after"]).toMatch(/^[1-9]\d*$/);
  expect(originatesOf(office)).toBeLessThanOrEqual(10);
});

test("F33: a number or an extension with line ends reaches no exchange", async () => {
  const injection = "101\r\nAction: Command\r\nCommand: core stop now";

  const number = await office.click(ANNA, { phone: injection });
  const extension = await office.click(ANNA, { phone: CLIENT, extension: injection });

  expect([number.status, extension.status]).toEqual([400, 403]);
  expect(originatesOf(office)).toBe(0);
  expect((await dialRows(office)).every(({ askedPhone }) => !askedPhone.includes("\n"))).toBe(true);
});

test("F79: a page of another address, no page at all, and another name of this host are refused", async () => {
  const asks = (headers: Readonly<Record<string, string>>, method = "POST") =>
    office.ask("/v1/widget/session", {
      method,
      headers: { "x-auth-token": token(), ...headers },
      ...(method === "POST" ? { body: {} } : {}),
    });
  const preflight = (origin: string, more: Readonly<Record<string, string>> = {}) =>
    asks({ origin, "access-control-request-method": "POST", ...more }, "OPTIONS");

  const refused = await Promise.all([
    asks({ origin: "https://evil.example" }),
    asks({ origin: "null" }),
    asks({ origin: `${office.origin}.evil.example` }),
    asks({}),
    asks({ origin: office.origin, host: "evil.example" }),
    preflight("https://evil.example"),
    preflight("null", { "access-control-request-private-network": "true" }),
    preflight(office.origin, { "access-control-request-method": "DELETE" }),
    preflight(office.origin, { "access-control-request-headers": "x-other" }),
  ]);

  expect(refused.map(({ status }) => status)).toEqual(refused.map(() => 403));
  expect(refused.filter(({ headers }) => "access-control-allow-origin" in headers)).toEqual([]);
  const plain = await preflight(office.origin, {
    "access-control-request-headers": "X-Auth-Token",
  });
  expect(plain.status).toBe(204);
  expect(plain.headers).not.toHaveProperty("access-control-allow-private-network");
  const toPrivate = await preflight(office.origin, {
    "access-control-request-private-network": "true",
  });
  expect(toPrivate.headers).toMatchObject({
    "access-control-allow-origin": office.origin,
    "access-control-allow-private-network": "true",
  });
});

test("F80: who says to come from elsewhere is limited all the same", async () => {
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, at) =>
      office.click(
        ANNA,
        { phone: `7916000${1_000 + at}` },
        { "x-forwarded-for": `10.0.0.${at}`, forwarded: `for=10.0.0.${at}` },
      ),
    ),
  );

  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20);
});

test("F72: a request that never ends is cut off, and others are served meanwhile", async () => {
  const { hostname, port } = new URL(office.url());
  const slow = connect({ host: hostname, port: Number(port) });
  slow.on("error", () => undefined);
  slow.write("POST /v1/originate HTTP/1.1\r\nHost: localhost\r\n");
  const dripping = setInterval(() => slow.write("X-A: b\r\n"), 500);
  const cut = new Promise<void>((resolve) => slow.once("close", () => resolve()));
  slow.resume();

  const meanwhile = await office.click(ANNA, { phone: CLIENT });

  expect(meanwhile.status).toBe(202);
  await cut;
  clearInterval(dripping);
});

test("F72: headers, bodies and addresses that are too large are refused", async () => {
  const headers = { origin: office.origin, "x-auth-token": token() };
  const body = JSON.stringify({ phone: "7".repeat(100_000) });

  const large = await office.ask("/v1/originate", { method: "POST", headers, raw: body });
  const manyHeaders = await office.ask("/v1/originate", {
    headers: { ...headers, "x-large": "a".repeat(20_000) },
  });

  expect(large.status).toBe(413);
  expect(manyHeaders.status).toBe(431);
  expect(originatesOf(office)).toBe(0);
});

test("F82: a browser that goes before the answer leaves one call and no other trace", async () => {
  const { hostname, port } = new URL(office.url());
  const body = JSON.stringify({ phone: CLIENT });
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on("error", () => undefined);
  socket.write(
    `POST /v1/originate HTTP/1.1\r\nHost: ${hostname}:${port}\r\nOrigin: ${office.origin}\r\n` +
      `X-Auth-Token: ${token()}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    () => socket.destroy(),
  );

  const screen = await office.listen(ANNA);
  await until(async () => (await dialRows(office)).some(({ state }) => state === "ended"));

  expect(await dialRows(office)).toHaveLength(1);
  screen.close();
});
