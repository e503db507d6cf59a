/** A shadow tree with the widget's looks, in whatever place of Kommo's page. Exports `openShadowPlace`. */
import { STYLES } from "./styles.ts";
import { followTheme } from "./theme.ts";

export type ShadowPlace = {
  /** What is to be filled. */
  readonly root: HTMLElement;
  /** Nothing of it is left behind. */
  readonly remove: () => void;
};

export function openShadowPlace(parent: Element, className: string): ShadowPlace {
  const host = document.createElement("div");
  host.className = "asterisk-kommo-widget";
  const shadow = host.attachShadow({ mode: "open" });
  const style = document.createElement("style");
  style.textContent = STYLES;
  const root = document.createElement("div");
  root.className = className;
  shadow.append(style, root);
  parent.append(host);
  const endTheme = followTheme((theme) => {
    host.dataset["theme"] = theme;
  });
  return {
    root,
    remove() {
      endTheme();
      host.remove();
    },
  };
}
