/** Appointments of Altegio beside a lead, where the daemon says that it knows any. */
import type { Panel } from "../panel.ts";
import { openDesk } from "./open-desk.ts";

export const altegioPanel: Panel = {
  areas: ["lead"],
  mount(place, context) {
    let close: (() => void) | undefined;
    const endWatch = context.live.watch(({ features }) => {
      // A stream that is lost says nothing of it: what stands there stays.
      if (!features.altegio || close !== undefined) return;
      const card = context.page.currentCard();
      if (card?.type === "leads") close = openDesk(place, { ...context, lead: card.id });
    });
    return () => {
      endWatch();
      close?.();
    };
  },
};
