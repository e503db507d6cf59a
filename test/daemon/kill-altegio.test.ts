// The promise for appointments, tried on the real process without an exchange: whenever it is killed, and
// whatever both accounts answer meanwhile, no second lead is made and no visit is paid twice.
import { afterAll, expect, test } from "@jest/globals";
import { killSalon } from "../altegio/kill-salon.ts";
import { endDaemons } from "./daemon-process.ts";

const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

afterAll(endDaemons);

test("a daemon killed at random moments makes one lead an appointment and pays each visit once", async () => {
  const report = await killSalon({ seed, kills: 12 });

  process.stdout.write(`${JSON.stringify(report)}\n`);
  expect(report.problems).toEqual([]);
  expect(report.paid).toBeGreaterThan(0);
}, 900_000);
