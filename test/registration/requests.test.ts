// What calls cost: requests at the simulated account, the way there being the daemon's own.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { answeredCall, conversation } from "./made-up-call.ts";
import { openOffice, type Office } from "./kommo-office.ts";

const phoneOf = (index: number): string => `7916${String(1_000_000 + index)}`;

const callsOf = (count: number): FinishedCall[] =>
  Array.from({ length: count }, (_, index) =>
    answeredCall({ clientPhone: phoneOf(index), conversations: [conversation()] }),
  );

const requests = ({ kommo }: Office): number => kommo.journal.entries().length;

function know(office: Office, count: number): void {
  office.kommo.seed.contacts(count, (index) => ({ phones: [phoneOf(index)] }));
}

test("one call alone of a known client is one request", async () => {
  await using office = await openOffice();
  know(office, 1);

  await office.end(...callsOf(1));

  expect(requests(office)).toBe(1);
  expect(office.kommo.journal.calls()).toHaveLength(1);
});

test("one call alone of an unknown client is two requests", async () => {
  await using office = await openOffice();

  await office.end(...callsOf(1));

  expect(requests(office)).toBe(2);
  expect(office.kommo.journal.unsorted()).toHaveLength(1);
});

test("calls of one client at one time share their request", async () => {
  await using office = await openOffice();
  know(office, 1);

  await office.end(...callsOf(1), ...callsOf(1), ...callsOf(1));

  expect(requests(office)).toBe(1);
  expect(office.kommo.journal.calls()).toHaveLength(3);
});

test.each([
  [49, 1],
  [50, 1],
  [51, 2],
  [500, 10],
])("a backlog of %d calls of known clients is %d requests", async (count, most) => {
  await using office = await openOffice();
  know(office, count);

  await office.end(...callsOf(count));

  expect(requests(office)).toBe(most);
  expect(office.kommo.journal.calls()).toHaveLength(count);
});

test.each<[RegistrationSettings["unknownClient"], number]>([
  ["unsorted", 0.04],
  ["contact", 0.06],
  ["contact_and_lead", 0.06],
  ["ignore", 0.02],
])("a backlog of unknown clients (%s) is %d requests a call", async (unknownClient, perCall) => {
  await using office = await openOffice({ unknownClient });

  await office.end(...callsOf(500));

  expect(requests(office) / 500).toBeLessThanOrEqual(perCall);
  expect(office.kommo.journal.calls()).toHaveLength(unknownClient === "ignore" ? 0 : 500);
});

test("known and unknown clients, mixed, share their requests", async () => {
  await using office = await openOffice();
  office.kommo.seed.contacts(250, (index) => ({ phones: [phoneOf(2 * index)] }));

  await office.end(...callsOf(500));

  expect(requests(office) / 500).toBeLessThanOrEqual(0.04);
  expect(office.kommo.journal.calls()).toHaveLength(500);
});
