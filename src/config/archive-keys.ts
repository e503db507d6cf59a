/** How long the store keeps calls that are told to Kommo. */
import { wholeNumberFrom } from "./formats.ts";
import { withDefault } from "./key.ts";

export const archiveKeys = {
  /** The least is far more than any gap that is read from CEL by itself. */
  keep_days: withDefault(
    wholeNumberFrom(30, 36_500),
    400,
    "calls of which nothing is left to do are kept for so long, then removed little by little",
  ),
};
