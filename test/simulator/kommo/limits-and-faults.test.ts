import { expect, test } from "@jest/globals";
import { epochMs } from "../../../src/lib/clock.ts";
import type { Clock } from "../../../src/lib/clock.ts";
import { mostInASecond } from "../../../src/simulator/kommo/journal.ts";
import { callOf, embedded, withSimulator } from "./talk.ts";
import type { Talk } from "./talk.ts";

const PHONE = "+351912000111";

/** Stands still until it is set. Pauses are over at once. */
function handClock(): Clock & { set(ms: number): void } {
  let now = 1_732_153_500_000;
  return {
    now: () => epochMs(now),
    monotonicMs: () => now,
    sleep: () => Promise.resolve(),
    set: (ms) => {
      now = 1_732_153_500_000 + ms;
    },
  };
}

const statusesOf = async (count: number, { get }: Talk): Promise<number[]> => {
  const statuses: number[] = [];
  for (let i = 0; i < count; i++) statuses.push((await get("/api/v4/account")).status);
  return statuses;
};

test("section 3: seven requests a second are answered, the eighth is 429 with HTML", () => {
  const clock = handClock();
  return withSimulator(
    async (talk) => {
      const seven = await statusesOf(7, talk);
      clock.set(999);
      const eighth = await talk.get("/api/v4/account");
      clock.set(1_000);
      const nextSecond = await statusesOf(7, talk);

      expect(new Set(seven)).toEqual(new Set([200]));
      expect(eighth.status).toBe(429);
      expect(eighth.headers.get("content-type")).toBe("text/html");
      expect(eighth.headers.get("retry-after")).toBeNull();
      expect(eighth.headers.get("x-request-id")).toMatch(/^[0-9a-f]{32}$/);
      expect(new Set(nextSecond)).toEqual(new Set([200]));
    },
    { clock, switches: { requestsPerSecond: 7 } },
  );
});

test("section 2: by switches a 429 has a Retry-After and a JSON body", () =>
  withSimulator(
    async (talk) => {
      await talk.get("/api/v4/account");

      const refused = await talk.get("/api/v4/account");

      expect(refused.headers.get("retry-after")).toBe("2");
      expect(refused.body["status"]).toBe(429);
    },
    {
      clock: handClock(),
      switches: { requestsPerSecond: 1, retryAfterSeconds: 2, rateLimitBody: "json" },
    },
  ));

test("section 3: the tenth 429 within a minute blocks everything with 403 HTML until it is lifted", () => {
  const clock = handClock();
  return withSimulator(
    async (talk) => {
      await statusesOf(1 + 9, talk);
      clock.set(1_000);
      const beforeBlock = await talk.get("/api/v4/account");
      await talk.get("/api/v4/account");
      clock.set(3_600_000);
      const blocked = await talk.get("/api/v4/account");
      talk.simulator.liftBlock();
      const lifted = await talk.get("/api/v4/account");

      expect(beforeBlock.status).toBe(200);
      expect(blocked.status).toBe(403);
      expect(blocked.text).toContain("<center>nginx</center>");
      expect(lifted.status).toBe(200);
    },
    { clock, switches: { requestsPerSecond: 1, blockAfter429s: 10 } },
  );
});

test("the journal counts the most requests of any one second", () => {
  expect(mostInASecond([])).toBe(0);
  expect(mostInASecond([0, 999])).toBe(2);
  expect(mostInASecond([0, 1_000])).toBe(1);
  expect(mostInASecond([1_500, 0, 900, 1_400, 1_899])).toBe(4);
});

test("section 2: without a good token everything is 401, an unknown path too", () =>
  withSimulator(async ({ simulator, ask, get }) => {
    expect((await ask("GET", "/api/v4/account", { token: null })).status).toBe(401);
    expect((await ask("GET", "/api/v4/nonsense", { token: "wrong" })).status).toBe(401);
    simulator.switches.tokensAreRevoked = true;
    expect((await get("/api/v4/account")).body).toEqual({
      title: "Unauthorized",
      type: "https://httpstatus.es/401",
      status: 401,
      detail: "Invalid user name or password",
    });
  }));

