// Whoever is told can take no more: the session takes its leave, and comes back when it is told to.
import { afterEach, expect, test } from "@jest/globals";
import { until } from "./fake-clock.ts";
import { startSession, stopAll } from "./session-harness.ts";

afterEach(stopAll);

const loginsOf = (actions: readonly { readonly [name: string]: string | undefined }[]): number =>
  actions.filter(({ Action }) => Action === "Login").length;

test("F07: a paused session says goodbye, stays away, and logs in again when it may", async () => {
  const { exchange, session, told, connected, waiting, clock } = await startSession();
  await connected();

  session.pause();
  const wait = await waiting();
  await clock.advance(50_000);
  await new Promise(setImmediate);
  const whilePaused = loginsOf(exchange.actions);
  session.resume();
  await until(() => told.filter((entry) => entry.startsWith("snapshot")).length === 2);

  expect(wait.failure.kind).toBe("paused");
  expect(exchange.actions.map(({ Action }) => Action)).toContain("Logoff");
  expect(whilePaused).toBe(1);
  expect(loginsOf(exchange.actions)).toBe(2);
});

test("a paused session can be stopped", async () => {
  const { session, connected, waiting } = await startSession();
  await connected();
  session.pause();
  await waiting();

  await session.stop();

  expect(session.state().kind).toBe("stopped");
});
