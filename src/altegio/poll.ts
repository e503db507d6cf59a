/**
 * Hears of appointments by asking: what has changed since the last time, deleted ones too, and once, at the
 * first start, those that are still to come. Each page and how far it was read are kept together, so a
 * restart goes on where it was. Webhooks get lost, and nobody repeats them: this finds what they missed.
 * @source altegio, sections 1.2, 1.6 and 3.1 (Q15)
 */
import type { Clock } from "../lib/clock.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { Row, Statement, Store } from "../store/store.ts";
import type { AltegioClient } from "./api/client.ts";
import type { AltegioFailure } from "./api/failure.ts";
import { listAppointments, PAGE_SIZE, type RecordPage } from "./api/records.ts";
import type { Appointment } from "./appointment.ts";
import {
  contentsOf,
  keepValue,
  parseRecordRow,
  readKept,
  recordName,
  recordsByKeys,
  wantRecord,
  type RecordRow,
} from "./rows.ts";

export type PollDeps = {
  readonly locations: readonly string[];
  /** "2026-11-30", "today" or "never". */
  readonly fillFrom: string;
  readonly altegio: AltegioClient;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly clock: Pick<Clock, "now">;
  readonly log: { info(fields: object, message: string): void };
  /** Something may be due now. */
  readonly onHeard: () => void;
};

export type FillProgress = {
  readonly isDone: boolean;
  readonly page: number;
  readonly read: number;
  readonly total: number;
  /** "2026-11-30": the first day. */
  readonly from: string;
};

export type Poll = {
  /** One look at each location. @returns the first failure; what one location refuses ends nothing */
  round(signal: AbortSignal): Promise<Result<undefined, AltegioFailure>>;
  /** By location, once the first fill has begun. */
  progress(): ReadonlyMap<string, FillProgress>;
};

/** Lists may show a change late, and clocks differ. */
const OVERLAP_MS = 120_000;
/** What one location refuses holds up no other. */
const OF_ONE_LOCATION: readonly AltegioFailure["kind"][] = ["no-right", "not-found", "rejected"];
/** A list that never ends is none of Altegio's. */
const MOST_PAGES = 2_000;

