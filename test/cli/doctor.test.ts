import { chmodSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test as inTurn } from "@jest/globals";
import { judgeToken } from "../../src/cli/doctor/token-check.ts";
import { runDoctor } from "../../src/cli/doctor.ts";
import { sayList, startExchange, type Script } from "../ami/scripted-exchange.ts";
import { newFolder, removeFolders, write } from "../config/written-config.ts";
import { ACCOUNT, startKommo } from "./scripted-kommo.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

type Finding = {
  name: string;
  status: string;
  sentence: string;
  remedy?: string;
  details?: string[];
};

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers.splice(0)) await close();
  removeFolders();
});

const telephones =
  (...devices: string[]): NonNullable<Script["answers"]>[string] =>
  (action, say) =>
    sayList(
      action["ActionID"] ?? "",
      say,
      devices.map((device) => [
        "Event: DeviceStateChange",
        `Device: ${device}`,
        "State: NOT_INUSE",
      ]),
    );

type Scene = {
  readonly script?: Script;
  readonly kommo?: Parameters<typeof startKommo>[0];
  readonly config?: object;
  readonly secret?: string;
};

/** A whole office on loopback, and what the doctor finds in it. */
async function examine(
  scene: Scene = {},
): Promise<{ code: number; text: string; of: (name: string) => Finding | undefined }> {
  const exchange = await startExchange({
    secret: "ami-canary",
    ...scene.script,
    answers: {
      DeviceStateList: telephones("PJSIP/101", "PJSIP/trunk", "Queue:600"),
      ListCommands: ({ ActionID = "" }, say) =>
        say(
          "Response: Success",
          `ActionID: ${ActionID}`,
          "CoreStatus: Show PBX core status variables. (Priv: system,reporting,all)",
          "DeviceStateList: List the current known device states. (Priv: call,reporting,all)",
        ),
      ...scene.script?.answers,
    },
  });
  const kommo = await startKommo(scene.kommo ?? { status: 200, body: ACCOUNT });
  closers.push(exchange.close, kommo.close);
  const file = write(
    JSON.stringify({
      ami: {
        username: "asterisk-kommo",
        secret: scene.secret ?? "ami-canary",
        port: exchange.port,
      },
      pbx: { extensions: ["_1XX"] },
      kommo: { account_url: kommo.url, access_token: "token-canary" },
      users: { "101": 9100001 },
      store: { path: join(newFolder(), "store.db") },
      ...scene.config,
    }),
  );

  let text = "";
  const code = await runDoctor(["--json", "--config", file], { write: (part) => (text += part) });
  const { checks } = JSON.parse(text) as { checks: Finding[] };
  return { code, text, of: (name) => checks.find((check) => check.name === name) };
}

test("in a healthy office every check is good", async () => {
  const { code, text, of } = await examine();

  expect(text).not.toContain('"failed"');
  expect(code).toBe(0);
  expect(of("configuration")).toMatchObject({ status: "ok" });
  expect(of("disk")?.status).toMatch(/ok|warning/);
  expect(of("AMI")).toMatchObject({ status: "ok", sentence: expect.stringContaining("11.0.0") });
  expect(of("extensions")).toMatchObject({
    status: "ok",
    sentence: "1 telephones at the exchange, 1 in users",
  });
  expect(of("Kommo")).toMatchObject({
    status: "ok",
    sentence: 'account "Acme Phones" (31990001), incoming leads are on',
  });
  expect(of("token")).toMatchObject({ status: "ok" });
  expect(of("public address")?.details).toHaveLength(9);
});

test("a wrong AMI secret is told once, not tried again and again", async () => {
  const { code, text, of } = await examine({ secret: "wrong-canary" });

  expect(code).toBe(1);
  expect(of("AMI")).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("manager.conf"),
  });
  expect(of("extensions")).toMatchObject({ status: "skipped" });
  expect(text).not.toContain("canary");
});

test("a missing right to hear events is told with its class", async () => {
  const { code, of } = await examine({
    script: {
      answers: {
        Command: (action, say) =>
          say(
            "Response: Success",
            `ActionID: ${action["ActionID"] ?? ""}`,
            "Message: Command output follows",
            "Output:        username: asterisk-kommo",
            "Output:       read perm: system,call,agent",
            "Output:      write perm: system,call,command",
          ),
      },
    },
  });

  expect(code).toBe(1);
  expect(of("AMI")).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining('add dialplan to "read"'),
  });
});

test.each([
  ["CoreShowChannels", "failed", "reporting"],
  ["BridgeList", "warning", "BridgeList"],
])("a missing right to ask for %s is told, and is %s", async (action, status, told) => {
  const refuse: NonNullable<Script["answers"]>[string] = ({ ActionID = "" }, say) =>
    say("Response: Error", `ActionID: ${ActionID}`, "Message: Permission denied");

  const { of } = await examine({ script: { answers: { [action]: refuse } } });

  expect(of("AMI")).toMatchObject({ status, remedy: expect.stringContaining(told) });
});

