/** How long the store keeps calls that are told to Kommo, and what was said about them. */
import { flag, wholeNumberFrom } from "./formats.ts";
import { withDefault } from "./key.ts";

export const archiveKeys = {
  /** The least is far more than any gap that is read from CEL by itself. */
  keep_days: withDefault(
    wholeNumberFrom(30, 36_500),
    400,
    "calls of which nothing is left to do are kept for so long, then removed little by little",
  ),
  trace_days: withDefault(
    wholeNumberFrom(0, 90),
    7,
    "requests to Kommo and its answers are kept word for word for so long, for the call's download on the admin page; 0: not at all",
  ),
  trace_megabytes: withDefault(
    wholeNumberFrom(1, 10_000),
    50,
    "… and no more than about so much of them; of the exchange's events as much again",
  ),
  trace_events: withDefault(
    flag,
    false,
    "the exchange's events of calls that are over are kept for as long; 6 kB and more a call",
  ),
};
