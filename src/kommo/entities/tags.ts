/** Tags inside a card that is being made. @source kommo-api, section 15 */
import type { JsonObject } from "../json.ts";

export const encodeTags = (names: readonly string[]): readonly JsonObject[] =>
  [...new Set(names)].map((name) => ({ name }));