test("what answers at the port and is no Asterisk is called that", async () => {
  const { of } = await examine({ script: { banner: "SSH-2.0-OpenSSH_9.2\r\n" } });

  expect(of("AMI")).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("not Asterisk"),
  });
});

test("telephones without users and users without telephones are named", async () => {
  const { code, of } = await examine({
    config: { users: { "101": 9100001, "109": 9100002 } },
    script: {
      answers: {
        DeviceStateList: telephones("PJSIP/101", "SIP/102", "Local/103@x", "IAX2/provider"),
      },
    },
  });

  expect(code).toBe(0);
  expect(of("extensions")).toMatchObject({
    status: "warning",
    details: ["without a Kommo user: 102", "in users, and not at the exchange: 109"],
  });
});

test("telephones of employees by their numbers are no strangers", async () => {
  const { of } = await examine({
    config: { employees: [{ user: 9100002, numbers: "_10X" }] },
    script: { answers: { DeviceStateList: telephones("PJSIP/101", "SIP/102") } },
  });

  expect(of("extensions")).toMatchObject({ status: "ok" });
});

test("users, pipelines and stages that the configuration names and that are all there are good", async () => {
  const then = { pipeline_id: 8123001, status_id: 71200010, responsible: 9100002 };
  const { code, of } = await examine({ config: { rules: [{ when: {}, then }] } });

  expect(code).toBe(0);
  expect(of("users and pipelines")).toMatchObject({
    status: "ok",
    sentence: "2 active users in the account, and all that is named is there",
  });
});

test("users, pipelines and stages that are not there are named with their places", async () => {
  const { code, of } = await examine({
    config: {
      users: { "101": [9100001, 7] },
      employees: [{ user: 9100003, numbers: "79160000001" }],
      unknown_extension: { user: 8 },
      responsible: { missed: ["card", { user: 9 }] },
      rules: [
        { when: {}, then: { pipeline_id: 1, responsible: 7 } },
        { when: {}, then: { pipeline_id: 8123002 } },
        { when: {}, then: { pipeline_id: 8123001, status_id: 2 } },
        { when: {}, then: { pipeline_id: 8123001, status_id: 71200001 } },
      ],
    },
  });

  expect(code).toBe(1);
  expect(of("users and pipelines")).toMatchObject({
    status: "failed",
    details: [
      "users, 101: there is no user 7",
      "unknown_extension: there is no user 8",
      "responsible.missed: there is no user 9",
      "rules[0].then.pipeline_id: there is no pipeline 1",
      "rules[1].then.pipeline_id: pipeline 8123002 is in the archive",
      "rules[2].then.status_id: pipeline 8123001 has no stage 2",
      "rules[3].then.status_id: 71200001 is the stage of incoming leads, no lead can be put there",
      "employees[0]: user 9100003 is not active",
    ],
  });
});

test("a user who is not active is a warning: the calls go to the next", async () => {
  const { code, of } = await examine({ config: { users: { "101": 9100003 } } });

  expect(code).toBe(0);
  expect(of("users and pipelines")).toMatchObject({
    status: "warning",
    details: ["users, 101: user 9100003 is not active"],
  });
});

test("extensions that match no telephone of the exchange are a failure", async () => {
  const { code, of } = await examine({ config: { pbx: { extensions: ["_7XXX"] }, users: {} } });

  expect(code).toBe(1);
  expect(of("extensions")).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("pbx.extensions"),
  });
});

test.each([
  ["a revoked token", { status: 401, body: { title: "Unauthorized", status: 401 } }],
  ["an unpaid account", { status: 402, body: { title: "Payment Required", status: 402 } }],
  ["a blocked address", { status: 403, type: "text/html", body: "<html>403 Forbidden</html>" }],
  ["a page that is not Kommo's", { status: 200, type: "text/html", body: "<html>hello</html>" }],
  ["JSON that is not Kommo's", { status: 200, body: { hello: "world" } }],
])("%s is a failure with a remedy", async (_what, kommo) => {
  const { code, text, of } = await examine({ kommo });

  expect(code).toBe(1);
  expect(of("Kommo")).toMatchObject({ status: "failed", remedy: expect.stringMatching(/\w{3}/) });
  expect(text).not.toContain("canary");
});

test("an account without incoming leads or the task's type is a warning", async () => {
  const { of } = await examine({
    kommo: { status: 200, body: { ...ACCOUNT, is_unsorted_on: false } },
    config: { task: { type_id: 77 } },
  });

  expect(of("Kommo")).toMatchObject({ status: "warning" });
  expect(of("Kommo")?.details).toHaveLength(2);
});

