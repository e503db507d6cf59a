/** How far the daemon's own copy of who has which number is filled. */
import { LARGE_ACCOUNT } from "../../directory/mirror.ts";
import { isFilled } from "../../directory/mirror-state.ts";
import { checkWithConfig, type Check } from "./check.ts";
import { lookAtDirectory } from "./kept-directory.ts";

export const directoryCheck: Check = checkWithConfig("directory", async (config) => {
  const kept = await lookAtDirectory(config);
  if (kept?.mirror === undefined)
    return { status: "skipped", sentence: "the daemon has not begun it yet" };
  const { mirror, cards, phones, openLeads } = kept;
  const counts = `${cards} contacts and companies, ${phones} numbers, ${openLeads} open leads`;
  if (isFilled(mirror)) return { status: "ok", sentence: `filled: ${counts}` };
  switch (mirror.fill) {
    case "filling":
      return { status: "ok", sentence: `is being filled: ${counts} so far` };
    case "skipped":
      return { status: "ok", sentence: `not filled, as directory.fill has it: ${counts}` };
    case "asked":
      return {
        status: "warning",
        sentence: `not filled, because the account has ${LARGE_ACCOUNT} contacts or more: ${counts}`,
        remedy: 'set directory.fill to "on" to read them all, one request a second; or to "off"',
      };
  }
});
