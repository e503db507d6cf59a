/** What works without a public address, and what needs one. */
import type { Check } from "./check.ts";
import { checkWithConfig } from "./check.ts";

/** @source DESIGN.md, What a call becomes in Kommo */
const NEEDS: readonly (readonly [what: string, needsAddress: boolean])[] = [
  ["calls on cards", false],
  ["new cards and incoming leads", false],
  ["tasks", false],
  ["popups", false],
  ["distribution to the responsible employee", false],
  ["polling of Kommo and Altegio", false],
  ["links to recordings", true],
  ["the widget (click-to-call)", true],
  ["webhooks of Kommo and Altegio", true],
];

export const publicAddressCheck: Check = checkWithConfig("public address", ({ recordings }) => {
  const address = recordings.public_url;
  const works = (needsAddress: boolean): string =>
    !needsAddress || address !== undefined ? "works" : "needs a public address";
  return Promise.resolve({
    status: "ok",
    sentence: address ?? "none, which is fine for all but the last three",
    details: NEEDS.map(([what, needsAddress]) => `${what.padEnd(42)}${works(needsAddress)}`),
  });
});