test("a store's folder that is not there is a failure with the command that makes it", async () => {
  const { code, of } = await examine({
    config: { store: { path: "/nonexistent/folder/store.db" } },
  });

  expect(code).toBe(1);
  expect(of("disk")).toMatchObject({
    status: "failed",
    remedy: expect.stringContaining("mkdir -p /nonexistent/folder"),
  });
});

test("with a bad configuration the rest is skipped, and the problems are listed", async () => {
  const file = write(`{ "ami": { "secret": "canary", "prot": 1 } }`);
  chmodSync(file, 0o600);
  let text = "";

  const code = await runDoctor(["--config", file], { write: (part) => (text += part) });

  expect(code).toBe(1);
  expect(text).toContain("did you mean ami.port?");
  expect(text).toMatch(/0 ok, 0 with a warning, 1 failed, \d+ skipped/);
  expect(text).not.toContain("canary");
});

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 0, 15);
const jwt = (claims: object): string =>
  `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.y`;
const endingIn = (ms: number): string => jwt({ exp: (NOW + ms) / 1000 });

inTurn.each([
  ["that ended a second ago", "failed", endingIn(-1000)],
  ["that ends now", "failed", endingIn(0)],
  ["that ends in a second", "warning", endingIn(1000)],
  ["that ends in a second less than 30 days", "warning", endingIn(30 * DAY - 1000)],
  ["that ends in 30 days", "ok", endingIn(30 * DAY)],
  ["without an end", "ok", jwt({ aud: "x" })],
  ["whose end is a text", "ok", jwt({ exp: "never" })],
  ["whose end is beyond all dates", "ok", jwt({ exp: 1e300 })],
  ["that holds null", "ok", `x.${Buffer.from("null").toString("base64url")}.y`],
  ["that is no JWT", "ok", "opaque"],
  ["that is garbage in three parts", "ok", "a.b.c"],
])("a token %s is judged %s", (_what, status, token) => {
  expect(judgeToken(token, NOW).status).toBe(status);
});

test("an account without the field PHONE is a failure", async () => {
  const { of } = await examine({ kommo: { status: 200, body: ACCOUNT, fields: [{ id: 1 }] } });
  const healthy = await examine();

  expect(of("field PHONE")).toMatchObject({ status: "failed" });
  expect(healthy.of("field PHONE")).toMatchObject({ status: "ok" });
});

test("a token that is no administrator's is a warning", async () => {
  const { of } = await examine({ kommo: { status: 200, body: ACCOUNT, usersStatus: 403 } });
  const healthy = await examine();

  expect(of("token's rights")).toMatchObject({ status: "warning" });
  expect(healthy.of("token's rights")).toMatchObject({ status: "ok" });
});

test("an AMI user that hears nothing is told from one that does", async () => {
  const deaf = await examine({
    script: {
      answers: {
        Login: ({ ActionID = "" }, say) =>
          say("Response: Success", `ActionID: ${ActionID}`, "Message: Authentication accepted"),
      },
    },
  });
  const healthy = await examine();

  expect(deaf.of("events heard")).toMatchObject({ status: "failed" });
  expect(healthy.of("events heard")).toMatchObject({
    status: "ok",
    details: expect.arrayContaining([expect.stringContaining("system")]),
  });
});

test("the exchange's clock is compared with this host's", async () => {
  const { of } = await examine({
    script: {
      answers: {
        Ping: ({ ActionID = "" }, say) =>
          say(
            "Response: Success",
            `ActionID: ${ActionID}`,
            "Ping: Pong",
            `Timestamp: ${(Date.now() / 1_000 - 7_200).toFixed(6)}`,
          ),
      },
    },
  });

  expect(of("clock")).toMatchObject({
    status: "failed",
    details: expect.arrayContaining([expect.stringMatching(/the exchange: 7[12]\d\d s behind/)]),
  });
});

test("where only appointments are kept in step, the exchange is not looked for", async () => {
  const kommo = await startKommo({ status: 200, body: ACCOUNT });
  closers.push(kommo.close);
  const file = write(
    JSON.stringify({
      kommo: { account_url: kommo.url, access_token: "token-canary" },
      altegio: { locations: [4564], partner_token: "partner-canary", user_token: "user-canary" },
      store: { path: join(newFolder(), "store.db") },
    }),
  );
  let text = "";

  await runDoctor(["--json", "--config", file], { write: (part) => (text += part) });

  const { checks } = JSON.parse(text) as { checks: Finding[] };
  expect(checks.filter(({ sentence }) => sentence === "no exchange is configured")).toHaveLength(6);
  expect(checks.find(({ name }) => name === "configuration")?.status).not.toBe("failed");
  expect(checks.find(({ name }) => name === "Kommo")?.status).toBe("ok");
  expect(text).not.toContain("canary");
});
