// Five hundred requests of strangers, made from readable rows: all are refused, none reaches the
// exchange, none is answered with more than a refusal.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { removeFolders } from "../config/written-config.ts";
import {
  ANNA,
  CLIENT,
  openDiallingOffice,
  speak,
  type DiallingOffice,
} from "../daemon/dialling-office.ts";
import { hostileRows } from "./hostile-rows.ts";

let office: DiallingOffice;

beforeAll(async () => {
  office = await openDiallingOffice({
    originate: { country_code: "7", per_user_a_minute: 600, total_a_minute: 6_000 },
    config: { recordings: { public_url: "http://127.0.0.1:9" } },
  });
});

afterAll(async () => {
  await office.close();
  removeFolders();
});

test("five hundred hostile requests are refused, each", async () => {
  const all = hostileRows(office);

  const answered: string[] = [];
  for (const { row, path, asking } of all) {
    const said = await speak(office.url() + path, asking).catch((error: unknown) => String(error));
    if (typeof said === "string") {
      // What Node's own client does not send, or what the server hung up on.
      if (!/ERR_|HPE_|ECONNRESET|socket hang up/.test(said)) answered.push(`${row}: ${said}`);
      continue;
    }
    const { status, headers, text } = said;
    const isRefused = status >= 400 && status < 500;
    const isShort = text.length < 300 && !/9100001|at .*\.ts|\/work|sqlite/i.test(text);
    if (row === "a number" && !/"phone_(?:invalid|forbidden)"/.test(text))
      answered.push(`${JSON.stringify(asking.body)}: ${text}`);
    const isClosed = row.startsWith("an origin")
      ? !("access-control-allow-origin" in headers)
      : true;
    if (!isRefused || !isShort || !isClosed)
      answered.push(
        `${row} ${path.slice(0, 80)} ${JSON.stringify(asking).slice(0, 300)}: ${status} ${text}`,
      );
  }

  expect(all.length).toBeGreaterThanOrEqual(500);
  expect(answered).toEqual([]);
  expect(office.pbx.originates()).toEqual([]);
  // And it was none of these that refused them all.
  expect((await office.click(ANNA, { phone: CLIENT })).status).toBe(202);
});
