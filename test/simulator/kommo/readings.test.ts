// Where Kommo's documents contradict each other or say nothing: each reading is a switch.
import { expect, test } from "@jest/globals";
import { callOf, embedded, violations, withSimulator } from "./talk.ts";

const PHONE = "+351912000111";
const CALLS = "/api/v4/calls";

test("section 2: one bad call refuses its batch, or by the switch the others are saved and told", () =>
  withSimulator(async ({ post, simulator }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const batch = [
      callOf(PHONE, { request_id: "good" }),
      callOf(PHONE, { request_id: "bad", duration: -1 }),
    ];
    const whole = await post(CALLS, batch);
    const savedBefore = simulator.journal.calls().length;
    simulator.switches.badItem = "others-saved";
    const partly = await post(CALLS, batch);

    expect([whole.status, savedBefore]).toEqual([400, 0]);
    expect(embedded(whole, "calls")).toEqual([]);
    expect(partly.status).toBe(400);
    expect(violations(partly)).toHaveLength(1);
    expect(embedded(partly, "calls")).toMatchObject([{ request_id: "good" }]);
    expect(simulator.journal.calls()).toHaveLength(1);
  }));

test("section 7.2: saved calls are answered 200, or by the switch 201", () =>
  withSimulator(async ({ post, simulator }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const first = await post(CALLS, [callOf(PHONE)]);
    simulator.switches.callsSavedStatus = 201;

    expect(first.status).toBe(200);
    expect((await post(CALLS, [callOf(PHONE)])).status).toBe(201);
  }));

test("section 7.1: a short number is compared whole, or by the switch with the end of longer ones", () =>
  withSimulator(async ({ post, simulator }) => {
    simulator.seed.contact({ phones: [PHONE] });
    const whole = await post(CALLS, [callOf("2000111")]);
    simulator.switches.shortNumber = "ending";

    expect(whole.status).toBe(400);
    expect((await post(CALLS, [callOf("2000111")])).status).toBe(200);
    expect((await post(CALLS, [callOf("912000")])).status).toBe(400);
  }));

test("section 9.1: query compares seven digits, or by the switch all that it was given", () =>
  withSimulator(async ({ get, simulator }) => {
    simulator.seed.contact({ phones: ["8 912 000 111"] });
    const loose = await get("/api/v4/contacts?query=3512000111");
    simulator.switches.queryMatches = "all-digits";

    expect(loose.status).toBe(200);
    expect((await get("/api/v4/contacts?query=3512000111")).status).toBe(204);
    expect((await get("/api/v4/contacts?query=912000111")).status).toBe(200);
  }));

test("section 18.1: a popup is answered with the cards, an empty object or an empty list", () =>
  withSimulator(async ({ post, simulator }) => {
    const popup = { add: [{ type: "phone_call", phone_number: PHONE, users: [9_100_002] }] };
    const bodies: string[] = [];
    for (const answer of ["items", "empty", "list"] as const) {
      simulator.switches.popupAnswer = answer;
      const reply = await post("/api/v2/events", popup);
      bodies.push(`${reply.status} ${reply.text.slice(0, 2)}`);
    }

    expect(bodies).toEqual(['202 {"', "202 {}", "202 []"]);
  }));

test("section 4.4: popups need the Notification Center, or by the switch the account's data", () =>
  withSimulator(async ({ ask, simulator }) => {
    simulator.tokens.addLongLived("data-only", { userId: 9_100_001, scopes: ["crm"] });
    const popup = {
      token: "data-only",
      body: { add: [{ type: "phone_call", phone_number: PHONE, users: [9_100_002] }] },
    };
    const strict = await ask("POST", "/api/v2/events", popup);
    simulator.switches.popupScope = "crm";

    expect(strict.status).toBe(403);
    expect((await ask("POST", "/api/v2/events", popup)).status).toBe(202);
  }));

test("section 3: all tokens share the limit, or by the switch each has its own", () =>
  withSimulator(
    async ({ ask, simulator }) => {
      simulator.tokens.addLongLived("other", { userId: 9_100_001 });
      const burst = async (): Promise<number[]> => {
        simulator.liftBlock();
        const both = ["other", simulator.token].flatMap((token) =>
          Array.from({ length: 4 }, () => ask("GET", "/api/v4/account", { token })),
        );
        return (await Promise.all(both)).map(({ status }) => status);
      };
      const shared = await burst();
      simulator.switches.limitScope = "token";

      expect(shared).toContain(429);
      expect(await burst()).not.toContain(429);
    },
    { switches: { requestsPerSecond: 7 }, clock: stoppedClock() },
  ));

/** So that a slow machine does not spread a burst over two seconds. */
function stoppedClock() {
  return {
    now: () => 1_795_261_714_000 as never,
    monotonicMs: () => 0,
    sleep: () => Promise.resolve(),
  };
}

