/** What is known of each appointment, as rows: read at this door, changed by these statements. */
import { createHash } from "node:crypto";
import { keptValues } from "../store/kept-values.ts";
import { sql, type Row, type Statement } from "../store/store.ts";
import type { Appointment } from "./appointment.ts";
import type { RecordKey } from "./api/records.ts";
import { keepClient } from "./client-rows.ts";
import { pairs } from "./row-pairs.ts";

/** What was written last of an appointment; later writes depend on it. */
export type Applied = {
  readonly staffId: string | undefined;
  readonly startsAt: number | undefined;
  readonly isDeleted: boolean;
  readonly paymentStatus: string | undefined;
  readonly paid: number;
};

export type Pending = {
  readonly contents: string;
  readonly changedAt: number | undefined;
  readonly leadId: number | undefined;
  readonly contactId: number | undefined;
  readonly clientId: string | undefined;
  readonly visitId: string | undefined;
  readonly phoneKeys: readonly string[];
  readonly attendance: number;
  readonly place: { readonly pipelineId: number; readonly statusId: number } | undefined;
  /** Undefined: nothing was written yet. */
  readonly applied: Applied | undefined;
  /** What the contact was told of the client; undefined: nothing new. */
  readonly toldClient: string | undefined;
  /** The record ID was taken off the lead: they are not tied any more. */
  readonly isUntied: boolean;
};

export type RecordRow = RecordKey & {
  readonly dueAt: number | undefined;
  /** Counts the wishes: which of them was worked off. */
  readonly asked: number;
  readonly isUrgent: boolean;
  readonly wish: "create" | "update";
  readonly reading: Appointment | undefined;
  readonly isMoney: boolean;
  readonly tries: number;
  readonly trouble: string | undefined;
  readonly leadId: number | undefined;
  readonly contactId: number | undefined;
  readonly changedAt: number | undefined;
  /** Undefined: nothing was ever written of it. */
  readonly contents: string | undefined;
  readonly clientId: string | undefined;
  readonly visitId: string | undefined;
  readonly attendance: number | undefined;
  readonly place: { readonly pipelineId: number; readonly statusId: number } | undefined;
  readonly applied: Applied | undefined;
  readonly skipped: string | undefined;
  readonly writing: string | undefined;
  readonly pending: Pending | undefined;
  readonly isHeld: boolean;
};

export const recordName = ({ locationId, recordId }: RecordKey): string =>
  `${locationId}/${recordId}`;

export function parseRecordRow(row: Row): RecordRow {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return value === null || value === undefined ? undefined : String(value);
  };
  const number = (name: string): number | undefined => {
    const value = row[name];
    return typeof value === "number" ? value : undefined;
  };
  const json = <T>(name: string): T | undefined => {
    const value = text(name);
    return value === undefined ? undefined : (JSON.parse(value) as T);
  };
  const [pipelineId, statusId] = [number("pipeline"), number("status")];
  return {
    locationId: text("location") ?? "",
    recordId: text("record") ?? "",
    dueAt: number("due_at"),
    asked: number("asked") ?? 0,
    isUrgent: row["urgent"] === 1,
    wish: row["wish"] === "create" ? "create" : "update",
    reading: json<Appointment>("reading"),
    isMoney: row["money"] === 1,
    tries: number("tries") ?? 0,
    trouble: text("trouble"),
    leadId: number("lead"),
    contactId: number("contact"),
    changedAt: number("changed_at"),
    contents: text("contents"),
    clientId: text("client"),
    visitId: text("visit"),
    attendance: number("attendance"),
    place:
      pipelineId === undefined || statusId === undefined ? undefined : { pipelineId, statusId },
    applied: json<Applied>("applied"),
    skipped: text("skipped"),
    writing: text("writing"),
    pending: json<Pending>("pending"),
    isHeld: row["held"] === 1,
  };
}

/** Equal for two readings that say the same. */
export const contentsOf = (appointment: Appointment): string =>
  createHash("sha1").update(JSON.stringify(appointment)).digest("base64url");

export type Wanted = {
  readonly wish: "create" | "update";
  readonly reading?: Appointment | undefined;
  readonly isMoney?: boolean;
  readonly isUrgent: boolean;
  readonly dueAt: number;
};

