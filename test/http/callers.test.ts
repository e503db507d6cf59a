// Who asks, by the proof that a page brings, in the seconds after a first start.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fastify, { type FastifyInstance } from "fastify";
import { usedToken, type CallerDeps } from "../../src/http/callers.ts";

let server: FastifyInstance;
let isAccountKnown: boolean;
/** Its token is held against the account's id, so that none is genuine before that is known. */
const callers: CallerDeps = {
  isAccountKnown: () => isAccountKnown,
  readToken: () =>
    isAccountKnown
      ? { jti: "one", userId: 9_100_001, accountId: 31, isAdmin: false, endsAt: 0 }
      : undefined,
  useToken: () => true,
  findTicket: () => undefined,
  apiKeys: [],
  isActive: () => true,
};

beforeEach(() => {
  server = fastify();
  server.get("/", (request, reply) => {
    const entered = usedToken(request, callers);
    return entered.ok
      ? entered.value
      : reply.code(entered.failure.status).send(entered.failure.refusal);
  });
});
afterEach(() => server.close());

const ask = () =>
  server.inject({ url: "/", headers: { origin: "https://acme.kommo.com", "x-auth-token": "one" } });

test("a page is told to come again as long as Kommo has not said which account it is", async () => {
  isAccountKnown = false;
  const before = await ask();
  isAccountKnown = true;
  const after = await ask();

  expect(before.statusCode).toBe(503);
  expect(before.json()).toMatchObject({ error: "exchange_unavailable" });
  expect(after.json()).toMatchObject({ userId: 9_100_001 });
});
