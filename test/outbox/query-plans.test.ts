// How SQLite finds what the loop asks for; the archive may be large.
import { expect, test } from "@jest/globals";
import * as query from "../../src/outbox/queries.ts";
import { sql } from "../../src/store/store.ts";
import { scriptedOutbox } from "./scripted-outbox.ts";

test("what the loop asks is answered from the indexes of open steps, whatever the archive holds", async () => {
  await using scene = await scriptedOutbox();
  const asked = { kind: "book", now: 1, isShared: true, limit: 50 };
  const asks = [
    query.sendable(asked),
    query.sendable({ ...asked, isShared: false }),
    query.countSendable(asked),
    query.toBeLookedUp(asked),
    query.nextDue(1),
    query.kindsIn("ready"),
    query.anyOpen(),
    query.stateCounts(),
  ];

  const plans = await Promise.all(
    asks.map(({ sql: text, values }) =>
      scene.store.read(sql(`EXPLAIN QUERY PLAN ${text}`, ...values)),
    ),
  );

  const scans = plans
    .flat()
    .map(({ detail }) => String(detail))
    .filter((detail) => /SCAN (step|earlier|memory)\b/.test(detail))
    .filter((detail) => !/USING (COVERING )?INDEX step_(queue|key|due|set_aside)/.test(detail));
  expect(scans).toEqual([]);
});
