import { expect, test } from "@jest/globals";
import { StoreFailure, type Store } from "../../src/store/store.ts";
import { book, done, make, nothingThere, scriptedOutbox } from "./scripted-outbox.ts";

/** A real store of which the n-th write fails, and as many after it as told. */
const failingAt =
  (nth: number, { code, times }: { code: string; times: number }) =>
  (store: Store): Store => {
    let writes = 0;
    return {
      ...store,
      write(statements) {
        writes++;
        const fails = writes >= nth && writes < nth + times;
        if (!fails) return store.write(statements);
        return Promise.reject(new StoreFailure("no", { code, hint: "" }));
      },
    };
  };

test.each([1, 2, 3, 4, 5, 6])(
  "a disk that is full at the outbox's write number %i delays a call and neither loses nor doubles it",
  async (nth) => {
    const troubles: string[] = [];
    await using scene = await scriptedOutbox(
      { send: (steps) => steps.map(({ kind }) => (kind === "book" ? nothingThere : done())) },
      {
        through: failingAt(nth, { code: "SQLITE_FULL", times: 5 }),
        onStoreTrouble: ({ code }) => troubles.push(code),
      },
    );
    await scene.queue("1", "5550000001", book("a"));

    const started = scene.start();
    for (let second = 0; second < 60; second++) {
      await scene.settled();
      scene.clock.advance(1_000);
    }
    await started;
    await scene.pass(10_000);

    expect(scene.sent).toEqual(["book a", "make a"]);
    expect(scene.told).toEqual(["nothing-there book a", "done make a"]);
    expect(troubles).toHaveLength(nth <= 5 ? 5 : 0);
  },
);

test.each([2, 3])(
  "a disk that breaks at write number %i stops the outbox, and nothing is marked done",
  async (nth) => {
    await using scene = await scriptedOutbox(
      {},
      { through: failingAt(nth, { code: "SQLITE_IOERR", times: Infinity }) },
    );
    await scene.queue("1", "5550000001", make("a"));
    await scene.start();

    for (let second = 0; second < 20; second++) {
      await scene.settled();
      scene.clock.advance(1_000);
    }

    expect(scene.told).toEqual(["crash no"]);
    expect(await scene.rows("state")).toEqual([{ state: nth === 2 ? "ready" : "sending" }]);
  },
);
