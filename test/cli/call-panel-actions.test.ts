// What the call panel asks of Asterisk, and what it tells when Asterisk does not do it.
import { expect, test } from "@jest/globals";
import type { AmiAction } from "../../src/ami/action.ts";
import type { AmiFailure } from "../../src/ami/ami-failure.ts";
import { createCallPanel } from "../../src/cli/dialling/call-panel.ts";
import type { CallRequest } from "../../src/http/widget-contract.ts";
import { silentLogger } from "../../src/lib/log.ts";

const CALL = "1795261714.0";
const CHANNEL = "PJSIP/101-0000002a";

/** @param failure of Asterisk; absent: it does what it is asked */
function panel({
  channel = CHANNEL,
  failure,
}: {
  channel?: string;
  failure?: Partial<AmiFailure>;
}) {
  const asked: AmiAction[] = [];
  const send = (_call: string, action: AmiAction): Promise<unknown> => {
    asked.push(action);
    return Promise.resolve(failure === undefined ? { ok: true } : { ok: false, failure });
  };
  const callPanel = createCallPanel({
    isOn: () => true,
    talkOf: (user, call) => (user === 1 && call === CALL ? ({ channel } as never) : undefined),
    isExtension: (number) => number.startsWith("10"),
    context: "from-internal",
    send: send as Parameters<typeof createCallPanel>[0]["send"],
    log: silentLogger,
  });
  const act = (user: number, request: CallRequest) => callPanel.act(user, request);
  return { asked, act };
}

const HANG_UP: CallRequest = { call: CALL, action: { kind: "hang_up" } };
const TRANSFER: CallRequest = { call: CALL, action: { kind: "transfer", to: "102" } };

test("hanging up ends the employee's own channel", async () => {
  const { act, asked } = panel({});

  expect(await act(1, HANG_UP)).toBeUndefined();
  expect(asked).toEqual([{ Action: "Hangup", Channel: CHANNEL }]);
});

test("a transfer sends the client to the colleague, in the context where extensions are dialled", async () => {
  const { act, asked } = panel({});

  expect(await act(1, TRANSFER)).toBeUndefined();
  expect(asked).toEqual([
    { Action: "BlindTransfer", Channel: CHANNEL, Context: "from-internal", Exten: "102" },
  ]);
});

test("what is nobody's or goes nowhere is not asked for", async () => {
  const { act, asked } = panel({});

  const refusals = [
    await act(2, HANG_UP),
    await act(1, { ...HANG_UP, call: "another" }),
    await act(1, { call: CALL, action: { kind: "transfer", to: "79161234567" } }),
  ];

  expect(refusals.map((one) => one?.code)).toEqual(["not_found", "not_found", "extension_unknown"]);
  expect(asked).toEqual([]);
});

test.each([
  [{ kind: "rejected", message: "No such channel", retry: "never" }, "not_found"],
  [{ kind: "rejected", message: "Channel specified does not exist", retry: "never" }, "not_found"],
  [{ kind: "permission-denied", action: "Hangup", retry: "after-operator" }, "exchange_refused"],
  [{ kind: "lost", retry: "later" }, "exchange_unavailable"],
] as const)("when Asterisk says %j, the page hears %s", async (failure, code) => {
  const { act } = panel({ failure });

  expect((await act(1, HANG_UP))?.code).toBe(code);
});