/** To be worked off. A "create" stays one, and an older reading never replaces the wish to read anew. */
export const wantRecord = (key: RecordKey, wanted: Wanted): Statement =>
  sql(
    `INSERT INTO altegio_record (location, record, due_at, urgent, wish, reading, money, asked)
     VALUES (?, ?, ?, ?, ?, ?, ?, 1)
     ON CONFLICT (location, record) DO UPDATE SET
       due_at = CASE WHEN altegio_record.due_at < excluded.due_at
                     THEN altegio_record.due_at ELSE excluded.due_at END,
       urgent = CASE WHEN altegio_record.urgent = 1 THEN 1 ELSE excluded.urgent END,
       wish = CASE WHEN altegio_record.due_at IS NOT NULL AND altegio_record.wish = 'create'
                   THEN 'create' ELSE excluded.wish END,
       reading = CASE WHEN altegio_record.due_at IS NOT NULL AND altegio_record.reading IS NULL
                      THEN NULL ELSE excluded.reading END,
       money = CASE WHEN altegio_record.money = 1 THEN 1 ELSE excluded.money END, asked = altegio_record.asked + 1,
       tries = 0, trouble = NULL`,
    key.locationId,
    key.recordId,
    Math.round(wanted.dueAt),
    wanted.isUrgent ? 1 : 0,
    wanted.wish,
    wanted.reading === undefined ? null : JSON.stringify(wanted.reading),
    wanted.isMoney === true ? 1 : 0,
  );

/** All of a client that are still to come or not long over. */
export const wantRecordsOf = (
  { locationId, clientId }: { locationId: string; clientId: string },
  now: number,
): Statement =>
  sql(
    `UPDATE altegio_record SET due_at = ?, urgent = 1, wish = 'update', reading = NULL,
       asked = asked + 1
     WHERE location = ? AND client = ? AND lead IS NOT NULL AND due_at IS NULL AND held = 0
     AND (location, record) IN (SELECT location, record FROM altegio_record
       WHERE location = ? AND client = ? ORDER BY coalesce(changed_at, 0) DESC LIMIT 20)`,
    Math.round(now),
    locationId,
    clientId,
    locationId,
    clientId,
  );

export const dueRecords = (now: number, limit: number): Statement =>
  sql(
    `SELECT * FROM altegio_record WHERE due_at IS NOT NULL AND due_at <= ? AND writing IS NULL
     ORDER BY urgent DESC, due_at LIMIT ?`,
    Math.round(now),
    limit,
  );

export const nextDue = (): Statement =>
  sql(
    "SELECT min(due_at) AS due_at FROM altegio_record WHERE due_at IS NOT NULL AND writing IS NULL",
  );

export const writingRecords = (): Statement =>
  sql("SELECT * FROM altegio_record WHERE writing IS NOT NULL");

export const recordsByKeys = (keys: readonly RecordKey[]): Statement =>
  sql(
    `SELECT * FROM altegio_record WHERE (location, record) IN (VALUES ${pairs(keys.length)})`,
    ...keys.flatMap(({ locationId, recordId }) => [locationId, recordId]),
  );

export const recordsOfLeads = (leadIds: readonly number[]): Statement =>
  sql(
    `SELECT * FROM altegio_record WHERE lead IN (${leadIds.map(() => "?").join() || "NULL"})`,
    ...leadIds,
  );

export const recordsById = (recordId: string): Statement =>
  sql("SELECT * FROM altegio_record WHERE record = ?", recordId);

/** Contacts that appointments with this number were written on: a search may not show them yet. */
export const contactsOfPhone = (phoneKey: string): Statement =>
  sql(
    `SELECT DISTINCT contact FROM altegio_record WHERE phone_key = ? AND contact IS NOT NULL LIMIT 10`,
    phoneKey,
  );

/** `asked` guards against a wish that came while it was worked off: that one stays. */
const DONE = `due_at = CASE WHEN asked = ? THEN NULL ELSE due_at END,
  urgent = CASE WHEN asked = ? THEN 0 ELSE urgent END,
  reading = CASE WHEN asked = ? THEN NULL ELSE reading END,
  money = CASE WHEN asked = ? THEN 0 ELSE money END, tries = 0, trouble = NULL`;

const fourTimes = ({ asked }: RecordRow): number[] => [asked, asked, asked, asked];

/** Nothing was to be done. `skipped`: for these contents, told so. */
export const endWithout = (row: RecordRow, skipped: string | undefined): Statement =>
  sql(
    `UPDATE altegio_record SET ${DONE}, skipped = coalesce(?, skipped)
     WHERE location = ? AND record = ?`,
    ...fourTimes(row),
    skipped ?? null,
    row.locationId,
    row.recordId,
  );

/** Steps are on their way. */
export const beginWriting = (row: RecordRow, origin: string, pending: Pending): Statement =>
  sql(
    `UPDATE altegio_record SET ${DONE}, writing = ?, pending = ?
     WHERE location = ? AND record = ?`,
    ...fourTimes(row),
    origin,
    JSON.stringify(pending),
    row.locationId,
    row.recordId,
  );

