// Rules that need the client's card: what the directory knows costs no look-up, and decides nothing.
import { afterEach, expect, test } from "@jest/globals";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import type { KnownCard } from "../../src/kommo/read-before.ts";
import type { FindCard } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { ForKnown } from "../../src/registration/booking.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { callFields } from "./made-up-steps.ts";
import { accountUrl, clientFor, never, TOKEN } from "./scripted-server.ts";

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function send(known: ForKnown, believed: KnownCard | undefined) {
  const kommo = await startKommoSimulator({ token: TOKEN, switches: { requestsPerSecond: 0 } });
  const client = clientFor(accountUrl(kommo.url));
  open.push(
    () => client.close(),
    () => kommo.close(),
  );
  const { id } = kommo.seed.contact({ phones: ["+351912000111"] });
  const lead = kommo.seed.lead({ contactId: id });
  const farSide = createKommoFarSide({
    client,
    clock: systemClock,
    log: { debug: () => undefined, warn: () => undefined },
    knowCard: () => Promise.resolve(believed),
  });
  const step: FindCard = {
    kind: "find-card",
    call: callFields("1"),
    booking: { known, unknown: { make: "ignore", because: "" } },
  };
  const { deliveries } = await farSide.send([step], never);
  return {
    requests: kommo.journal.entries().length,
    answer: deliveries[0],
    truth: {
      kind: "done",
      result: { kind: "found-card", card: { type: "contacts", id }, openLeads: [lead.id] },
    },
  };
}

const BELIEVED: KnownCard = { card: { type: "contacts", id: 7 }, openLeads: [8] };
const believedAnswer = { kind: "done", result: { kind: "found-card", ...BELIEVED } };
const LEAD = { name: "Lead", tags: [] };

test.each<[string, ForKnown]>([
  ["a note on the newest lead", { register: true, on: "newest_lead" }],
  ["a note on the contact", { register: true, on: "contact" }],
  ["a lead if none is open, and one is", { register: true, on: "kommo", lead: LEAD }],
])("%s: the card that the directory knows is taken", async (_, known) => {
  const { requests, answer } = await send(known, BELIEVED);

  expect(requests).toBe(0);
  expect(answer).toEqual(believedAnswer);
});

test.each<[string, ForKnown, KnownCard | undefined]>([
  [
    "a lead if none is open",
    { register: true, on: "kommo", lead: LEAD },
    { ...BELIEVED, openLeads: [] },
  ],
  ["a call to be left out", { register: false, on: "kommo" }, BELIEVED],
  ["a number that the directory does not know", { register: true, on: "contact" }, undefined],
])("%s: Kommo is asked", async (_, known, believed) => {
  const { requests, answer, truth } = await send(known, believed);

  expect(requests).toBeGreaterThan(0);
  expect(answer).toEqual(truth);
});
