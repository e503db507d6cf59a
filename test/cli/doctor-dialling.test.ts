// What the doctor says of dialling: the rights of the AMI users at an exchange that keeps to them, and
// the country whose numbers are not abroad.
import { afterEach, expect, test } from "@jest/globals";
import type { DoctorContext, Verdict } from "../../src/cli/doctor/check.ts";
import { diallerCheck } from "../../src/cli/doctor/dialler-check.ts";
import { createFarSides } from "../../src/cli/doctor/far-sides.ts";
import { homeCountryCheck, judgeHomeCountry } from "../../src/cli/doctor/home-country-check.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER, type AmiUser } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { GOOD, load, removeFolders } from "../config/written-config.ts";

afterEach(removeFolders);

const user = (
  name: string,
  write: readonly string[],
  read: readonly string[] = DEFAULT_USER.read,
): AmiUser => ({ name, secret: `of ${name}`, write, read });
const credentials = (name: string) => ({ username: name, secret: `of ${name}` });

type Changes = Readonly<Record<string, object>> & {
  readonly kommo?: { readonly access_token: string };
};

async function examine(check: typeof diallerCheck, config: Changes): Promise<Verdict> {
  const stopping = new AbortController();
  const { signal } = stopping;
  const far = createFarSides({
    clock: systemClock,
    signal,
    accessToken: config.kommo?.access_token ?? "",
  });
  const context: DoctorContext = {
    configName: "config.json",
    loaded: load({ ...GOOD, ...config }),
    ...{ clock: systemClock, signal, hasAccessToken: true },
    ...{ exchange: far.exchange, kommo: far.kommo },
  };
  try {
    return await check.run(context);
  } finally {
    await far.close();
    stopping.abort();
  }
}

type Scene = {
  readonly listener: readonly string[];
  readonly dialler?: readonly string[];
  readonly diallerRead?: readonly string[];
  readonly callPanel?: boolean;
  readonly wrongSecret?: boolean;
};

async function examineUsers(scene: Scene): Promise<Verdict> {
  const { listener, dialler, diallerRead = [], callPanel = false, wrongSecret = false } = scene;
  const pbx = await startPbxSimulator({
    users: [user("listens", listener), ...(dialler ? [user("dials", dialler, diallerRead)] : [])],
    refusalDelayMs: 0,
  });
  const own = wrongSecret ? { username: "dials", secret: "guessed" } : credentials("dials");
  try {
    return await examine(diallerCheck, {
      ami: { port: pbx.port, ...credentials("listens"), ...(dialler ? { dialler: own } : {}) },
      originate: { call_panel: callPanel },
    });
  } finally {
    await pbx.stop();
  }
}

test.each<[string, Scene, Verdict["status"], string]>([
  [
    "two users of least rights",
    { listener: ["reporting"], dialler: ["originate"] },
    "ok",
    "listens and dials may write what is needed, and no more",
  ],
  [
    "one user for both",
    { listener: ["originate", "reporting"] },
    "ok",
    "listens may write what is needed, and no more",
  ],
  [
    "one user who only listens, where nobody dials",
    { listener: ["reporting"] },
    "ok",
    "listens may write what is needed, and no more",
  ],
  [
    "a listener who may dial beside a dialler",
    { listener: ["originate", "reporting"], dialler: ["originate"] },
    "warning",
    "listens may more than needed: originate",
  ],
  [
    "a dialler who may not dial",
    { listener: ["reporting"], dialler: ["reporting"] },
    "failed",
    "dials lacks originate in write; dials may more than needed: reporting",
  ],
  [
    "a dialler who may hang up where there is no panel",
    { listener: ["reporting"], dialler: ["originate", "call"] },
    "warning",
    "dials may more than needed: call",
  ],
  [
    "a dialler who may hang up with the panel",
    { listener: ["reporting"], dialler: ["originate", "call"], callPanel: true },
    "ok",
    "listens and dials may write what is needed, and no more",
  ],
  [
    "a dialler who may not hang up with the panel",
    { listener: ["reporting"], dialler: ["originate"], callPanel: true },
    "failed",
    "dials lacks call in write",
  ],
  [
    "a dialler who hears what happens",
    { listener: ["reporting"], dialler: ["originate"], diallerRead: ["system", "call"] },
    "warning",
    "dials hears events, and need not",
  ],
  [
    "a dialler whose secret is wrong",
    { listener: ["reporting"], dialler: ["originate"], wrongSecret: true },
    "failed",
    "no login as dials, the user who dials",
  ],
])("the rights of %s are judged", async (_what, scene, status, sentence) => {
  expect(await examineUsers(scene)).toMatchObject({ status, sentence });
});

test.each([
  [{ international: false }, "PT", "ok", "+351"],
  [{ country_code: "7", international: false }, "PT", "ok", "+7"],
  [{ international: false }, undefined, "warning", "a number abroad may be dialled"],
  [{ international: false }, "XX", "warning", "a number abroad may be dialled"],
  [{ international: true }, undefined, "ok", "not needed"],
])("the country of dialling with %j and an account in %s is %s", (keys, country, status, part) => {
  const wanted = { country_code: undefined, ...keys };

  expect(judgeHomeCountry(wanted, country)).toMatchObject({
    status,
    sentence: expect.stringContaining(part),
  });
});

test("the account is asked for its country only where somebody dials and none is given", async () => {
  await using kommo = await openKommo("BR");
  const access = { account_url: kommo.url, access_token: kommo.token };
  const dialling = { ...access, widget: { client_id: "id", client_secret: "secret" } };

  const nobody = await examine(homeCountryCheck, { kommo: access });
  const asked = await examine(homeCountryCheck, { kommo: dialling });
  const given = { kommo: dialling, originate: { country_code: "7" } };
  const notAsked = await examine(homeCountryCheck, given);
  const noAccess = await examine(homeCountryCheck, {
    kommo: { ...dialling, access_token: "of another account" },
  });

  expect([nobody, asked, notAsked, noAccess]).toMatchObject([
    { status: "skipped", sentence: "nobody dials from Kommo" },
    { status: "ok", sentence: expect.stringContaining("+55") },
    { status: "ok", sentence: expect.stringContaining("+7") },
    { status: "skipped", sentence: "Kommo does not tell the account's country" },
  ]);
});

async function openKommo(country: string) {
  const simulator = await startKommoSimulator({ account: { country } });
  return {
    ...{ url: simulator.url, token: simulator.token },
    [Symbol.asyncDispose]: () => simulator.close(),
  };
}
