/** What becomes of a click on a number, from the question to the end. */
import type { DialProgress } from "../../../http/widget-contract.ts";
import { formatPhone, formatSeconds } from "../format.ts";
import type { AskedDial } from "../live-state.ts";
import { fill, type Words } from "../words.ts";
import { cardFrame, type FrameContext, type Tone } from "./card-frame.ts";
import { element } from "./element.ts";

export function askedCard(
  dial: AskedDial,
  { host, ...context }: FrameContext & { readonly host: string },
): HTMLElement {
  const { words } = context;
  const { refusal } = dial;
  const isRefused = refusal !== undefined;
  const text = isRefused ? words.dial.refused : words.dial.title;
  const state = isRefused ? fill(words.refusal[refusal], { host }) : words.dial.requesting;
  return cardFrame({ text, tone: isRefused ? "bad" : "wait" }, context, [
    element("div", { class: "name", text: formatPhone(dial.phone) }),
    element("p", { class: "state", text: state, role: isRefused ? "alert" : "status" }),
  ]);
}

export function dialCard(
  dial: DialProgress,
  context: FrameContext & { readonly clock?: HTMLElement },
): HTMLElement {
  const { words, clock } = context;
  const heading = {
    text: words.dial.title,
    tone: toneOf(dial),
    rings: dial.state === "telephone_rings",
    ...(clock === undefined ? {} : { clock }),
  };
  return cardFrame(heading, context, [
    element("div", { class: "name", text: formatPhone(dial.phone) }),
    element("p", { class: "state", text: stateText(dial, words), role: "status" }),
  ]);
}

function toneOf({ state, is_final: isFinal }: DialProgress): Tone {
  if (state === "talking") return "good";
  if (state === "ended" || state === "cancelled") return "calm";
  return isFinal ? "bad" : "wait";
}

function stateText(dial: DialProgress, words: Words): string {
  const { state, reason, extension, talk_seconds: seconds } = dial;
  if (state === "failed" && reason !== null) return words.dial[`failed_${reason}`];
  // A later version of the daemon may know states that this one does not.
  const text = Object.hasOwn(words.dial, state) ? words.dial[state] : words.dial.unknown;
  return fill(text, { extension, time: formatSeconds(seconds ?? 0) });
}