test("section 2: an unpaid account refuses writes at once and reads later", () =>
  withSimulator(async ({ simulator, get, post }) => {
    simulator.switches.unpaid = "writes";
    const early = [await get("/api/v4/users"), await post("/api/v4/contacts", [{}])];
    simulator.switches.unpaid = "all";
    const late = await get("/api/v4/users");

    expect(early.map(({ status }) => status)).toEqual([200, 402]);
    expect(late.status).toBe(402);
  }));

test("section 4.4: each group of methods needs its scope; users need an administrator", () =>
  withSimulator(async ({ simulator, ask }) => {
    simulator.tokens.addLongLived("crm", { userId: 9_100_001, scopes: ["crm"] });
    simulator.tokens.addLongLived("bell", { userId: 9_100_001, scopes: ["notifications"] });
    simulator.tokens.addLongLived("sales", { userId: 9_100_002 });
    const popup = { add: [{ type: "phone_call", phone_number: PHONE }] };
    const statuses = await Promise.all([
      ask("POST", "/api/v2/events", { token: "crm", body: popup }),
      ask("POST", "/api/v2/events", { token: "bell", body: popup }),
      ask("GET", "/api/v4/account", { token: "bell" }),
      ask("GET", "/api/v4/users", { token: "sales" }),
      ask("GET", "/api/v4/account", { token: "sales" }),
    ]);

    expect(statuses.map(({ status }) => status)).toEqual([403, 202, 403, 403, 200]);
  }));

test("section 1: X-Context-User-ID acts with that user's rights, unknown ones are refused", () =>
  withSimulator(async ({ ask }) => {
    const as = (id: string) =>
      ask("GET", "/api/v4/account", { headers: { "X-Context-User-ID": id } });

    expect((await as("9100002")).body["current_user_id"]).toBe(9_100_002);
    expect((await as("1")).status).toBe(403);
  }));

test("section 2: 504 with half of the batch saved", () =>
  withSimulator(async ({ simulator, post }) => {
    simulator.seed.contact({ phones: [PHONE] });
    simulator.fail({ kind: "status", status: 504, saved: "half", path: "/api/v4/calls" });
    const batch = ["a", "b", "c"].map((uniq) => callOf(PHONE, { uniq }));

    const first = await post("/api/v4/calls", batch);
    const second = await post("/api/v4/calls", batch);

    expect([first.status, second.status]).toEqual([504, 200]);
    expect(simulator.journal.calls().map(({ uniq }) => uniq)).toEqual(["a", "b", "a", "b", "c"]);
  }));

test.each([429, 500, 502, 503, 504])("section 2: %d by a fault saves nothing", (status) =>
  withSimulator(async ({ simulator, post }) => {
    simulator.fail({ kind: "status", status, html: true, retryAfterSeconds: 3, times: 2 });

    const replies = [1, 2, 3].map(() => post("/api/v4/contacts", [{ name: "A" }]));

    const statuses = (await Promise.all(replies)).map((reply) => reply.status).sort();
    expect(statuses).toEqual([200, status, status].sort());
    expect(simulator.journal.contacts()).toHaveLength(1);
  }),
);

test.each([
  { kind: "reset", saved: "nothing" },
  { kind: "reset", saved: "all" },
  { kind: "drop", saved: "nothing" },
  { kind: "drop", saved: "all" },
] as const)("section 2: a connection that ends ($kind, $saved saved) gives no answer", (fault) =>
  withSimulator(async ({ simulator, post }) => {
    simulator.fail(fault);

    await expect(post("/api/v4/contacts", [{ name: "A" }])).rejects.toThrow();

    expect(simulator.journal.contacts()).toHaveLength(fault.saved === "all" ? 1 : 0);
    expect(simulator.journal.entries()).toMatchObject([{ fault: fault.kind, status: null }]);
  }),
);

