/** Puts the panels into Kommo's place beside a card. Exports `createPanelPlace`. */
import { openShadowPlace } from "../view/shadow-place.ts";
import type { PanelContext } from "./panel.ts";
import { PANELS } from "./panel-list.ts";

export type PanelPlace = {
  /** A page has been rendered: the panels of the one before end. */
  render(context: PanelContext): void;
  end(): void;
};

const PLACE = "asterisk-kommo-panels";

export function createPanelPlace(): PanelPlace {
  let ends: (() => void)[] = [];

  function end(): void {
    for (const one of ends) one();
    ends = [];
  }

  return {
    end,
    render(context) {
      end();
      const panels = PANELS.filter(({ areas }) => areas.includes(context.page.area()));
      if (panels.length === 0) return;
      if (!context.page.renderBeside(`<div class="${PLACE}"></div>`)) return;
      const parent = [...document.getElementsByClassName(PLACE)].at(-1);
      if (parent === undefined) return;
      ends = panels.flatMap((panel) => {
        const place = openShadowPlace(parent, "panels");
        return [panel.mount(place.root, context), place.remove];
      });
    },
  };
}
