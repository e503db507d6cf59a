/** The panels beside a card, from top to bottom. */
import type { Panel } from "./panel.ts";
import { altegioPanel } from "./altegio/altegio-panel.ts";
import { telephonePanel } from "./telephone/telephone-panel.ts";

export const PANELS: readonly Panel[] = [telephonePanel, altegioPanel];
