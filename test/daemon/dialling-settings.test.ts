// What the configuration and the account change about dialling and about what browsers see.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { removeFolders } from "../config/written-config.ts";
import { dialRows, originatesOf } from "./dialling-evidence.ts";
import {
  ANNA,
  BEN,
  CLIENT,
  openDiallingOffice,
  until,
  type DiallingOffice,
} from "./dialling-office.ts";

let office: DiallingOffice;

afterEach(async () => {
  await office.close();
  removeFolders();
});

const session = (token: string) =>
  office.ask("/v1/widget/session", {
    method: "POST",
    headers: { origin: office.origin, "x-auth-token": token },
    body: {},
  });

const statusesOf = async (answers: readonly Promise<{ status: number }>[]): Promise<number[]> =>
  (await Promise.all(answers)).map(({ status }) => status);

test("a one-time token is good for one request", async () => {
  office = await openDiallingOffice();
  const token = office.kommo.oneTimeToken(ANNA);

  const first = await session(token);
  const second = await session(token);

  expect([first.status, second.status]).toEqual([200, 401]);
});

test("token_reuse lifetime: a page that sends one token for half an hour is served all the time", async () => {
  office = await openDiallingOffice({
    kommo: { token_reuse: "lifetime" },
    switches: { oneTimeTokens: "repeated" },
  });
  const token = office.kommo.oneTimeToken(ANNA);

  const again = await statusesOf([session(token), session(token)]);
  const clicked = await office.click(ANNA, { phone: CLIENT });
  await office.restart();
  const afterwards = await session(token);
  const other = await office.click(BEN, { phone: "79160000001" });

  expect(office.kommo.oneTimeToken(ANNA)).toBe(token);
  expect([...again, clicked.status, afterwards.status, other.status]).toEqual([
    200, 200, 202, 200, 202,
  ]);
});

test("token_reuse lifetime lets nobody in whose token is not genuine", async () => {
  office = await openDiallingOffice({ kommo: { token_reuse: "lifetime" } });
  const token = office.kommo.oneTimeToken(ANNA);

  expect((await session(`${token.slice(0, -4)}AAAA`)).status).toBe(401);
  expect((await session(token)).status).toBe(200);
});

test("without popups of Kommo the widget's cards are shown all the same", async () => {
  office = await openDiallingOffice({ config: { popups: false } });
  const anna = await office.listen(ANNA);

  await office.play("in-answered-101");

  expect(await anna.until("ringing")).toMatchObject({ extension: "101", phone: CLIENT });
  expect(await anna.until("closed")).toMatchObject({ because: "answered_by_you" });
  expect(office.kommo.journal.popups()).toEqual([]);
  anna.close();
});

const refusals = async (phones: readonly string[]): Promise<string[]> => {
  const said: string[] = [];
  for (const phone of phones) {
    const { status, body } = await office.click(ANNA, { phone });
    said.push(status === 202 ? "dialled" : String(body["error"]));
  }
  return said;
};

test("numbers abroad are refused by the account's country, when nothing else is said", async () => {
  office = await openDiallingOffice({ country: "PT" });

  const said = await refusals(["+7 916 123-45-67", "+44 20 7946 0000", "79161234567"]);

  expect(said).toEqual(["phone_forbidden", "phone_forbidden", "phone_forbidden"]);
  expect(await refusals(["+351 912 000 111"])).toEqual(["dialled"]);
});

test("the account's country is known after a restart without Kommo", async () => {
  office = await openDiallingOffice({ country: "PT" });
  await until(async () => (await refusals(["+7 916 123-45-67"]))[0] === "phone_forbidden");

  office.kommo.switches.isBlocked = true;
  await office.restart();

  expect(await refusals(["+7 916 123-45-67"])).toEqual(["phone_forbidden"]);
});

test("country_code goes before the account's country", async () => {
  office = await openDiallingOffice({ country: "PT", originate: { country_code: "7" } });

  expect(await refusals(["+351 912 000 111", CLIENT])).toEqual(["phone_forbidden", "dialled"]);
});

test("where nobody tells the country, what is allowed decides", async () => {
  office = await openDiallingOffice({
    country: null,
    originate: { allow: ["_7XXXXXXXXXX"] },
  });

  expect(await refusals(["+351 912 000 111", CLIENT])).toEqual(["phone_forbidden", "dialled"]);
});

test("two clicks at once of one employee ring the telephone once, however long a script thinks", async () => {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-slow-script-"));
  await writeFile(
    join(folder, "process_originate_params.mjs"),
    `import { existsSync } from "node:fs";
    export default async ({ extension }) => {
      while (!existsSync(${JSON.stringify(join(folder, "go"))}))
        await new Promise((resolve) => setTimeout(resolve, 20));
      return { state: "success", data: { extension: "9" + extension } };
    };\n`,
  );
  office = await openDiallingOffice({
    config: { customizations: { path: folder, timeout_ms: 60_000 } },
  });

  const clicks = [1, 2].map(() => office.click(ANNA, { phone: CLIENT }));
  const refused = await Promise.race(clicks);
  const another = await office.click(ANNA, { phone: "79160000001" });
  const colleague = office.click(BEN, { phone: CLIENT });
  await writeFile(join(folder, "go"), "");
  const answers = await Promise.all([...clicks, colleague]);

  expect(refused.body["error"]).toBe("already_dialling");
  expect(another.body["error"]).toBe("telephone_busy");
  expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 202, 409]);
  expect(originatesOf(office)).toBe(2);
  expect(await dialRows(office)).toHaveLength(4);
  await rm(folder, { recursive: true, force: true });
});
