import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@jest/globals";
import { revokedHookQuery } from "../../../src/simulator/kommo/state/tokens.ts";
import { embedded, withSimulator } from "./talk.ts";
import type { Talk } from "./talk.ts";

test("section 5: the account tells its time zone and task types when asked with them", () =>
  withSimulator(async ({ get }) => {
    const bare = await get("/api/v4/account");
    const full = await get("/api/v4/account?with=task_types,datetime_settings,users_groups");

    expect(bare.body).toMatchObject({ id: 31_990_001, current_user_id: 9_100_001 });
    expect(bare.body).not.toHaveProperty("_embedded");
    expect(full.body["_embedded"]).toMatchObject({
      task_types: [{ id: 1, code: "FOLLOW_UP" }, { id: 2 }],
      datetime_settings: { timezone: "Europe/Lisbon", timezone_offset: "+00:00" },
    });
  }));

test("section 6: users come in pages with totals, switched-off ones included", () =>
  withSimulator(
    async ({ get }) => {
      const first = await get("/api/v4/users?limit=2&with=phone_number");
      const second = await get("/api/v4/users?limit=2&page=2");

      expect(first.body).toMatchObject({ _total_items: 3, _page: 1, _page_count: 2 });
      expect(embedded(first, "users")[0]).toMatchObject({ phone_number: null });
      expect(embedded(second, "users")).toMatchObject([{ rights: { is_active: false } }]);
    },
    {
      account: {
        users: [
          { id: 9_100_001, name: "A", isAdmin: true },
          { id: 2, name: "B" },
          { id: 3, name: "C", isActive: false },
        ],
      },
    },
  ));

test("section 12: each pipeline has a stage of incoming leads, 142 and 143", () =>
  withSimulator(async ({ get }) => {
    const [pipeline] = embedded(await get("/api/v4/leads/pipelines"), "pipelines");

    const { statuses } = pipeline?.["_embedded"] as { statuses: { id: number; type: number }[] };
    expect(pipeline).toMatchObject({ id: 8_123_001, is_main: true });
    expect(statuses.map(({ type }) => type)).toEqual([1, 0, 0, 0, 0]);
    expect(statuses.slice(-2).map(({ id }) => id)).toEqual([142, 143]);
    expect((await get("/api/v4/leads/pipelines/8123001/statuses/142")).status).toBe(200);
    expect((await get("/api/v4/leads/pipelines/1")).status).toBe(404);
  }));

test("section 15: the phone field has its enums", () =>
  withSimulator(async ({ get }) => {
    const reply = await get("/api/v4/contacts/custom_fields?limit=250");

    expect(reply.body["_total_items"]).toBe(3);
    expect(embedded(reply, "custom_fields")[0]).toMatchObject({
      id: 440_010,
      code: "PHONE",
      enums: [{ id: 880_001, value: "WORK" }, {}, {}, {}, {}, {}],
    });
  }));

test("section 19: a source is made once for each external_id, read, changed and removed", () =>
  withSimulator(async ({ ask, get, patch, post }) => {
    const made = await post("/api/v4/sources", [{ name: "Trunk", external_id: "trunk-1" }]);
    const double = await post("/api/v4/sources", [{ name: "Trunk", external_id: "trunk-1" }]);
    const id = String(embedded(made, "sources")[0]?.["id"]);

    await patch(`/api/v4/sources/${id}`, { name: "Office" });

    expect(double.status).toBe(400);
    expect((await get(`/api/v4/sources/${id}`)).body["name"]).toBe("Office");
    expect((await ask("DELETE", `/api/v4/sources/${id}`)).status).toBe(204);
    expect((await get("/api/v4/sources")).status).toBe(204);
  }));

const credentials = ({ simulator }: Talk) => simulator.integration;

async function authorise(talk: Talk): Promise<Record<string, string>> {
  const page = await talk.ask(
    "GET",
    `/oauth?client_id=${credentials(talk).client_id}&state=s1&mode=popup`,
    { token: null },
  );
  const target = new URL(page.headers.get("location") ?? "");
  expect(target.searchParams.get("state")).toBe("s1");
  const reply = await talk.ask("POST", "/oauth2/access_token", {
    token: null,
    body: {
      ...credentials(talk),
      grant_type: "authorization_code",
      code: target.searchParams.get("code"),
    },
  });
  expect(reply.body).toMatchObject({ token_type: "Bearer", expires_in: 86_400 });
  return reply.body as Record<string, string>;
}

const refresh = (talk: Talk, token: string | undefined) =>
  talk.ask("POST", "/oauth2/access_token", {
    token: null,
    body: { ...credentials(talk), grant_type: "refresh_token", refresh_token: token },
  });

test("section 4.2: a code is good once; its access token opens the account", () =>
  withSimulator(async (talk) => {
    const pair = await authorise(talk);

    const account = await talk.ask("GET", "/api/v4/account", { token: pair["access_token"] ?? "" });
    const claims = JSON.parse(
      Buffer.from((pair["access_token"] ?? "").split(".")[1] ?? "", "base64url").toString(),
    ) as Record<string, unknown>;

    expect(account.status).toBe(200);
    expect(claims).toMatchObject({ account_id: 31_990_001, sub: "9100001" });
    const again = await talk.ask("POST", "/oauth2/access_token", {
      token: null,
      body: { ...credentials(talk), grant_type: "authorization_code", code: "used" },
    });
    expect(again.status).toBe(400);
  }));

