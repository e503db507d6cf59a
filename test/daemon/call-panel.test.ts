// The call panel of the widget: hang up and transfer, through the whole daemon to the exchange.
import { afterEach, expect, test } from "@jest/globals";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { removeFolders } from "../config/written-config.ts";
import { ANNA, BEN, openDiallingOffice, until, type DiallingOffice } from "./dialling-office.ts";
import { endlessTalk } from "./endless-talk.ts";

let office: DiallingOffice;

afterEach(async () => {
  await office.close();
  removeFolders();
});

const WITH_PANEL = { originate: { call_panel: true } };
/** Asterisk's user who listens and dials, and may do no more. */
const WITHOUT_CALL = {
  ...DEFAULT_USER,
  secret: "of-the-listener",
  write: ["originate", "reporting"],
};

/** Anna talks with a client. @returns what her page knows of it */
async function talking() {
  const screen = await office.listen(ANNA);
  office.pbx.play(await endlessTalk(), { speed: 5 });
  const talk = await screen.until("talk", ({ state }) => state === "talking");
  return { screen, call: String(talk["call"]) };
}

const act = (user: number, body: unknown) =>
  office.ask("/v1/widget/call", {
    method: "POST",
    headers: { origin: office.origin, "x-auth-token": office.kommo.oneTimeToken(user) },
    body,
  });

const HANG_UP = { kind: "hang_up" };

test("whoever talks hangs up from Kommo", async () => {
  office = await openDiallingOffice(WITH_PANEL);
  const { screen, call } = await talking();

  const answer = await act(ANNA, { call, action: HANG_UP });

  expect([answer.status, answer.body]).toEqual([200, { done: true }]);
  await screen.until("talk", ({ state }) => state === "ended");
  await until(() => office.pbx.live().channels.length === 0);
  screen.close();
});

test("whoever talks hands the client to a colleague", async () => {
  office = await openDiallingOffice(WITH_PANEL);
  const { screen, call } = await talking();

  const answer = await act(ANNA, { call, action: { kind: "transfer", to: "102" } });

  expect([answer.status, answer.body]).toEqual([200, { done: true }]);
  await screen.until("talk", ({ state }) => state === "ended");
  screen.close();
});

test("nobody touches another's talk, one that is not there, or sends a client to nobody", async () => {
  office = await openDiallingOffice(WITH_PANEL);
  const { screen, call } = await talking();

  const answers = await Promise.all([
    act(BEN, { call, action: HANG_UP }),
    act(ANNA, { call: "1795261714.999", action: HANG_UP }),
    act(ANNA, { call, action: { kind: "transfer", to: "999" } }),
    act(ANNA, { call, action: { kind: "transfer", to: "102,1\r\nAction: Command" } }),
    act(ANNA, { call, action: { kind: "listen" } }),
  ]);

  expect(answers.map(({ status, body }) => [status, body["error"]])).toEqual([
    [404, "not_found"],
    [404, "not_found"],
    [409, "extension_unknown"],
    [400, "request_invalid"],
    [400, "request_invalid"],
  ]);
  expect(screen.events.filter(({ data }) => data["state"] === "ended")).toEqual([]);
  screen.close();
});

test("a talk that ended a moment before is told as such", async () => {
  office = await openDiallingOffice(WITH_PANEL);
  const { screen, call } = await talking();
  await act(ANNA, { call, action: HANG_UP });
  await screen.until("talk", ({ state }) => state === "ended");

  const answer = await act(ANNA, { call, action: HANG_UP });

  expect([answer.status, answer.body["error"]]).toEqual([404, "not_found"]);
  screen.close();
});

test("without the switch, or without Asterisk's leave, there is no panel", async () => {
  office = await openDiallingOffice();
  const asked = { call: "1795261714.1", action: HANG_UP };
  const switchedOff = await act(ANNA, asked);
  await office.close();

  office = await openDiallingOffice({ ...WITH_PANEL, users: [WITHOUT_CALL] });
  await until(async () => (await featuresOf(ANNA))["call_panel"] === false);
  const notAllowed = await act(ANNA, asked);

  expect([switchedOff, notAllowed].map(({ status, body }) => [status, body["error"]])).toEqual([
    [403, "call_panel_off"],
    [403, "call_panel_off"],
  ]);
  expect(await featuresOf(ANNA)).toEqual({
    ...{ telephony: true, originate: true, call_panel: false, altegio: false },
  });
});

async function featuresOf(user: number) {
  const headers = { origin: office.origin, "x-auth-token": office.kommo.oneTimeToken(user) };
  const { body } = await office.ask("/v1/widget/settings", { headers });
  return body["features"] as Readonly<Record<string, unknown>>;
}
