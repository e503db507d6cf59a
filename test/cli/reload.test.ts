// Which changes of the configuration are taken over at once, and what stays as it was.
import { afterAll, expect, test } from "@jest/globals";
import { createReload, type ReloadReport } from "../../src/cli/daemon/reload.ts";
import { registrationSettings } from "../../src/cli/registration-settings.ts";
import type { Config } from "../../src/config/keys.ts";
import { failed, succeeded, type Result } from "../../src/lib/failure.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { GOOD, load, removeFolders } from "../config/written-config.ts";

afterAll(removeFolders);

function configOf(changes: object): Config {
  const loaded = load({ ...GOOD, ...changes });
  if (!loaded.ok) throw new Error("not good");
  return loaded.value.config;
}

function reloaded(before: object, after: object, learnt: Record<string, readonly number[]> = {}) {
  const config = configOf(before);
  const users = new Map([...config.users, ...Object.entries(learnt)]);
  const settings = registrationSettings({ ...config, users }, { isBlacklisted: () => true });
  const report: ReloadReport = createReload({
    ...{ config, settings, users, logger: silentLogger },
    reread: () => load({ ...GOOD, ...after }),
    follow: () => succeeded(Promise.resolve()),
  })();
  return { config, settings, users, report };
}

test("the same configuration changes nothing", () => {
  const rules = {
    rules: [{ when: {}, then: { task: false } }],
    working_hours: { a: { mon: "09:00-10:00" } },
  };

  expect(reloaded(rules, rules).report).toEqual({
    ...{ ok: true, problems: [], taken: [], needRestart: [] },
  });
});

test("rules, employees' telephones and names are in force for the next call", () => {
  const { settings, config, report } = reloaded(
    {},
    {
      users: { "101": 9100002 },
      rules: [{ when: {}, then: { task: false } }],
      names: { tag: "new" },
      unknown_client: "contact",
      popups: false,
    },
  );

  expect(report.taken).toEqual(["users", "rules", "unknown_client", "popups", "names.tag"]);
  expect(report.needRestart).toEqual([]);
  expect(settings).toMatchObject({ unknownClient: "contact", names: { tag: "new" } });
  expect(settings.rules).toHaveLength(1);
  expect(settings.users.get("101")).toEqual([9100002]);
  expect(settings.learnt?.isBlacklisted?.("1", undefined)).toBe(true);
  expect(config.popups).toBe(false);
});

test("what the widget's list has added stays, unless the file now names it", () => {
  const { users } = reloaded({}, { users: { "102": 9100002 } }, { "103": [9100003] });

  expect([...users]).toEqual([
    ["103", [9100003]],
    ["102", [9100002]],
  ]);
});

test.each([
  [{ ami: { ...GOOD.ami, secret: "another" } }, "ami.secret"],
  [{ pbx: { extensions: ["_2XX"] }, users: {} }, "pbx.extensions"],
  [{ kommo: { ...GOOD.kommo, access_token: "other" } }, "kommo.access_token"],
  [{ public_http: { port: 9000 } }, "public_http.port"],
  [{ users: { "101": 9100001, "79161234567": 9100001 } }, "users"],
  [{ users: { "101": [9100001, 9100002] } }, "users"],
  [{ time_zone: "Europe/Lisbon" }, "time_zone"],
  [{ employees: [{ user: 1, numbers: "79161234567" }] }, "employees"],
])("%j needs a restart, and is not in force before", (after, key) => {
  const { config, report } = reloaded({}, after);

  expect(report.ok).toBe(true);
  expect(report.needRestart).toContain(key);
  expect(report.taken).not.toContain(key);
  expect(config.ami.secret).toBe(GOOD.ami.secret);
  expect(config.public_http.port).toBe(8078);
});

test("a configuration that is not good changes nothing, and says why", () => {
  const { settings, report } = reloaded({}, { unknown_client: "nonsense", popups: false });

  expect(report).toMatchObject({ ok: false, taken: [], needRestart: [] });
  expect(report.problems.join()).toContain("unknown_client");
  expect(settings.unknownClient).toBe("unsorted");
});

const SITES = ["berlin", "hamburg"].map((name) => ({
  ...{ name, ami: { username: name, secret: `${name}-secret` }, pbx: { extensions: ["_1XX"] } },
}));
const [berlin, hamburg] = SITES;
const EVERYBODY: Result<Promise<void>, { reason: string; hint: string }> = succeeded(
  Promise.resolve(),
);

/** @param left when those that go have left */
function reloadedSites(after: readonly object[], { before = SITES, left = EVERYBODY } = {}) {
  const { kommo } = GOOD;
  const read = (exchanges: readonly object[]) => load({ kommo, exchanges });
  const loaded = read(before);
  if (!loaded.ok) throw new Error("not good");
  const { config } = loaded.value;
  const users = new Map(config.users);
  const settings = registrationSettings({ ...config, users });
  const followed: (readonly string[])[] = [];
  const report = createReload({
    ...{ config, settings, users, logger: silentLogger },
    reread: () => read(after),
    follow(changed) {
      followed.push(changed.exchanges.map(({ name }) => name));
      return left;
    },
  })();
  return { config, users, report, followed };
}

test("employees of one of several exchanges are taken over at once", () => {
  const { users, report } = reloadedSites([{ ...berlin, users: { "101": 5 } }, { ...hamburg }]);

  expect([...users]).toEqual([["berlin/101", [5]]]);
  expect(report).toMatchObject({ taken: ["exchanges", "users"], needRestart: [] });
});

test("an exchange that is added, removed or reached elsewhere is taken over at once", () => {
  const moved = { ...berlin, ami: { username: "berlin", secret: "new" } };
  const bremen = { ...berlin, name: "bremen" };

  for (const after of [[{ ...berlin }], [moved, { ...hamburg }], [...SITES, bremen]]) {
    const { report, followed } = reloadedSites(after);

    expect(report).toMatchObject({ taken: ["exchanges"], needRestart: [] });
    expect(followed).toEqual([after.map(({ name }) => name)]);
  }
});

test("an exchange whose certificate cannot be read changes nothing, and is told", () => {
  const left = failed({ reason: "the exchange bremen cannot be reached", hint: "set ami.tls" });

  const { config, report } = reloadedSites([{ ...berlin, users: { "101": 5 } }], { left });

  expect(report).toEqual({
    ...{ ok: false, taken: [], needRestart: [] },
    problems: ["the exchange bremen cannot be reached; set ami.tls"],
  });
  expect(config.exchanges).toHaveLength(2);
  expect(config.users.size).toBe(0);
});

test("employees of an exchange that goes are known until its last calls are accepted", async () => {
  const before = SITES.map((site) => ({ ...site, users: { "101": 5 } }));
  const leaving = Promise.withResolvers<void>();

  const { users } = reloadedSites(before.slice(0, 1), { before, left: succeeded(leaving.promise) });
  const meanwhile = [...users.keys()];
  leaving.resolve();
  await leaving.promise;

  expect(meanwhile).toEqual(["berlin/101", "hamburg/101"]);
  expect([...users.keys()]).toEqual(["berlin/101"]);
});

test("from one exchange to several, and back, needs a restart", () => {
  const several = { ami: undefined, pbx: undefined, users: undefined, exchanges: SITES };

  for (const [before, after] of [
    [{}, several],
    [several, {}],
  ] as const) {
    const { report } = reloaded(before, after);

    expect(report.taken).toEqual([]);
    expect(report.needRestart).toContain("exchanges");
  }
});