test("section 4.2: an old refresh token is good until the new pair is first used", () =>
  withSimulator(async (talk) => {
    const first = await authorise(talk);

    const lost = await refresh(talk, first["refresh_token"]);
    const second = await refresh(talk, first["refresh_token"]);
    const used = await talk.ask("GET", "/api/v4/account", {
      token: String(second.body["access_token"]),
    });
    const late = await refresh(talk, first["refresh_token"]);

    expect([lost.status, second.status, used.status, late.status]).toEqual([200, 200, 200, 401]);
    expect((await refresh(talk, String(second.body["refresh_token"]))).status).toBe(200);
  }));

test("section 4.2: the exchange takes forms, and refuses wrong secrets and missing fields", () =>
  withSimulator(async (talk) => {
    const pair = await authorise(talk);
    const form = new URLSearchParams({
      ...credentials(talk),
      grant_type: "refresh_token",
      refresh_token: pair["refresh_token"] ?? "",
    });

    const asForm = await talk.ask("POST", "/oauth2/access_token", {
      token: null,
      body: form.toString(),
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    const wrong = await talk.ask("POST", "/oauth2/access_token", {
      token: null,
      body: {
        ...credentials(talk),
        client_secret: "x",
        grant_type: "refresh_token",
        refresh_token: "y",
      },
    });
    const missing = await talk.ask("POST", "/oauth2/access_token", { token: null, body: {} });

    expect([asForm.status, wrong.status, missing.status]).toEqual([200, 401, 400]);
  }));

test("section 4.2: an access token ends when its time is over, a revoked one at once", () =>
  withSimulator(async (talk) => {
    talk.simulator.switches.accessTokenSeconds = 0;
    const page = await talk.ask("GET", `/oauth?client_id=${credentials(talk).client_id}`);
    const code = new URL(page.headers.get("location") ?? "").searchParams.get("code") ?? "";
    const pair = talk.simulator.tokens.exchangeCode(code, Date.now());

    const expired = await talk.ask("GET", "/api/v4/account", { token: pair?.access_token ?? "" });
    const before = await talk.get("/api/v4/account");
    talk.simulator.tokens.revokeAll();
    const revoked = await talk.get("/api/v4/account");

    expect([expired.status, before.status, revoked.status]).toEqual([401, 200, 401]);
  }, {}));

test("section 4.1: a refused consent comes back as an error", () =>
  withSimulator(
    async (talk) => {
      const page = await talk.ask("GET", `/oauth?client_id=${credentials(talk).client_id}`);

      expect(page.headers.get("location")).toContain("error=access_denied");
    },
    { switches: { consent: "refused" } },
  ));

test("section 4.5: the access-revoked hook is signed with the client's secret", () =>
  withSimulator(({ simulator }) => {
    const query = revokedHookQuery(simulator.account, simulator.integration);

    expect(query.get("account_id")).toBe("31990001");
    expect(query.get("signature")).toMatch(/^[0-9a-f]{64}$/);
    return Promise.resolve();
  }));

test("section 17: a subscriber hears of changed cards and notes as a form, and again after a bad answer", () =>
  withSimulator(async ({ simulator, ask, get, post, patch }) => {
    const heard: string[] = [];
    let onHeard = (): void => undefined;
    const listener = createServer((request, response) => {
      request.setEncoding("utf8");
      let text = "";
      request.on("data", (chunk: string) => (text += chunk));
      request.on("end", () => {
        heard.push(decodeURIComponent(text.replaceAll("+", " ")));
        response.writeHead(heard.length === 1 ? 500 : 200).end();
        onHeard();
      });
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const destination = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`;
    const hearing = (count: number) =>
      new Promise<void>((resolve) => {
        onHeard = () => heard.length >= count && resolve();
        onHeard();
      });
    simulator.switches.webhookPauseMs = 1;
    const { id } = simulator.seed.contact({ name: "Ana", phones: ["+351912000111"] });

    const made = await post("/api/v4/webhooks", {
      destination,
      settings: ["update_contact", "note_contact", "delete_contact"],
    });
    await patch(`/api/v4/contacts/${id}`, { name: "Ana Costa" });
    await hearing(2);
    simulator.browser.deleteCard("contacts", id);
    await hearing(3);

    expect(made.status).toBe(201);
    expect(heard[0]).toContain("contacts[update][0][name]=Ana Costa");
    expect(heard[0]).toContain("contacts[update][0][custom_fields][0][values][0][value]=");
    expect(heard[0]).toContain("account[id]=31990001");
    expect(heard[1]).toBe(heard[0]);
    expect(heard[2]).toContain(`contacts[delete][0][id]=${id}`);
    expect(embedded(await get("/api/v4/webhooks"), "webhooks")).toHaveLength(1);
    const removed = await ask("DELETE", "/api/v4/webhooks", { body: { destination } });
    const again = await ask("DELETE", "/api/v4/webhooks", { body: { destination } });
    expect([removed.status, again.status]).toEqual([204, 404]);
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
  }));

test("section 17: an unknown code or a destination that is no address is refused", () =>
  withSimulator(async ({ post }) => {
    const code = await post("/api/v4/webhooks", {
      destination: "http://127.0.0.1/x",
      settings: ["call"],
    });
    const address = await post("/api/v4/webhooks", { destination: "nowhere", settings: [] });

    expect([code.status, address.status]).toEqual([400, 400]);
  }));

test("section 4.2: an account that moved answers 301 to its new address", () =>
  withSimulator(
    async ({ get }) => {
      const reply = await get("/api/v4/account?with=version");

      expect(reply.status).toBe(301);
      expect(reply.headers.get("location")).toBe("http://127.0.0.1:9/api/v4/account?with=version");
    },
    { switches: { movedTo: "http://127.0.0.1:9" } },
  ));
