/**
 * The plan of a call: which steps Kommo shall be told, and why. Pure.
 *
 * | client is …           | inbound answered | inbound missed      | outbound answered | outbound unanswered |
 * |-----------------------|------------------|---------------------|-------------------|---------------------|
 * | known to Kommo        | call             | call, task          | call              | call, task          |
 * | unknown               | unknown_client   | unknown_client      | contact, call     | nothing             |
 * | a withheld number     | incoming lead    | incoming lead       | –                 | –                   |
 *
 * Whether a client is known, Kommo itself says: the first step registers the call by its number, and
 * the answer "there is no such card" leads to the second row (see course.ts). Internal calls: nothing.
 */
import type { FinishedCall } from "../calls/finished-call.ts";
import type { KommoStep } from "../kommo/step.ts";
import { phoneKey } from "../lib/phone.ts";
import { callFields, responsibleEmployee } from "./call-fields.ts";
import { addUnsorted } from "./new-card.ts";
import type { RegistrationSettings } from "./settings.ts";

/** One decision with its reason, in words for the administrator; numbers of clients never stand in it. */
export type Decision = { readonly decided: string; readonly because: string };

export type Plan = {
  readonly steps: readonly KommoStep[];
  /** Steps of one client are sent in order: the last ten digits of the number; "" where there is none. */
  readonly key: string;
  readonly decisions: readonly Decision[];
};

export function planCall(call: FinishedCall, settings: RegistrationSettings): Plan {
  if (call.direction === "internal")
    return nothing("an internal call: no client took part", "leave the call out");

  const fields = callFields(call, settings);
  const who = whoseCall(call, settings);
  const key = phoneKey(fields.phone);
  if (key !== "") {
    const because = "Kommo finds the card by the client's number, and says so if there is none";
    return {
      key,
      steps: [{ kind: "register-call", call: fields }],
      decisions: [who, { decided: "register the call by its number", because }],
    };
  }
  if (call.direction === "inbound" && settings.unknownClient === "unsorted") {
    const because = "the caller's number is withheld or no number, so no card can be found by it";
    return {
      key,
      steps: [addUnsorted(fields, settings)],
      decisions: [who, { decided: "make an incoming lead", because }],
    };
  }
  return nothing("no number to find or make a card by", "leave the call out");
}

const nothing = (because: string, decided: string): Plan => ({
  key: "",
  steps: [],
  decisions: [{ decided, because }],
});

function whoseCall(call: FinishedCall, settings: RegistrationSettings): Decision {
  const employee = responsibleEmployee(call);
  if (employee === undefined)
    return { decided: "no responsible user", because: "no employee took part" };
  const { extension, because } = employee;
  const user = settings.users.get(extension);
  return user === undefined
    ? { decided: "no responsible user", because: `extension ${extension} stands for no user` }
    : {
        decided: `user ${user} is responsible`,
        because: `extension ${extension} ${because}`,
      };
}
