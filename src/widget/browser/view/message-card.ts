/** A message to the person at the screen, in several lines. */
import { cardFrame, type FrameContext } from "./card-frame.ts";
import { element } from "./element.ts";
import { openShadowPlace } from "./shadow-place.ts";

/** @returns what puts it away */
export function showMessage(text: string, context: Pick<FrameContext, "words">): () => void {
  const place = openShadowPlace(document.body, "stack");
  const { words } = context;
  const lines = text.split("\n").map((line) => element("p", { text: line, role: "alert" }));
  const card = cardFrame(
    { text: words.widget.name, tone: "bad" },
    { words, close: place.remove },
    lines,
  );
  place.root.append(card);
  return place.remove;
}
