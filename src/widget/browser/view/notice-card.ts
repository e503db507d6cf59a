/** What is said about the browser's question for the local network. */
import type { NetworkNotice } from "../network.ts";
import { fill } from "../words.ts";
import { cardFrame, type FrameContext } from "./card-frame.ts";
import { button, element } from "./element.ts";

export function noticeCard(
  notice: NetworkNotice,
  {
    host,
    choose,
    ...context
  }: FrameContext & {
    readonly host: string;
    readonly choose: (choice: "go" | "stay") => void;
  },
): HTMLElement {
  const { words } = context;
  const buttons =
    notice === "before"
      ? [
          button(words.network.go_on, () => choose("go"), "primary"),
          button(words.network.not_now, () => choose("stay")),
        ]
      : notice === "denied"
        ? [button(words.network.reload, () => window.location.reload())]
        : [];
  const tone = notice === "denied" ? "bad" : "wait";
  return cardFrame({ text: words.network.title, tone }, context, [
    element("p", { text: fill(words.network[notice], { host }) }),
    element("div", { class: "buttons" }, buttons),
  ]);
}
