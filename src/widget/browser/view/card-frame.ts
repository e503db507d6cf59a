/** What every card has: a sign, a heading, a cross to put it away. Exports `cardFrame`. */
import type { Words } from "../words.ts";
import { element, icon } from "./element.ts";

export type Tone = "calm" | "good" | "wait" | "bad";

export type FrameContext = {
  readonly words: Words;
  /** Puts the card away. */
  readonly close: () => void;
};

export function cardFrame(
  heading: {
    readonly text: string;
    readonly tone: Tone;
    readonly rings?: boolean;
    readonly clock?: HTMLElement;
  },
  { words, close }: FrameContext,
  children: readonly (Node | undefined)[],
): HTMLElement {
  const { text, tone, rings = false, clock } = heading;
  const cross = element(
    "button",
    { class: "x", label: words.common.close, title: words.common.close, onClick: close },
    [icon("close")],
  );
  cross.type = "button";
  const head = element("div", { class: "head" }, [
    icon("phone"),
    element("span", { class: "what", text }),
    clock,
    cross,
  ]);
  const look = ["card", ...(tone === "calm" ? [] : [tone]), ...(rings ? ["rings"] : [])].join(" ");
  return element("section", { class: look, label: text, role: "group" }, [head, ...children]);
}
