// Kommo says that the access was revoked: signed, over the public listener, and then checked.
import { expect, test } from "@jest/globals";
import { accessRevokedRoute } from "../../src/http/access-revoked.ts";
import { startHttp } from "../../src/http/start-http.ts";
import { verifyRevokedHook } from "../../src/kommo/oauth/revoked-hook.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createAccount } from "../../src/simulator/kommo/state/new-account.ts";
import { revokedHookQuery } from "../../src/simulator/kommo/state/tokens.ts";
import { INTEGRATION, OAUTH } from "../kommo/oauth-simulated-integration.ts";

async function asking(ask: (url: string) => Promise<void>): Promise<{ heard: number }> {
  const told = { heard: 0 };
  const hearRevoked = (query: URLSearchParams): boolean => {
    const isKommos = verifyRevokedHook(query, OAUTH) !== undefined;
    if (isKommos) told.heard += 1;
    return isKommos;
  };
  const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore } as never;
  const routes = [accessRevokedRoute({ hearRevoked })];
  const http = await startHttp({
    listeners: [{ name: "public_http", host: "127.0.0.1", port: 0, routes }],
    clock: systemClock,
    log: silent,
  });
  await ask(`${http.address("public_http") ?? ""}/webhooks/kommo/access-revoked`);
  await http.stop();
  return told;
}

const ignore = (): void => undefined;
const genuine = (): URLSearchParams => revokedHookQuery(createAccount(), INTEGRATION);

test("a hook with Kommo's signature is heard", async () => {
  let status = 0;

  const { heard } = await asking(async (url) => {
    status = (await fetch(`${url}?${genuine().toString()}`)).status;
  });

  expect([status, heard]).toEqual([204, 1]);
});

test("a hook without it, with another one, or with garbage finds nothing and is not heard", async () => {
  const forged = genuine();
  forged.set("account_id", "31990002");
  const statuses: number[] = [];

  const { heard } = await asking(async (url) => {
    for (const query of ["", `?${forged.toString()}`, "?signature=%00%ff&client_uuid=%E0%A4%A"])
      statuses.push((await fetch(url + query)).status);
    statuses.push((await fetch(`${url}?${genuine().toString()}`, { method: "DELETE" })).status);
  });

  expect(statuses).toEqual([404, 404, 404, 404]);
  expect(heard).toBe(0);
});
