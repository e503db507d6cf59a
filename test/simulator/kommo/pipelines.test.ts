// Pipelines and stages as an administrator changes them.
import { expect, test } from "@jest/globals";
import { embedded, withSimulator } from "./talk.ts";

const BASE = "/api/v4/leads/pipelines";
const MAIN = `${BASE}/8123001`;

test("section 12: a new pipeline has all stages that each has, and can be read, renamed and removed", () =>
  withSimulator(async ({ ask, get, post, patch }) => {
    const made = embedded(await post(BASE, [{ name: "Service", request_id: "p-1" }]), "pipelines");
    const path = `${BASE}/${String(made[0]?.["id"])}`;
    const renamed = await patch(path, { name: "Repairs" });
    const read = await get(path);
    const removed = await ask("DELETE", path);

    expect(made).toMatchObject([{ name: "Service", request_id: "p-1", is_main: false }]);
    expect(embedded({ ...read, body: made[0] ?? {} }, "statuses")).toHaveLength(5);
    expect(renamed.body).toMatchObject({ name: "Repairs" });
    expect(read.body).toMatchObject({ name: "Repairs" });
    expect(removed.status).toBe(204);
    expect((await get(path)).status).toBe(404);
  }));

test("section 12: one pipeline is the main one, and that cannot be removed", () =>
  withSimulator(async ({ ask, get, post }) => {
    await post(BASE, [{ name: "Service", is_main: true }]);
    const listed = embedded(await get(BASE), "pipelines");

    expect(listed.filter(({ is_main }) => is_main === true)).toMatchObject([{ name: "Service" }]);
    expect((await ask("DELETE", `${BASE}/8123002`)).status).toBe(400);
    expect((await ask("DELETE", MAIN)).status).toBe(204);
  }));

test("section 12: a pipeline with leads stays", () =>
  withSimulator(async ({ ask, post, simulator }) => {
    await post(BASE, [{ name: "Service", is_main: true }]);
    simulator.seed.lead({ pipelineId: 8_123_001 });

    expect((await ask("DELETE", MAIN)).status).toBe(400);
  }));

test("section 12: stages are added in their order, changed and removed; the fixed ones are not", () =>
  withSimulator(async ({ ask, get, post, patch }) => {
    const added = await post(`${MAIN}/statuses`, [{ name: "Offer", sort: 25 }]);
    const id = String(embedded(added, "statuses")[0]?.["id"]);
    const names = async (): Promise<unknown[]> =>
      embedded(await get(`${MAIN}/statuses`), "statuses").map(({ name }) => name);
    const inOrder = await names();
    const changed = await patch(`${MAIN}/statuses/${id}`, { name: "Offer sent" });
    const removed = await ask("DELETE", `${MAIN}/statuses/${id}`);

    expect(inOrder.slice(0, 4)).toEqual([
      "Incoming leads",
      "First contact",
      "Offer",
      "Negotiation",
    ]);
    expect(changed.body).toMatchObject({ name: "Offer sent" });
    expect(removed.status).toBe(204);
    expect(await names()).toHaveLength(5);
    for (const fixed of [142, 143, 71_200_001])
      expect((await patch(`${MAIN}/statuses/${fixed}`, { name: "Mine" })).status).toBe(400);
  }));

test("section 0: an account has 50 pipelines, and a pipeline 100 stages, and no more", () =>
  withSimulator(async ({ post }) => {
    const named = (count: number) =>
      Array.from({ length: count }, (_, index) => ({ name: `Number ${index}` }));

    expect((await post(BASE, named(50))).status).toBe(400);
    expect((await post(BASE, named(49))).status).toBe(200);
    expect((await post(BASE, named(1))).status).toBe(400);
    expect((await post(`${MAIN}/statuses`, named(96))).status).toBe(400);
    expect((await post(`${MAIN}/statuses`, named(95))).status).toBe(200);
    expect((await post(`${MAIN}/statuses`, named(1))).status).toBe(400);
  }));

test("section 12: only administrators change pipelines; everyone reads them", () =>
  withSimulator(async ({ ask, simulator }) => {
    simulator.tokens.addLongLived("of-sam", { userId: 9_100_002 });
    const asSam = { token: "of-sam", body: [{ name: "Mine" }] };

    expect((await ask("GET", BASE, { token: "of-sam" })).status).toBe(200);
    expect((await ask("POST", BASE, asSam)).status).toBe(403);
    expect((await ask("POST", `${MAIN}/statuses`, asSam)).status).toBe(403);
  }));

test.each([
  ["no name", {}],
  ["an empty name", { name: "" }],
  ["an unknown key", { name: "Service", colour: "red" }],
])("section 2: a pipeline with %s is refused", (_, pipeline) =>
  withSimulator(async ({ post }) => {
    expect((await post(BASE, [pipeline])).status).toBe(400);
  }),
);
