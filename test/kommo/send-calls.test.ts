import { afterEach, expect, test } from "@jest/globals";
import { asObjects } from "../../src/kommo/json.ts";
import {
  callsAnswer,
  farSideAt,
  idsIn,
  notFound,
  refusal,
  savedCall,
  uniqsIn,
  type FarSideAtServer,
} from "./far-side-at.ts";
import * as steps from "./made-up-steps.ts";
import { reply, type Script } from "./scripted-server.ts";

const open: FarSideAtServer[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function kommoAnswers(script: Script): Promise<FarSideAtServer> {
  const far = await farSideAt(script);
  open.push(far);
  return far;
}

test("calls are matched by request_id, in whatever order Kommo answers", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const saved = idsIn(body).map((requestId, index) => savedCall(requestId, 100 + index));
    reply(response, 200, callsAnswer(saved.toReversed()));
  });

  const { deliveries } = await send(steps.registerCall("1"), steps.registerCall("2"));

  expect(deliveries).toEqual([
    { kind: "done", result: { kind: "booked", card: { type: "leads", id: 500_210 }, noteId: 100 } },
    { kind: "done", result: { kind: "booked", card: { type: "leads", id: 500_210 }, noteId: 101 } },
  ]);
});

test.each([
  ["400, as live reports say", 400, notFound("0")],
  ["200, as a careful client says", 200, notFound("0")],
  ["400 without naming the element", 400, notFound()],
])("no card has any of the numbers: %s", async (_, status, error) => {
  const { send } = await kommoAnswers((_asked, response) =>
    reply(response, status, callsAnswer([], [error])),
  );

  const answer = await send(steps.registerCall("1"), steps.registerCall("2"));

  expect(answer).toEqual({ deliveries: [{ kind: "nothing-there" }, { kind: "nothing-there" }] });
});

test("of a mixed batch the known are booked and only the unknown are told as such", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const [first = "", second = "", third = ""] = idsIn(body);
    reply(response, 200, callsAnswer([savedCall(third), savedCall(first)], [notFound(second)]));
  });

  const { deliveries } = await send(...["1", "2", "3"].map((uniq) => steps.registerCall(uniq)));

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "nothing-there", "done"]);
});

test("another error of one call sets only that call aside", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const [first = "", second = ""] = idsIn(body);
    const error = { status: 299, detail: "Too odd for us", request_id: second };
    reply(response, 200, callsAnswer([savedCall(first)], [error]));
  });

  const { deliveries } = await send(steps.registerCall("1"), steps.registerCall("2"));

  expect(deliveries).toMatchObject([
    { kind: "done" },
    { kind: "refused", reason: "error 299: Too odd for us" },
  ]);
});

test("an error that names no call is pinned to one by asking again", async () => {
  const { send } = await kommoAnswers(({ body }, response) => {
    const odd = uniqsIn(body).includes("2");
    const saved = odd ? [] : idsIn(body).map((requestId) => savedCall(requestId));
    reply(response, odd ? 400 : 200, callsAnswer(saved, odd ? [{ status: 299 }] : []));
  });

  const { deliveries } = await send(...["1", "2", "3"].map((uniq) => steps.registerCall(uniq)));

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "refused", "done"]);
});

test("an answer that names none of the calls leaves all of them to be looked up", async () => {
  const { send } = await kommoAnswers((_, response) => reply(response, 200, { hello: "there" }));

  const { deliveries } = await send(steps.registerCall("1"), steps.registerCall("2"));

  expect(deliveries.map(({ kind }) => kind)).toEqual(["unknown", "unknown"]);
});

test("an error about the whole account stops the sending instead of losing calls", async () => {
  const { send } = await kommoAnswers((_, response) =>
    reply(response, 400, callsAnswer([], [{ status: 113, title: "IP not allowed" }])),
  );

  const answer = await send(steps.registerCall("1"));

  expect(answer).toMatchObject({
    deliveries: [{ kind: "later" }],
    halt: { reason: "error 113: IP not allowed", probeAfterMs: 600_000 },
  });
});

