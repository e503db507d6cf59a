import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, jest, test } from "@jest/globals";
import { runKommoSimulator } from "../../../src/simulator/kommo/standalone.ts";
import { callOf, embedded, withSimulator } from "./talk.ts";

const PHONE = "+351912000111";

test("switches are set over HTTP, all or none", () =>
  withSimulator(async ({ simulator, ask, patch }) => {
    const set = await patch("/_simulator/switches", { phoneTie: "newest", delayMs: 0 });
    const unknown = await patch("/_simulator/switches", { phoneTie: "oldest", nonsense: 1 });
    const wrong = await patch("/_simulator/switches", { requestsPerSecond: -1 });

    expect(set.body["phoneTie"]).toBe("newest");
    expect([unknown.status, wrong.status]).toEqual([400, 400]);
    expect(simulator.switches.phoneTie).toBe("newest");
    const read = await ask("GET", "/_simulator/switches", { token: null });
    expect(read.body).toMatchObject({ retryAfterSeconds: null, isBlocked: false });
  }));

test("faults are programmed over HTTP; wrong ones are named", () =>
  withSimulator(async ({ ask, get, post }) => {
    const set = await post("/_simulator/faults", [{ kind: "status", status: 503, times: 2 }]);
    const wrong = await post("/_simulator/faults", { kind: "reset" });
    const unknown = await post("/_simulator/faults", { kind: "earthquake" });

    const failed = await get("/api/v4/users");
    await ask("DELETE", "/_simulator/faults");
    const fine = await get("/api/v4/users");

    expect([set.status, wrong.status, unknown.status]).toEqual([200, 400, 400]);
    expect(wrong.body["detail"]).toBe("saved: This field is missing.");
    expect([failed.status, fine.status]).toEqual([503, 200]);
  }));

test("an account is seeded over HTTP and its journal read", () =>
  withSimulator(async ({ get, post, ask }) => {
    const seeded = await post("/_simulator/seed", {
      contacts: [{ name: "Ana", phones: [PHONE] }],
      leads: [{ contactId: 610_001 }],
    });
    await post("/api/v4/calls", [callOf(PHONE)]);

    const calls = await get("/_simulator/calls");
    const journal = await get("/_simulator/journal");
    const statistics = await get("/_simulator/statistics");

    expect(seeded.body).toEqual({ companies: [], contacts: [610_001], leads: [500_001] });
    expect(calls.body).toMatchObject([
      { card: { type: "leads", id: 500_001 }, uniq: "1732153.17" },
    ]);
    expect(journal.body).toMatchObject([
      {
        number: 1,
        method: "POST",
        path: "/api/v4/calls",
        status: 200,
        body: [{ phone: PHONE }],
        changes: [{ action: "add", type: "notes" }],
      },
    ]);
    expect(statistics.body).toEqual({ requests: 1, mostRequestsInASecond: 1 });
    await ask("DELETE", "/_simulator/journal");
    expect((await get("/_simulator/journal")).body).toEqual([]);
    expect((await get("/_simulator/nonsense")).status).toBe(404);
  }));

test("people accept, decline, close and delete over HTTP", () =>
  withSimulator(async ({ simulator, post, get }) => {
    const incoming = {
      source_uid: "pbx",
      source_name: "PBX",
      metadata: { uniq: "1", phone: PHONE },
    };
    const made = await post("/api/v4/leads/unsorted/sip", [incoming, incoming]);
    const [one, two] = embedded(made, "unsorted").map(({ uid }) => uid);

    const statuses = [
      (await post("/_simulator/browser", { accept: one })).status,
      (await post("/_simulator/browser", { decline: two })).status,
      (await post("/_simulator/browser", { decline: two })).status,
      (await post("/_simulator/browser", { close: { leadId: 500_001, as: "lost" } })).status,
      (await post("/_simulator/browser", { delete: { type: "leads", id: 500_001 } })).status,
    ];

    expect(statuses).toEqual([204, 204, 404, 204, 204]);
    expect(simulator.journal.unsorted()).toMatchObject([
      { state: "accepted" },
      { state: "declined" },
    ]);
    expect((await get("/api/v4/leads")).status).toBe(204);
  }));

test(
  "a hundred thousand contacts are seeded and found by their numbers",
  () =>
    withSimulator(async ({ simulator, get, post }) => {
      simulator.seed.contacts(100_000, (index) => ({ phones: [`+3519${100_000_000 + index}`] }));

      const called = await post("/api/v4/calls", [callOf("+3519100099999")]);
      const found = await get("/api/v4/contacts?query=9100012345");

      expect(embedded(called, "calls")).toMatchObject([{ entity_id: 710_000 }]);
      expect(embedded(found, "contacts")).toMatchObject([{ id: 622_346 }]);
    }),
  60_000,
);

test("the simulator alone prints where it is and stops at SIGTERM", async () => {
  const script = `
    import { runKommoSimulator } from ${JSON.stringify(
      new URL("../../../src/simulator/kommo/standalone.ts", import.meta.url).href,
    )};
    process.exitCode = await runKommoSimulator(["--token", "t1", "--contacts", "3", "--switch", "requestsPerSecond=0"]);
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length === 2) break;
  }

  const url = lines[0]?.replace("Kommo simulator: ", "") ?? "";
  const reply = await fetch(`${url}/api/v4/contacts?query=5550000002`, {
    headers: { Authorization: "Bearer t1" },
  });
  child.kill("SIGTERM");
  const [code] = (await once(child, "exit")) as [number];

  expect(lines[1]).toBe("token: t1");
  expect(reply.status).toBe(200);
  expect(code).toBe(0);
});

test("wrong arguments are one sentence and exit code 2; help is 0", async () => {
  const errors = jest.spyOn(process.stderr, "write").mockReturnValue(true);
  const output = jest.spyOn(process.stdout, "write").mockReturnValue(true);

  const codes = [
    await runKommoSimulator(["--port", "70000"]),
    await runKommoSimulator(["--contacts", "many"]),
    await runKommoSimulator(["--nonsense"]),
    await runKommoSimulator(["--switch", "nonsense=1"]),
    await runKommoSimulator(["--help"]),
  ];

  expect(codes).toEqual([2, 2, 2, 2, 0]);
  expect(errors.mock.calls[0]?.[0]).toContain("--port takes a number from 0 to 65535");
  expect(output.mock.calls[0]?.[0]).toContain("Usage: asterisk-kommo simulate kommo");
  errors.mockRestore();
  output.mockRestore();
});

test("a port that is taken is one sentence and exit code 1", () =>
  withSimulator(async ({ simulator }) => {
    const errors = jest.spyOn(process.stderr, "write").mockReturnValue(true);

    const code = await runKommoSimulator(["--port", new URL(simulator.url).port]);

    expect(code).toBe(1);
    expect(errors.mock.calls[0]?.[0]).toContain("is taken: choose another with --port");
    errors.mockRestore();
  }));
