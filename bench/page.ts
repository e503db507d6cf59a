/**
 * The admin page of a daemon with a thousand live calls and an archive: how soon a click is answered in
 * Chromium, how late the daemon's loop is meanwhile, and how long statistics of three months take.
 */
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { storeMigrations } from "../src/cli/daemon/store-migrations.ts";
import { hashPassword } from "../src/http/admin/password.ts";
import { setPassword } from "../src/http/admin/schema.ts";
import { openSqliteStore } from "../src/store/sqlite-store.ts";
import { openAdmin } from "../test/browser/admin-page.ts";
import { openChromium } from "../test/browser/chromium.ts";
import { freePort } from "../test/http/free-port.ts";
import { begunCall, callWithOwnIds, wholeCall } from "./ami-source.ts";
import { runDaemon } from "./daemon-run.ts";
import { medianOf } from "./median.ts";
import type { Figure } from "./run.ts";

type PageBench = {
  readonly liveCalls: number;
  readonly archivedCalls: number;
  readonly clickMs: { readonly half: number; readonly most: number };
  /** Of the daemon's loop while the page was open and calls went on. */
  readonly lateMs: { readonly half: number; readonly p99: number };
  readonly statisticsMs: number;
  /** Of the daemon's loop while statistics were asked for. */
  readonly lateByStatisticsMs: number;
};

const LIVE = 1_000;
const ARCHIVED = 100_000;
const DAYS = 92;
const CLICKS = 20;
const PASSWORD = "of the administrator";
const ASKED = 5;

export async function pageFigures(): Promise<readonly Figure[]> {
  const { liveCalls, archivedCalls, clickMs, lateMs, statisticsMs, lateByStatisticsMs } =
    await benchPage();
  const beside = `${liveCalls} live calls, ten a second pass`;
  return [
    {
      ...{ name: "page, click to drawn, half", value: clickMs.half, unit: "ms" },
      ...{ baseline: beside, aim: "≤ 100" },
    },
    {
      ...{ name: "page, click to drawn, worst", value: clickMs.most, unit: "ms" },
      ...{ baseline: beside, aim: "≤ 100" },
    },
    {
      ...{ name: "page, loop late, 99 %", value: lateMs.p99, unit: "ms" },
      ...{ baseline: `half: ${lateMs.half.toFixed(2)} ms`, aim: "≤ 5" },
    },
    {
      ...{ name: "statistics of 92 days", value: statisticsMs, unit: "ms" },
      ...{ baseline: `${archivedCalls} calls`, aim: "≤ 300" },
    },
    {
      ...{ name: "loop late meanwhile, 99 %", value: lateByStatisticsMs, unit: "ms" },
      ...{ baseline: "", aim: "≤ 5" },
    },
  ];
}

async function benchPage(): Promise<PageBench> {
  const httpPort = await freePort();
  const daemon = await runDaemon({ httpPort, prepareStore });
  const chromium = await openChromium();
  const { exchange } = daemon;
  let next = 0;
  while (next < LIVE) await exchange.say(callWithOwnIds(begunCall, ++next));
  const address = `http://127.0.0.1:${httpPort}`;
  const admin = await openAdmin(chromium, { address, password: PASSWORD });
  await admin.go("now", ".liveRow");
  await wait(2_000);
  await daemon.watched();

  const ended = new AbortController();
  const passing = passBy();
  const clicks = await admin.page.evaluate<number[]>(CLICK_AND_WATCH);
  ended.abort();
  await passing;
  const { p50Ms, p99Ms } = await daemon.watched();

  const from = new Date(Date.now() - (DAYS - 1) * 86_400_000).toISOString().slice(0, 10);
  const times: number[] = [];
  for (let asked = 0; asked < ASKED; asked++) {
    const begun = performance.now();
    const answer = await admin.page.request.get(`${address}/admin/api/statistics?from=${from}`);
    times.push(performance.now() - begun);
    const { now } = (await answer.json()) as { readonly now: { readonly calls: number } };
    if (now.calls < ARCHIVED * 0.9) throw new Error(`statistics counted ${now.calls} calls`);
  }
  const { p99Ms: lateByStatisticsMs } = await daemon.watched();

  await chromium.close();
  await daemon.stop();
  return {
    ...{ liveCalls: LIVE, archivedCalls: ARCHIVED, lateByStatisticsMs },
    clickMs: { half: medianOf(clicks), most: Math.max(...clicks) },
    lateMs: { half: p50Ms, p99: p99Ms },
    statisticsMs: medianOf(times),
  };

  /** Ten calls a second come and go beside those that stay. */
  async function passBy(): Promise<void> {
    while (!ended.signal.aborted) {
      await exchange.say(callWithOwnIds(wholeCall, ++next));
      await wait(100);
    }
  }
}

/** From the click to the frame in which the other page is drawn; there and back again. */
const CLICK_AND_WATCH = `(async () => {
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const times = [];
  for (let click = 0; click < ${CLICKS}; click++) {
    const [place, ready] = click % 2 === 0 ? ["rules", ".rules"] : ["now", ".liveRow"];
    const begun = performance.now();
    document.querySelector('nav a[href="/admin/' + place + '"]').click();
    while (document.querySelector(ready) === null) await frame();
    times.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  return times;
})()`;

/** A password, and calls of the last three months as a daemon accepts them: through its triggers. */
async function prepareStore(path: string): Promise<void> {
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  await opened.value.write(setPassword(await hashPassword(PASSWORD), Date.now()));
  await opened.value.close();
  const db = new DatabaseSync(path);
  const first = Date.now() - DAYS * 86_400_000;
  const every = (DAYS * 86_400_000) / ARCHIVED;
  db.exec("BEGIN");
  db.prepare(
    `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ARCHIVED}),
     told AS (SELECT i, ? + i * ? AS at, i % 3 = 0 AS is_missed, 100 + i % 40 AS extension FROM n)
     INSERT INTO call (id, started_at, ended_at, direction, result, client_key, facts, decisions, accepted_at)
     SELECT 'old-' || i, at, at + 6e4, CASE WHEN i % 5 < 3 THEN 'inbound' ELSE 'outbound' END,
       CASE WHEN NOT is_missed THEN 'answered' WHEN i % 5 < 3 THEN 'missed' ELSE 'no_answer' END,
       printf('9%09d', i * 7919 % 30011),
       json_object('linkedId', 'old-' || i, 'padding', printf('%.1500c', 'x'), 'conversations',
         json_array(json_object('extension', '' || extension, 'withClient', json('true'),
           'result', CASE WHEN is_missed THEN 'no_answer' ELSE 'answered' END,
           'acceptedAt', CASE WHEN is_missed THEN NULL ELSE at + 8000 END, 'talkSeconds', 40))),
       '[]', at + 61e3 FROM told`,
  ).run(first, every);
  db.exec("COMMIT");
  db.close();
}
