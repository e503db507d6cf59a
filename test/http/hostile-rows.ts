// Requests of strangers as readable rows, each made into several: bad tokens, tickets, keys, pages, hosts,
// numbers, bodies, addresses, ranges, webhooks, methods.
import { createHmac } from "node:crypto";
import { ANNA, CLIENT, type Asking, type DiallingOffice } from "../daemon/dialling-office.ts";

export type Hostile = { readonly row: string; readonly path: string; readonly asking: Asking };
type Claims = Readonly<Record<string, unknown>>;

const base64 = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

type Made = { readonly header?: Claims; readonly secret?: string };

function tokenWith(office: DiallingOffice, claims: Claims, made: Made = {}): string {
  const { header = {}, secret } = made;
  const now = Math.floor(Date.now() / 1_000);
  const text = `${base64({ typ: "JWT", alg: "HS256", ...header })}.${base64({
    ...{ iss: office.kommo.url, aud: "http://127.0.0.1", jti: `j${Math.random()}`, iat: now },
    ...{ nbf: now, exp: now + 1_800, account_id: office.kommo.account.id, user_id: ANNA },
    ...{ client_uuid: office.kommo.integration.client_id, ...claims },
  })}`;
  const key = secret ?? office.kommo.integration.client_secret;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

function badTokens(office: DiallingOffice): readonly string[] {
  const made = (claims: Claims, how: Made = {}): string => tokenWith(office, claims, how);
  const now = Math.floor(Date.now() / 1_000);
  const good = made({});
  const [header = "", payload = "", signature = ""] = good.split(".");
  return [
    ...["", "null", "Bearer", "a.b.c", "..", `${header}.${payload}`, `${header}.${payload}.`],
    ...[`.${payload}.${signature}`, `${header}..${signature}`, `${good}.${signature}`, `${good}=`],
    ...[`${header}.${payload}.${signature.toLowerCase()}`, `${good.slice(0, -1)}`, `${good}A`],
    ...["none", "None", "HS384", "HS512", "RS256", "ES256", "hs256", "", null, 256].map((alg) =>
      made({}, { header: { alg } }),
    ),
    ...[{ crit: [] }, { b64: false, crit: ["b64"] }, { typ: "JWE" }].map((header) =>
      made({}, { header }),
    ),
    ...["", "secret", "simulator-secre", "simulator-secret "].map((key) =>
      made({}, { secret: key }),
    ),
    ...[
      { exp: now - 60 },
      { exp: now - 31 },
      { exp: 0 },
      { exp: -1 },
      { exp: "9999999999" },
      { exp: 1e20 },
      { exp: null },
      { exp: now + 90_000 },
      { nbf: now + 60 },
      { nbf: null },
      { iat: now + 60 },
      { iat: null },
      { iss: "" },
      { iss: "https://evil.example" },
      { iss: `${office.kommo.url}/` },
      { iss: [office.kommo.url] },
      { aud: "" },
      { aud: "http://127.0.0.1/" },
      { aud: ["http://127.0.0.1"] },
      { aud: null },
      { account_id: 0 },
      { account_id: String(office.kommo.account.id) },
      { account_id: null },
      { user_id: 0 },
      { user_id: -1 },
      { user_id: 1.5 },
      { user_id: "9100001" },
      { user_id: 9_999_999 },
      { user_id: null },
      { client_uuid: "x" },
      { jti: "" },
      { jti: null },
      { jti: 5 },
      { jti: "a b" },
      { jti: "x".repeat(200) },
    ].map((claims) => made(claims)),
  ];
}

const POSTS = ["/v1/originate", "/v1/widget/session", "/v1/widget/call"];
const READS = ["/v1/events", "/v1/widget/colleagues", "/v1/widget/dials/kommo-1.1"];

export function hostileRows(office: DiallingOffice): readonly Hostile[] {
  const { origin } = office;
  const fresh = (): string => office.kommo.oneTimeToken(ANNA);
  const post = (
    row: string,
    path: string,
    headers: Asking["headers"],
    body: unknown = {},
  ): Hostile => ({
    row,
    path,
    asking: { method: "POST", headers: headers ?? {}, body },
  });
  const get = (row: string, path: string, headers: Asking["headers"] = {}): Hostile => ({
    row,
    path,
    asking: { headers },
  });
  const raw = (row: string, text: string): Hostile => ({
    row,
    path: "/v1/originate",
    asking: { method: "POST", headers: { origin, "x-auth-token": fresh() }, raw: text },
  });

  const tokens = badTokens(office).flatMap((token) =>
    POSTS.map((path) =>
      post("a token", path, { origin, "x-auth-token": token }, { phone: CLIENT }),
    ),
  );
  const tickets = [
    ...[
      "",
      "Bearer",
      "Bearer ",
      "Basic YTpi",
      `Bearer ${"a".repeat(43)}`,
      "Bearer null",
      "bearer x",
    ],
    ...[`Bearer ${"-".repeat(43)}`, `Bearer ${"a".repeat(42)}`, `Bearer ${"a".repeat(4_000)}`],
    ...["Bearer ' OR 1=1 --", "Digest x"],
  ].flatMap((authorization) =>
    READS.map((path) => get("a ticket", path, { origin, authorization })),
  );
  const keys = [
    "",
    "a",
    "an-api-key-of-a-progra",
    "an-api-key-of-a-program ",
    "*",
    "0".repeat(64),
  ].map((key) =>
    post("an API key", "/v1/originate", { authorization: `Bearer ${key}` }, { phone: CLIENT }),
  );
  const origins = [
    ...[
      "null",
      "https://evil.example",
      `${origin}.evil.example`,
      `${origin}:80`,
      "http://localhost",
    ],
    ...[`${origin}/`, origin.toUpperCase(), "file://", "*", "https://kommo.com.evil.example"],
    ...[` ${origin}@evil.example`, "data:text/html,x", "chrome-extension://abc", "http://[::1]"],
  ].flatMap((given) => [
    ...POSTS.map((path) =>
      post("an origin", path, { origin: given, "x-auth-token": fresh() }, { phone: CLIENT }),
    ),
    {
      row: "an origin's preflight",
      path: "/v1/originate",
      asking: {
        method: "OPTIONS",
        headers: { origin: given, "access-control-request-method": "POST" },
      },
    },
  ]);
  const hosts = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "a b",
    "::1",
    "1",
  ].flatMap((host) =>
    POSTS.map((path) =>
      post("a host", path, { host, origin, "x-auth-token": fresh() }, { phone: CLIENT }),
    ),
  );
  const numbers = [
    ...[
      "",
      " ",
      "+",
      "1",
      "abc",
      "79161234567x",
      "call me",
      "+7916123456７",
      "٧٩١٦١٢٣٤٥٦٧",
      "\u202e79161234567",
    ],
    ...[
      "79161234567\r\nAction: Command",
      "79161234567\nX",
      "79161234567\0",
      "79161234567\u2028x",
      "\t\r\n",
    ],
    ...[
      "*72",
      "*72#79161234567",
      "#31#79161234567",
      "79161234567&PJSIP/101",
      "79161234567,1",
      "79161234567;x",
    ],
    ...[
      "79161234567/n",
      "PJSIP/101",
      "Local/101@from-internal",
      "${CALLERID(num)}",
      "$[1+1]",
      "${SHELL(id)}",
    ],
    ...[
      "79161234567|x",
      "79161234567^x",
      "79161234567@trunk",
      '"79161234567"',
      "<79161234567>",
      "79161234567\\",
    ],
    ...[
      "9".repeat(21),
      "9".repeat(40),
      "9".repeat(64),
      "9".repeat(65),
      "9".repeat(256),
      "-".repeat(64),
    ],
    ...["0044207946000", "011442079460000", "810442079460000", "+442079460000", "+4420 7946 0000"],
    ...[
      "+19005551234",
      "+19765551234",
      "19005551234",
      "+88213300000",
      "+8816224000",
      "+979123456789",
    ],
    ...[
      "88091234567",
      "+78091234567",
      "78031234567",
      "tel:+442079460000",
      "sip:a@b",
      "https://x",
      "0".repeat(12),
    ],
  ].map((phone) =>
    post("a number", "/v1/originate", { origin, "x-auth-token": fresh() }, { phone }),
  );
  const bodies = [
    ...[
      "",
      "{",
      "[]",
      "null",
      "5",
      '"79161234567"',
      "true",
      '{"phone":79161234567}',
      '{"phone":null}',
    ],
    ...['{"phone":["79161234567"]}', '{"phone":{"a":1}}', '{"__proto__":{"phone":"79161234567"}}'],
    ...[
      '{"phone":"79161234567","card":5}',
      '{"phone":"79161234567","card":{"type":"users","id":1}}',
    ],
    ...[
      '{"phone":"79161234567","card":{"type":"leads","id":"1"}}',
      '{"phone":"79161234567","card":{"type":"leads","id":-1}}',
    ],
    ...[
      '{"phone":"79161234567","card":{"type":"leads","id":1e99}}',
      '{"phone":"79161234567","card":[]}',
    ],
    ...['{"phone":"79161234567","extension":101}', '{"phone":"79161234567","extension":["101"]}'],
    ...[
      '{"phone":"79161234567","extension":"102"}',
      '{"phone":"79161234567","extension":"101&102"}',
    ],
    ...['{"phone":"79161234567","user_id":9100002}', '{"phone":"79161234567","user_id":"9100001"}'],
    ...[
      '{"phone":"79161234567","user_id":0}',
      "phone=79161234567",
      "\u0000",
      "{}".repeat(10),
      "[".repeat(9_000),
    ],
  ].map((text) => raw("a body", text));
  const hidden = [
    ...[
      "..",
      "../..",
      "%2e%2e",
      "..%2f..%2fetc%2fpasswd",
      "%2e%2e%2f",
      "....//",
      "..\\..",
      "%5c..",
      "%00",
    ],
    ...[
      "etc/passwd",
      ".mp3",
      "a.b.c.mp3",
      "0.0.0.mp3",
      "id.key.mac.mp3",
      "a.mp3?x=../",
      "%252e%252e",
      "~root",
    ],
    ...[
      "a".repeat(500),
      "a.b.c.mp3/..",
      "index.html",
      "*",
      "?",
      "1.1.1.1",
      "-i.x.y.mp3",
      "concat:a.b.c.mp3",
    ],
  ];
  const paths = ["/r/", "/v1/widget/dials/", "/webhooks/kommo/", "/"].flatMap((folder) =>
    hidden.map((name) => get("a path", folder + name, { origin, authorization: "Bearer x" })),
  );
  const ranges = [
    ...[
      "bytes=0-0,1-1",
      "bytes=-0",
      "bytes=9-1",
      "bytes=0-99999999999999999999",
      "bytes=a-b",
      "items=0-1",
    ],
    ...[
      `bytes=${Array.from({ length: 1_000 }, (_, at) => `${at}-${at}`).join(",")}`,
      "bytes=",
      "bytes=--1",
    ],
  ].map((range) => get("a range", "/r/forged.deadbeef.AAAA.mp3", { range }));
  const webhooks = [
    ...[
      "guess",
      "a".repeat(43),
      "access-revoked",
      "%20",
      "undefined",
      "secret/../x",
      "A".repeat(400),
    ],
  ].flatMap((secret) =>
    [{}, { leads: { add: [{ id: "1" }] } }].map((body) =>
      post("a webhook", `/webhooks/kommo/${secret}`, {}, body),
    ),
  );
  const methods = ["PUT", "PATCH", "DELETE", "TRACE", "HEAD"].flatMap((method) =>
    ["/v1/originate", "/v1/widget/session", "/webhooks/kommo/x", "/admin/", "/metrics"].map(
      (path) => ({
        row: "a method",
        path,
        asking: { method, headers: { origin, "x-auth-token": fresh() } },
      }),
    ),
  );
  const local = [
    "/",
    "/healthz",
    "/v1/status",
    "/v1/autodistribution?from=1",
    "/docs",
    "/metrics",
    "/admin/",
  ].map((path) => get("what is for this host", path));
  return [
    ...[...tokens, ...tickets, ...keys, ...origins, ...hosts, ...numbers, ...bodies],
    ...[...paths, ...ranges, ...webhooks, ...methods, ...local],
  ];
}