/** What was on its way holds now. */
export function keepApplied(
  key: RecordKey,
  {
    pending,
    leadId,
    contactId,
  }: {
    readonly pending: Pending;
    readonly leadId: number | undefined;
    readonly contactId: number | undefined;
  },
): readonly Statement[] {
  const { place, applied } = pending;
  const update = sql(
    `UPDATE altegio_record SET writing = NULL, pending = NULL, skipped = NULL,
     lead = ?, contact = ?, changed_at = ?, contents = ?, client = ?, visit = ?, phone_key = ?,
     attendance = ?, pipeline = coalesce(?, pipeline), status = coalesce(?, status), applied = ?
     WHERE location = ? AND record = ?`,
    pending.isUntied ? null : (leadId ?? null),
    contactId ?? null,
    pending.changedAt ?? null,
    pending.contents,
    pending.clientId ?? null,
    pending.visitId ?? null,
    pending.phoneKeys[0] ?? null,
    pending.attendance,
    place?.pipelineId ?? null,
    place?.statusId ?? null,
    applied === undefined ? null : JSON.stringify(applied),
    key.locationId,
    key.recordId,
  );
  const { clientId, toldClient } = pending;
  if (clientId === undefined || contactId === undefined || toldClient === undefined)
    return [update];
  const client = { locationId: key.locationId, clientId };
  return [update, keepClient(client, { contactId, told: toldClient })];
}

/** It did not go through: decided anew at `dueAt`, or, without it, when it is told again. */
export const keepTrouble = (
  key: RecordKey,
  {
    trouble,
    dueAt,
    forgetsLead,
  }: {
    readonly trouble: string;
    readonly dueAt: number | undefined;
    readonly forgetsLead: boolean;
  },
): Statement =>
  sql(
    `UPDATE altegio_record SET writing = NULL, pending = NULL, trouble = ?, tries = tries + 1,
     due_at = CASE WHEN due_at IS NULL THEN ? ELSE due_at END, wish = coalesce(wish, 'update'),
     lead = CASE WHEN ? = 1 THEN NULL ELSE lead END
     WHERE location = ? AND record = ?`,
    trouble,
    dueAt === undefined ? null : Math.round(dueAt),
    forgetsLead ? 1 : 0,
    key.locationId,
    key.recordId,
  );

/** Behind what can go on now; nothing is wrong with it. */
export const defer = (row: RecordRow, dueAt: number): Statement =>
  sql(
    "UPDATE altegio_record SET due_at = ? WHERE location = ? AND record = ? AND asked = ?",
    Math.round(dueAt),
    row.locationId,
    row.recordId,
    row.asked,
  );

export const postpone = (row: RecordRow, dueAt: number, trouble: string): Statement =>
  sql(
    `UPDATE altegio_record SET due_at = ?, tries = tries + 1, trouble = ?
     WHERE location = ? AND record = ? AND asked = ?`,
    Math.round(dueAt),
    trouble,
    row.locationId,
    row.recordId,
    row.asked,
  );

/** Somebody else moved the lead: from here on that is where it stands. */
export const keepPlace = (
  key: RecordKey,
  place: { readonly pipelineId: number; readonly statusId: number },
): Statement =>
  sql(
    "UPDATE altegio_record SET pipeline = ?, status = ? WHERE location = ? AND record = ?",
    place.pipelineId,
    place.statusId,
    key.locationId,
    key.recordId,
  );

/** A lead that a person named: the appointment is tied to it from now on. */
export const tieTo = (key: RecordKey, leadId: number): Statement =>
  sql(
    `INSERT INTO altegio_record (location, record, lead) VALUES (?, ?, ?)
     ON CONFLICT (location, record) DO UPDATE SET lead = excluded.lead, held = 0, contents = NULL,
       changed_at = NULL`,
    key.locationId,
    key.recordId,
    leadId,
  );

export const holdRecord = (key: RecordKey): Statement =>
  sql(
    `UPDATE altegio_record SET held = 1, lead = NULL, contents = NULL, changed_at = NULL,
     due_at = NULL, reading = NULL WHERE location = ? AND record = ?`,
    key.locationId,
    key.recordId,
  );

export const releaseRecord = (key: RecordKey): Statement =>
  sql(
    "UPDATE altegio_record SET held = 0, skipped = NULL WHERE location = ? AND record = ?",
    key.locationId,
    key.recordId,
  );

type KeptName =
  | "enabled-since"
  | "webhook-secret"
  /** How far each location was read. */
  | `cursor/${string}`
  | `fill/${string}`;

/** Small things that are kept over restarts. */
export const { readKept, keepValue } = keptValues<KeptName>("altegio_kept");
