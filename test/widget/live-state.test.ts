// What goes on, as events tell it: which cards the page shows.
import { expect, test } from "@jest/globals";
import type { TalkEvent } from "../../src/http/widget-contract.ts";
import {
  cardsOf,
  NOTHING_LIVE,
  reduceLive,
  type LiveEvent,
  type LiveState,
} from "../../src/widget/browser/live-state.ts";
import { progress, ringing } from "../browser/played-exchange.ts";

const HELLO: LiveEvent = {
  kind: "hello",
  data: {
    ticket_expires_at: 0,
    features: { telephony: true, originate: true, call_panel: true, altegio: false },
    telephones: [{ extension: "101", state: "idle" }],
  },
};
const RINGING: LiveEvent = { kind: "ringing", data: ringing() };
const TALK: Omit<TalkEvent, "state"> = {
  ...{ call: "pbx-1.0", direction: "inbound", extension: "101", phone: "+351912000111" },
  ...{ client: null, at: 1 },
};
const TALKING: LiveEvent = { kind: "talk", data: { ...TALK, state: "talking" } };
const after = (...events: LiveEvent[]): LiveState => events.reduce(reduceLive, NOTHING_LIVE);
const kinds = (state: LiveState): string[] => cardsOf(state).map(({ kind }) => kind);

test("an answered call goes on as a talk that knows who was shown, whichever event is first", () => {
  const closed: LiveEvent = {
    kind: "closed",
    data: { call: "pbx-1.0", because: "answered_by_you", by: null },
  };

  const one = cardsOf(after(HELLO, RINGING, closed, TALKING));
  const other = cardsOf(after(HELLO, RINGING, TALKING, closed));

  for (const cards of [one, other])
    expect(cards).toMatchObject([{ kind: "talk", was: { client: { name: "Ana Costa" } } }]);
});

test("a call that was never shown closes without a card", () => {
  const state = after(HELLO, {
    kind: "closed",
    data: { call: "other", because: "client_gave_up", by: null },
  });

  expect(kinds(state)).toEqual([]);
});

test("a dial and its talk are one card, and put away it does not come back", () => {
  const dial: LiveEvent = { kind: "dial", data: progress({ state: "talking", call: "pbx-1.0" }) };

  const both = after(HELLO, dial, TALKING);
  const put = reduceLive(both, { kind: "forgotten", card: cardsOf(both)[0]?.key ?? "" });

  expect(kinds(both)).toEqual(["talk"]);
  expect(kinds(put)).toEqual([]);
});

test("the answer to a click does not go behind what the stream has told already", () => {
  const answer = { id: "dial-1", extension: "101", phone: "1" };
  const asked: LiveEvent = { kind: "asked", key: "1", dial: { phone: "1", refusal: undefined } };
  const taken: LiveEvent = { kind: "taken", key: "1", answer, at: 1 };

  const slow = after(HELLO, asked, { kind: "dial", data: progress({ state: "dialling" }) }, taken);
  const quick = after(HELLO, asked, taken);

  expect(cardsOf(slow)).toMatchObject([{ kind: "dial", dial: { state: "dialling" } }]);
  expect(cardsOf(quick)).toMatchObject([{ kind: "dial", dial: { state: "requested" } }]);
});

test("when the stream is lost, what it told is forgotten, and a click that is under way is not", () => {
  const asked: LiveEvent = { kind: "asked", key: "1", dial: { phone: "1", refusal: undefined } };

  const state = after(HELLO, RINGING, asked, { kind: "link-lost", problem: "unreachable" });

  expect(kinds(state)).toEqual(["asked"]);
  expect(state.isOpen).toBe(false);
  expect(state.telephones).toHaveLength(1);
});