export function createPoll(deps: PollDeps): Poll {
  const { altegio, store, keep, clock, log } = deps;
  const fills = new Map<string, FillProgress>();

  /** Since when new appointments are ours to place: the first start. */
  async function enabledSince(): Promise<number> {
    const kept = await readKept(store, "enabled-since");
    if (typeof kept === "number") return kept;
    const now = clock.now();
    await keep([keepValue("enabled-since", now)]);
    return now;
  }

  async function round(signal: AbortSignal): Promise<Result<undefined, AltegioFailure>> {
    const since = await enabledSince();
    let first: Result<undefined, AltegioFailure> = succeeded(undefined);
    for (const locationId of deps.locations) {
      if (signal.aborted) break;
      const filled = await fill(locationId, signal);
      const polled = filled.ok ? await readChanges(locationId, { since, signal }) : filled;
      if (polled.ok) continue;
      if (!OF_ONE_LOCATION.includes(polled.failure.kind)) return polled;
      if (first.ok) first = polled;
    }
    return first;
  }

  async function fill(
    locationId: string,
    signal: AbortSignal,
  ): Promise<Result<undefined, AltegioFailure>> {
    const name = `fill/${locationId}` as const;
    let state =
      fills.get(locationId) ??
      ((await readKept(store, name)) as FillProgress | undefined) ??
      beginning(deps.fillFrom, clock.now());
    fills.set(locationId, state);
    while (!state.isDone && !signal.aborted) {
      const { page, from } = state;
      const found = await listAppointments(
        altegio,
        { locationId, page, filter: [["start_date", from]] },
        { urgency: "background", signal },
      );
      if (!found.ok) return found;
      state = afterPage(state, found.value);
      const wanted = await wishesFor(found.value.appointments, () => "create", false);
      await keep([...wanted, keepValue(name, state)]);
      fills.set(locationId, state);
      const { read, total } = state;
      log.info({ location: locationId, read, total }, "appointments are filled up");
      deps.onHeard();
    }
    return succeeded(undefined);
  }

  async function readChanges(
    locationId: string,
    { since, signal }: { readonly since: number; readonly signal: AbortSignal },
  ): Promise<Result<undefined, AltegioFailure>> {
    const name = `cursor/${locationId}` as const;
    const kept = await readKept(store, name);
    const cursor = typeof kept === "number" ? kept : since;
    const after = new Date(cursor - OVERLAP_MS).toISOString().replace(/\.\d+Z$/, "+00:00");
    const found = await readWhole(locationId, after, signal);
    if (!found.ok) return found;
    const wishOf = ({ createdAt }: Appointment): "create" | "update" =>
      createdAt !== undefined && createdAt >= since - OVERLAP_MS ? "create" : "update";
    const wanted = await wishesFor(found.value, wishOf, true);
    // Altegio's own clock: ours may be wrong.
    const newest = Math.max(cursor, ...found.value.map(({ changedAt }) => changedAt ?? 0));
    if (wanted.length > 0 || newest !== cursor) await keep([...wanted, keepValue(name, newest)]);
    if (wanted.length > 0) deps.onHeard();
    return succeeded(undefined);
  }

  /** All of a list that may change while it is read: until as many are there as it says. */
  async function readWhole(
    locationId: string,
    after: string,
    signal: AbortSignal,
  ): Promise<Result<readonly Appointment[], AltegioFailure>> {
    const byId = new Map<string, Appointment>();
    const read = async (page: number): Promise<Result<RecordPage, AltegioFailure>> => {
      const found = await listAppointments(
        altegio,
        { locationId, page, filter: [["changed_after", after]] },
        { urgency: "background", signal },
      );
      if (found.ok) for (const one of found.value.appointments) byId.set(one.recordId, one);
      return found;
    };
    for (let page = 1; page <= MOST_PAGES; page++) {
      const found = await read(page);
      if (!found.ok) return found;
      if (found.value.rows < PAGE_SIZE) {
        // Pages may begin with 0: then the first one has not been read yet.
        if (byId.size < found.value.total) {
          const first = await read(0);
          if (!first.ok) return first;
        }
        break;
      }
    }
    return succeeded([...byId.values()]);
  }

  /** Nothing for those of which all is known already. */
  async function wishesFor(
    appointments: readonly Appointment[],
    wishOf: (appointment: Appointment) => "create" | "update",
    isUrgent: boolean,
  ): Promise<readonly Statement[]> {
    if (appointments.length === 0) return [];
    const rows = (await store.read(recordsByKeys(appointments))).map(parseRecordRow);
    const known = new Map(rows.map((row) => [recordName(row), row]));
    const now = clock.now();
    return appointments
      .filter((one) => !isKnown(one, known.get(recordName(one)), wishOf(one)))
      .map((one) => wantRecord(one, { wish: wishOf(one), reading: one, isUrgent, dueAt: now }));
  }

  return { round, progress: () => fills };
}

function isKnown(
  appointment: Appointment,
  row: RecordRow | undefined,
  wish: "create" | "update",
): boolean {
  if (row === undefined) return false;
  if (row.isHeld) return true;
  const contents = contentsOf(appointment);
  const { reading } = row;
  if (row.dueAt !== undefined && reading !== undefined && contentsOf(reading) === contents)
    return true;
  if (row.pending?.contents === contents) return true;
  if (row.contents !== undefined) {
    const isOlder = (appointment.changedAt ?? 0) < (row.changedAt ?? 0);
    return row.contents === contents || isOlder;
  }
  const event = appointment.isDeleted ? "delete" : wish;
  return row.skipped === `${event} ${contents}`;
}

function beginning(fillFrom: string, now: number): FillProgress {
  const isDone = fillFrom === "never";
  const from = fillFrom === "today" ? new Date(now).toISOString().slice(0, 10) : fillFrom;
  return { isDone, page: 1, read: 0, total: 0, from: isDone ? "" : from };
}

/** Pages may begin with 0: that one comes last, and is the second again where they begin with 1. */
function afterPage(state: FillProgress, { rows, total }: RecordPage): FillProgress {
  const read = state.read + rows;
  if (state.page === 0) return { ...state, read, total, isDone: true };
  const isEnd = rows < PAGE_SIZE;
  if (isEnd && read < total) return { ...state, read, total, page: 0 };
  return { ...state, read, total, page: state.page + 1, isDone: isEnd };
}
