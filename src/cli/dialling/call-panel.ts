/** Hang up and transfer, for the small panel of the widget: only the caller's own running talk. */
import type { AmiAction } from "../../ami/action.ts";
import type { AmiSession } from "../../ami/session.ts";
import type { CallPanel, CallRefusal } from "../../http/widget-call.ts";
import { exchangeIn, nameAt, ownName } from "../../lib/exchange-names.ts";
import type { Logger } from "../../lib/log.ts";
import type { TalkNow } from "../../registration/screens.ts";

export type CallPanelDeps = {
  readonly isOn: () => boolean;
  readonly talkOf: (user: number, call: string) => TalkNow | undefined;
  readonly isExtension: (number: string) => boolean;
  /** Of the dialplan, where an extension is dialled. */
  readonly context: string;
  /** To the exchange of the call. */
  readonly send: (call: string, action: AmiAction) => ReturnType<AmiSession["send"]>;
  readonly log: Pick<Logger, "info" | "warn">;
};

const NOT_FOUND: CallRefusal = { code: "not_found", reason: "you have no such call" };

export const createCallPanel = (deps: CallPanelDeps): CallPanel => ({
  isOn: deps.isOn,
  async act(user, { call, action }) {
    const talk = deps.talkOf(user, call);
    if (talk?.channel === undefined) return NOT_FOUND;
    const { channel } = talk;
    const exchange = exchangeIn(call);
    // A colleague at another exchange is no extension of this one.
    const isElsewhere = (to: string): boolean => ![undefined, exchange].includes(exchangeIn(to));
    if (
      action.kind === "transfer" &&
      (isElsewhere(action.to) || !deps.isExtension(nameAt(exchange, ownName(action.to))))
    )
      return { code: "extension_unknown", reason: "nobody has this extension" };
    const wanted: AmiAction =
      action.kind === "hang_up"
        ? { Action: "Hangup", Channel: channel }
        : {
            Action: "BlindTransfer",
            Channel: channel,
            Context: deps.context,
            Exten: ownName(action.to),
          };
    const answer = await deps.send(call, wanted);
    deps.log.info({ user, call, action: action.kind, isDone: answer.ok }, "call panel");
    if (answer.ok) return undefined;
    const { failure } = answer;
    if (failure.kind === "rejected" && /no such channel|does not exist/i.test(failure.message))
      return NOT_FOUND;
    deps.log.warn({ user, failure: failure.kind, hint: failure.hint }, "call panel refused");
    return failure.retry === "later"
      ? { code: "exchange_unavailable", reason: "the telephone exchange cannot be reached" }
      : { code: "exchange_refused", reason: "the telephone exchange refused the request" };
  },
});
