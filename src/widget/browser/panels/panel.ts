/**
 * A panel stands in the widget's place beside a card. Each is a folder of its own here, and an entry of
 * panel-list.ts; it gets what it needs in the context, and leaves nothing behind when it is ended.
 */
import type { Backend } from "../backend.ts";
import type { Area, KommoPage } from "../kommo-page.ts";
import type { Live } from "../live.ts";
import type { Words } from "../words.ts";

export type PanelContext = {
  readonly page: KommoPage;
  readonly words: Words;
  readonly backend: Backend;
  readonly live: Live;
};

export type Panel = {
  readonly areas: readonly Area[];
  /** Fills the place, which is empty and in a shadow tree. @returns what ends it */
  readonly mount: (place: HTMLElement, context: PanelContext) => () => void;
};
