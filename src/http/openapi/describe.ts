/**
 * What the public listener answers, as OpenAPI. Written by hand beside `widget-contract.ts`: the routes
 * are few, and a test holds both against each other. Pure.
 */
type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const body = (name: string): Json => ({
  required: true,
  content: { "application/json": { schema: ref(name) } },
});
const answer = (description: string, name: string): Json => ({
  description,
  content: { "application/json": { schema: ref(name) } },
});
const REFUSED: Json = answer("refused: the code says why", "Refusal");
const TOKEN: Json = [{ oneTimeToken: [] }];
const TICKET: Json = [{ ticket: [] }];

const text: Json = { type: "string" };
const whole: Json = { type: "integer" };
const truth: Json = { type: "boolean" };
const object = (
  properties: { readonly [name: string]: Json },
  required: readonly string[],
): Json => ({
  type: "object",
  required,
  properties,
});
const list = (items: Json): Json => ({ type: "array", items });
const orNull = (schema: Json): Json => ({ oneOf: [schema, { type: "null" }] });

const DIAL_STATES = [
  ...["requested", "telephone_rings", "dialling", "client_rings", "talking", "you_did_not_answer"],
  ...["telephone_not_connected", "busy", "no_answer", "cancelled", "failed", "ended", "unknown"],
];

const schemas: Json = {
  Refusal: object({ error: text, reason: text, retry_after_seconds: whole }, ["error", "reason"]),
  Card: object({ type: { enum: ["leads", "contacts", "companies"] }, id: whole }, ["type", "id"]),
  User: object({ id: whole, name: text }, ["id", "name"]),
  Telephone: object(
    {
      extension: text,
      state: { enum: ["idle", "ringing", "in_use", "not_connected", "unknown"] },
    },
    ["extension", "state"],
  ),
  Features: object({ telephony: truth, originate: truth, call_panel: truth, altegio: truth }, [
    "originate",
    "call_panel",
    "telephony",
    "altegio",
  ]),
  Session: object(
    {
      ticket: text,
      expires_at: whole,
      user: ref("User"),
      telephones: list(ref("Telephone")),
      features: ref("Features"),
    },
    ["ticket", "expires_at", "user", "telephones", "features"],
  ),
  Originate: object(
    {
      phone: { type: "string", maxLength: 64 },
      card: orNull(ref("Card")),
      extension: text,
      user_id: { type: "integer", description: "with an API key: for whom" },
    },
    ["phone"],
  ),
  Originated: object({ id: text, extension: text, phone: text }, ["id", "extension", "phone"]),
  Dial: object(
    {
      id: text,
      state: { enum: DIAL_STATES },
      is_final: truth,
      phone: text,
      extension: text,
      card: orNull(ref("Card")),
      reason: orNull({ enum: ["number_unknown", "no_line", "refused"] }),
      call: orNull(text),
      at: whole,
      talk_seconds: orNull(whole),
    },
    [
      "id",
      "state",
      "is_final",
      "phone",
      "extension",
      "card",
      "reason",
      "call",
      "at",
      "talk_seconds",
    ],
  ),
  CallAction: object(
    {
      call: text,
      action: {
        oneOf: [
          object({ kind: { const: "hang_up" } }, ["kind"]),
          object({ kind: { const: "transfer" }, to: text }, ["kind", "to"]),
        ],
      },
    },
    ["call", "action"],
  ),
  Done: object({ done: truth }, ["done"]),
  Colleagues: object(
    {
      colleagues: list(
        object({ user: orNull(ref("User")), extension: text, state: text }, ["extension", "state"]),
      ),
    },
    ["colleagues"],
  ),
  Settings: object(
    {
      version: text,
      account_id: whole,
      user: ref("User"),
      exchange: { enum: ["connected", "not_connected"] },
      telephones: list(ref("Telephone")),
      features: ref("Features"),
    },
    ["version", "account_id", "user", "exchange", "telephones", "features"],
  ),
  Extensions: object({ extensions: { type: "object", additionalProperties: text } }, [
    "extensions",
  ]),
  ExtensionOutcomes: object(
    { entries: list(object({ user_id: whole, extension: text, outcome: text }, ["outcome"])) },
    ["entries"],
  ),
};

const KEY: Json = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description: "16 to 64 letters, digits, - and _; a repeat gets the first answer again",
  schema: { type: "string", pattern: "^[A-Za-z0-9_-]{16,64}$" },
};

const paths: Json = {
  "/v1/originate": {
    post: {
      summary: "Rings the employee's telephone, then dials the number",
      security: [{ oneTimeToken: [] }, { apiKey: [] }],
      parameters: [KEY],
      requestBody: body("Originate"),
      responses: {
        "202": answer("Asterisk has taken the request", "Originated"),
        default: REFUSED,
      },
    },
  },
  "/v1/widget/dials/{id}": {
    get: {
      summary: "What became of a dial",
      security: [{ ticket: [] }, { apiKey: [] }],
      parameters: [{ name: "id", in: "path", required: true, schema: text }],
      responses: { "200": answer("as it is now", "Dial"), default: REFUSED },
    },
  },
  "/v1/widget/session": {
    post: {
      summary: "A ticket for reading, for this page and user, for twelve hours",
      security: TOKEN,
      responses: { "200": answer("the ticket", "Session"), default: REFUSED },
    },
  },
  "/v1/events": {
    get: {
      summary: "Server-sent events: hello, ringing, closed, talk, dial, telephones, bye",
      security: TICKET,
      responses: {
        "200": { description: "the stream", content: { "text/event-stream": { schema: text } } },
        default: REFUSED,
      },
    },
  },
  "/v1/widget/call": {
    post: {
      summary: "Hangs up or transfers the caller's own talk",
      security: TOKEN,
      requestBody: body("CallAction"),
      responses: { "200": answer("done", "Done"), default: REFUSED },
    },
  },
  "/v1/widget/colleagues": {
    get: {
      summary: "To whom a call can be transferred",
      security: TICKET,
      responses: { "200": answer("extensions of colleagues", "Colleagues"), default: REFUSED },
    },
  },
  "/v1/widget/settings": {
    get: {
      summary: "What the test button of the widget shows",
      security: TOKEN,
      responses: { "200": answer("who one is, and what works", "Settings"), default: REFUSED },
    },
  },
  "/v1/widget/extensions": {
    post: {
      summary: "The widget's list of extensions, from an administrator",
      security: TOKEN,
      requestBody: body("Extensions"),
      responses: { "200": answer("what became of each", "ExtensionOutcomes"), default: REFUSED },
    },
  },
};

export const openApi = (version: string): Json => ({
  openapi: "3.1.0",
  info: {
    title: "asterisk-kommo",
    version,
    description: "What browsers and programs ask of the public listener. Times are Unix seconds.",
  },
  paths,
  components: {
    schemas,
    securitySchemes: {
      oneTimeToken: {
        type: "apiKey",
        in: "header",
        name: "X-Auth-Token",
        description: "Kommo's one-time token ($authorizedAjax), from a page of the account",
      },
      ticket: { type: "http", scheme: "bearer", description: "of POST /v1/widget/session" },
      apiKey: { type: "http", scheme: "bearer", description: "of originate.api_keys" },
    },
  },
});