test("a refused item that Kommo names is set aside, the others go again at once", async () => {
  const { server, send } = await kommoAnswers(({ body }, response) =>
    reply(response, 400, refusal(idsIn(body)[1], "params.link", "InvalidType")),
  );

  const { deliveries } = await send(...["1", "2", "3"].map((uniq) => steps.addCallNote(uniq)));

  expect(deliveries).toEqual([
    { kind: "later", reason: expect.any(String), afterMs: 0 },
    {
      kind: "refused",
      reason: expect.stringContaining("params.link InvalidType"),
      hint: expect.any(String),
    },
    { kind: "later", reason: expect.any(String), afterMs: 0 },
  ]);
  expect(server.asked).toHaveLength(1);
});

test.each([0, 1, 24, 25, 31, 48, 49])(
  "item %d of 50 is bad and Kommo does not say so: 49 are booked with at most 12 requests",
  async (bad) => {
    const { server, send } = await kommoAnswers(({ body }, response) =>
      uniqsIn(body).includes(String(bad))
        ? reply(response, 400, { title: "Bad Request", status: 400, detail: "Bad Request" })
        : reply(response, 200, callsAnswer(idsIn(body).map((requestId) => savedCall(requestId)))),
    );

    const { deliveries } = await send(
      ...Array.from({ length: 50 }, (_, uniq) => steps.registerCall(String(uniq))),
    );

    const kinds = deliveries.map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "done")).toHaveLength(49);
    expect(kinds[bad]).toBe("refused");
    expect(server.asked.length).toBeLessThanOrEqual(12);
    const booked = server.asked.flatMap(({ body }) =>
      uniqsIn(body).includes(String(bad)) ? [] : uniqsIn(body),
    );
    expect(new Set(booked).size).toBe(booked.length);
  },
);

test("a server that refuses everything gets a bounded number of requests for each batch", async () => {
  const { server, send } = await kommoAnswers((_, response) => reply(response, 400, {}));

  const { deliveries } = await send(
    ...Array.from({ length: 50 }, (_, uniq) => steps.registerCall(String(uniq))),
  );

  expect(server.asked).toHaveLength(24);
  expect(new Set(deliveries.map(({ kind }) => kind))).toEqual(new Set(["refused", "later"]));
});

test("a user who left the company does not keep the call from being booked", async () => {
  const { server, send } = await kommoAnswers(({ body }, response) => {
    if (JSON.stringify(body).includes("77001"))
      return reply(response, 400, {
        detail: "User(s) 77001 are not associated with provided account.",
      });
    reply(response, 200, callsAnswer(idsIn(body).map((requestId) => savedCall(requestId))));
  });

  const { deliveries } = await send(
    steps.registerCall("1", { created_by: 77_001, call_responsible: 77_001 }),
    steps.registerCall("2", { created_by: 9_100_002 }),
  );

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "done"]);
  expect(server.asked).toHaveLength(2);
  expect(server.asked[1]?.body).toEqual([
    expect.not.objectContaining({ created_by: expect.anything() }),
    expect.objectContaining({ created_by: 9_100_002 }),
  ]);
});

test("a user refused by the name of the field is left out of that item only", async () => {
  const { server, send } = await kommoAnswers(({ body }, response) => {
    const [first] = asObjects(body);
    return first !== undefined && "responsible_user_id" in first
      ? reply(response, 400, refusal(idsIn(body)[0], "responsible_user_id"))
      : reply(response, 200, {
          _embedded: {
            contacts: idsIn(body).map((request_id, index) => ({ id: index + 1, request_id })),
          },
        });
  });

  const { deliveries } = await send(steps.createContact("1"), steps.createContact("2"));

  expect(deliveries.map(({ kind }) => kind)).toEqual(["done", "done"]);
  expect(asObjects(server.asked[1]?.body).map((item) => "responsible_user_id" in item)).toEqual([
    false,
    true,
  ]);
});

test("an item that is refused for its users even without any is set aside", async () => {
  const { server, send } = await kommoAnswers((_, response) =>
    reply(response, 400, { detail: "User(s) are not associated with provided account." }),
  );

  const { deliveries } = await send(steps.registerCall("1", { created_by: 77_001 }));

  expect(deliveries).toMatchObject([{ kind: "refused" }]);
  expect(server.asked).toHaveLength(2);
});