test("section 2: silence keeps the connection open and answers never", () =>
  withSimulator(async ({ simulator }) => {
    simulator.fail({ kind: "silence", saved: "all" });

    const asked = fetch(`${simulator.url}/api/v4/contacts`, {
      method: "POST",
      headers: { Authorization: `Bearer ${simulator.token}` },
      body: JSON.stringify([{ name: "A" }]),
      signal: AbortSignal.timeout(100),
    });

    await expect(asked).rejects.toThrow();
    expect(simulator.journal.contacts()).toHaveLength(1);
  }));

test("section 2: garbled answers come after saving", () =>
  withSimulator(async ({ simulator, post, get }) => {
    const ask = () => post("/api/v4/contacts", [{ name: "A" }]);
    simulator.fail(
      { kind: "garble", as: "invalid-json" },
      { kind: "garble", as: "html" },
      { kind: "garble", as: "wrong-content-type" },
      { kind: "garble", as: "empty" },
      { kind: "garble", as: "huge", bytes: 1_000_000 },
    );

    const invalid = await ask();
    const html = await ask();
    const type = await ask();
    const empty = await ask();
    const huge = await ask();

    expect(() => JSON.parse(invalid.text) as unknown).toThrow();
    expect([html.status, html.headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(type.headers.get("content-type")).toBe("text/plain");
    expect([empty.status, empty.text]).toEqual([204, ""]);
    expect(huge.text).toHaveLength(1_000_000);
    expect(simulator.journal.contacts()).toHaveLength(5);
    simulator.fail({ kind: "garble", as: "truncated-gzip" }, { kind: "garble", as: "truncated" });
    const gzip = await get("/api/v4/users");
    expect(gzip.headers.get("content-encoding")).toBe("gzip");
    expect(() => JSON.parse(gzip.text) as unknown).toThrow();
    await expect(get("/api/v4/users")).rejects.toThrow();
  }));

test("section 2: slow answers, slow saves and dripping answers are whole in the end", () =>
  withSimulator(
    async ({ simulator, get }) => {
      simulator.fail(
        { kind: "slow-answer", ms: 60_000 },
        { kind: "slow-save", ms: 60_000 },
        { kind: "slow-loris", bytesPerSecond: 1 },
      );

      const replies = [await get("/api/v4/users"), await get("/api/v4/users")];
      const dripped = await get("/api/v4/users");

      expect(replies.map(({ status }) => status)).toEqual([200, 200]);
      expect(embedded(dripped, "users")).toHaveLength(4);
    },
    { clock: handClock() },
  ));

test("faults strike by method and path, after those they skip", () =>
  withSimulator(async ({ simulator, get, post }) => {
    simulator.fail({
      kind: "status",
      status: 500,
      method: "GET",
      path: "^/api/v4/(users|account)$",
      skip: 1,
    });

    const statuses = [
      (await post("/api/v4/contacts", [{}])).status,
      (await get("/api/v4/leads")).status,
      (await get("/api/v4/users")).status,
      (await get("/api/v4/account")).status,
      (await get("/api/v4/account")).status,
    ];

    expect(statuses).toEqual([200, 204, 200, 500, 200]);
    expect(simulator.faults.pending()).toEqual([]);
  }));

test("a request that is not HTTP, a huge body and a client that leaves disturb nobody", () =>
  withSimulator(async ({ simulator, get, ask }) => {
    const net = await import("node:net");
    const port = Number(new URL(simulator.url).port);
    for (const bytes of [
      "nonsense\r\n\r\n",
      "POST /api/v4/calls HTTP/1.1\r\nContent-Length: 9\r\n\r\n[",
    ]) {
      const socket = net.connect(port, "127.0.0.1");
      await new Promise((resolve) => socket.write(bytes, resolve));
      socket.destroy();
    }

    const huge = await ask("POST", "/api/v4/calls", { body: "x".repeat(21 * 1024 * 1024) }).catch(
      () => undefined,
    );

    expect([413, undefined]).toContain(huge?.status);
    expect((await get("/api/v4/account")).status).toBe(200);
  }));