const refresh = ({ simulator }: { simulator: { integration: object } }, token: string) => ({
  ...simulator.integration,
  grant_type: "refresh_token",
  refresh_token: token,
});

test("section 4.2: a bad grant is 401 for refresh tokens and 400 for codes, or by the switch one", () =>
  withSimulator(async (talk) => {
    const { post, simulator } = talk;
    const code = { ...simulator.integration, grant_type: "authorization_code", code: "used" };
    const both = async (): Promise<number[]> => {
      const answers = [refresh(talk, "gone"), code].map((body) =>
        post("/oauth2/access_token", body),
      );
      return (await Promise.all(answers)).map(({ status }) => status);
    };
    const usual = await both();
    simulator.switches.badGrantStatus = 400;
    const always400 = await both();
    simulator.switches.badGrantStatus = 401;

    expect(usual).toEqual([401, 400]);
    expect(always400).toEqual([400, 400]);
    expect(await both()).toEqual([401, 401]);
  }));

test.each([401, 404] as const)(
  "section 4.2: an account that moved refuses the refresh with %d and tells its domain by another way",
  (refreshMovedStatus) =>
    withSimulator(
      async (talk) => {
        const { ask, post, simulator } = talk;
        const code = simulator.tokens.issueCode(9_100_001, Date.now());
        const pair = simulator.tokens.exchangeCode(code, Date.now());
        const refreshToken = pair?.refresh_token ?? "";
        const refused = await post("/oauth2/access_token", refresh(talk, refreshToken));
        const bySubdomain = await ask("GET", "/oauth2/account/current/subdomain", {
          token: null,
          headers: { "X-Refresh-Token": refreshToken },
        });
        const byToken = await ask("GET", "/oauth2/account/subdomain");

        expect(refused.status).toBe(refreshMovedStatus);
        expect(bySubdomain.body).toMatchObject({ domain: "newname.kommo.com" });
        expect(byToken.body).toMatchObject({ domain: "newname.kommo.com" });
      },
      { switches: { refreshMovedStatus, accountDomain: "newname.kommo.com" } },
    ),
);

test("section 21.4: the widget has its template, and by the switch its values as object or as text", () =>
  withSimulator(async ({ get, simulator }) => {
    const path = `/api/v4/widgets/${simulator.account.widget.code}`;
    const bare = await get(path);
    simulator.switches.widgetValues = "object";
    const values = await get(path);
    simulator.switches.widgetValues = "text";
    const text = await get(path);

    expect(bare.body).toMatchObject({ settings_template: [{ key: "extensions", type: "users" }] });
    expect(bare.body).not.toHaveProperty("settings");
    expect(values.body).toMatchObject({ settings: { extensions: { "9100002": "101" } } });
    expect(typeof (text.body["settings"] as { extensions: unknown }).extensions).toBe("string");
    expect((await get("/api/v4/widgets/other")).status).toBe(404);
  }));

test("section 19: sources are changed and removed several at once", () =>
  withSimulator(async ({ ask, post, patch, get }) => {
    const made = await post("/api/v4/sources", [
      { name: "Line 1", external_id: "a" },
      { name: "Line 2", external_id: "b" },
    ]);
    const ids = embedded(made, "sources").map(({ id }) => id);
    const changed = await patch("/api/v4/sources", [{ id: ids[0], name: "Office" }]);
    const stranger = await patch("/api/v4/sources", [{ id: 777, name: "Nobody's" }]);
    const removed = await ask("DELETE", "/api/v4/sources", { body: ids.map((id) => ({ id })) });

    expect(embedded(changed, "sources")).toMatchObject([{ name: "Office", external_id: "a" }]);
    expect(violations(stranger)).toEqual(["NotSupportedChoice id"]);
    expect(removed.status).toBe(204);
    expect((await get("/api/v4/sources")).status).toBe(204);
  }));

test("sections 5, 6: what is asked for by `with` stands in the answer, and nothing else", () =>
  withSimulator(async ({ get }) => {
    const words = ["amojo_id", "uuid", "version", "drive_url", "is_api_filter_enabled"];
    const inside = ["amojo_rights", "entity_names", "users_groups", "task_types"];
    const account = await get(`/api/v4/account?with=${[...words, ...inside].join(",")}`);
    const users = await get("/api/v4/users?with=uuid,amojo_id,user_rank,phone_number");
    const plain = await get("/api/v4/users");

    expect(Object.keys(account.body)).toEqual(expect.arrayContaining(words));
    expect(Object.keys(account.body["_embedded"] as object)).toEqual(
      expect.arrayContaining(inside),
    );
    expect(embedded(users, "users")[0]).toMatchObject({ user_rank: "newbie" });
    expect(embedded(plain, "users")[0]).not.toHaveProperty("uuid");
  }));
