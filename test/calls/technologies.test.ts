import { expect, test } from "@jest/globals";
import type { CallSettings } from "../../src/calls/settings.ts";
import { conversationsOf, openScene } from "./scene.ts";

const cases: readonly {
  readonly technology: string;
  readonly incoming: string;
  readonly outgoing: string;
  readonly dialString: string;
  readonly trunk: string;
  readonly phone: string;
}[] = [
  {
    technology: "chan_sip",
    incoming: "SIP/provider",
    outgoing: "SIP/provider",
    dialString: "provider/79161234567",
    trunk: "SIP/provider",
    phone: "SIP/101",
  },
  {
    technology: "IAX2",
    incoming: "IAX2/provider",
    outgoing: "IAX2/provider",
    dialString: "provider/79161234567",
    trunk: "IAX2/provider",
    phone: "IAX2/101",
  },
  {
    technology: "ISDN by DAHDI",
    incoming: "DAHDI/i1/79161234567",
    outgoing: "DAHDI/i1/79161234567",
    dialString: "g1/79161234567",
    trunk: "DAHDI/i1",
    phone: "SIP/101",
  },
  {
    technology: "an analog line",
    incoming: "DAHDI/1",
    outgoing: "DAHDI/1",
    dialString: "1/79161234567",
    trunk: "DAHDI/1",
    phone: "SIP/101",
  },
  {
    technology: "a GSM dongle",
    incoming: "Dongle/dongle0",
    outgoing: "Dongle/dongle0",
    dialString: "dongle0/+79161234567",
    trunk: "Dongle/dongle0",
    phone: "SIP/101",
  },
  {
    technology: "a Quectel modem",
    incoming: "Quectel/quectel0",
    outgoing: "Quectel/quectel0",
    dialString: "quectel0/+79161234567",
    trunk: "Quectel/quectel0",
    phone: "PJSIP/101",
  },
  {
    technology: "PJSIP with an address",
    incoming: "PJSIP/mango-trunk",
    outgoing: "PJSIP/mango-trunk",
    dialString: "mango-trunk/sip:79161234567@sip.example:5060",
    trunk: "PJSIP/mango-trunk",
    phone: "PJSIP/101",
  },
];

const untold: CallSettings = { extensions: ["_1XX"] };

for (const { technology, incoming, outgoing, dialString, trunk, phone } of cases) {
  test(`${technology}: clients call in and are called without a trunk being listed`, () => {
    const scene = openScene(untold);
    const client = scene.calls(incoming, { context: "incoming" });
    const leg = scene.dials(client, phone);
    scene.answers(leg);
    scene.enter("in", leg, client);
    scene.wait(3);
    scene.hangup(client, leg);
    scene.wait(1);
    const caller = scene.calls(phone, { number: "101", exten: "89161234567", context: "internal" });
    const called = scene.dials(caller, outgoing, { string: dialString });
    scene.answers(called);
    scene.enter("out", called, caller);
    scene.wait(2);
    scene.hangup(caller, called);

    const calls = scene.told();

    expect(calls.map((call) => [call.direction, call.trunk, ...conversationsOf(call)])).toEqual([
      ["inbound", trunk, "101 answered 3 s"],
      ["outbound", trunk, "101 answered 2 s"],
    ]);
    expect(calls.every((call) => /79161234567$/.test(call.clientPhone ?? ""))).toBe(true);
  });
}

test("a device whose name is no extension is known by whom the exchange calls on it", () => {
  const scene = openScene({ extensions: ["_2XX"], trunks: ["PJSIP/trunk"] });
  const client = scene.calls("PJSIP/trunk");
  const leg = scene.dials(client, "PJSIP/92252", {
    string: "92252/sip:k3v9@10.0.0.5:5060",
    number: "252",
  });
  scene.answers(leg);
  scene.enter("talk", leg, client);
  scene.wait(3);
  scene.hangup(client, leg);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["252 answered 3 s"]);
});

test("a device that calls out is known by the extension that the dialplan gives it", () => {
  const scene = openScene({ extensions: ["_2XX"], trunks: ["PJSIP/trunk"] });
  const caller = scene.calls("PJSIP/anna", {
    number: "anna",
    exten: "79161234567",
    context: "office",
  });
  scene.event({
    kind: "variable-set",
    id: caller.id,
    variable: "employee-extension",
    value: "252",
  });
  const client = scene.dials(caller, "PJSIP/trunk", { string: "79161234567@trunk" });
  scene.answers(client);
  scene.enter("talk", client, caller);
  scene.wait(3);
  scene.hangup(caller, client);

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ direction: "outbound", clientPhone: "79161234567" });
  expect(conversationsOf(calls[0])).toEqual(["252 answered 3 s"]);
});

test("a browser telephone of FreePBX rings as its owner", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const desk = scene.dials(client, "PJSIP/101");
  const browser = scene.dials(client, "PJSIP/99101", {
    string: "99101/sip:x8@10.0.0.6;transport=ws",
  });
  scene.wait(1);
  scene.ends(desk, "cancel");
  scene.answers(browser);
  scene.hangup(desk);
  scene.enter("talk", browser, client);
  scene.wait(2);
  scene.hangup(client, browser);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 2 s"]);
});

test("an employee who calls in from a mobile is no client", () => {
  const settings = { extensions: ["_1XX", "_8123456XXXX"], trunks: ["PJSIP/trunk"] };
  const scene = openScene(settings);
  const caller = scene.calls("PJSIP/trunk", { number: "71234567890" });
  const leg = scene.dials(caller, "PJSIP/101");
  scene.answers(leg);
  scene.enter("talk", leg, caller);
  scene.wait(2);
  scene.hangup(caller, leg);

  const [call] = scene.told();

  expect(call).toMatchObject({ direction: "internal", result: "answered" });
});
