/** /v1/widget/altegio/…: what the panel on a lead card reads and does. See altegio-contract.ts. */
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Result } from "../lib/failure.ts";
import type {
  BookRequest,
  CancelRequest,
  CheckoutRequest,
  LinkRequest,
  MoveRequest,
  PanelRefusalCode,
} from "./altegio-contract.ts";
import { answerRefused, apiKeyOf, ticketHolder, usedToken, type CallerDeps } from "./callers.ts";
import type { RefusalCode } from "./widget-contract.ts";

export type PanelFailure = {
  readonly status: 404 | 409 | 502 | 503;
  readonly error: PanelRefusalCode | "not_found";
  readonly reason: string;
};
export type PanelAnswer = Promise<Result<object, PanelFailure>>;

export type AltegioDesk = {
  appointmentsOf(lead: number): PanelAnswer;
  find(asked: { phone: string; lead: number | undefined }): PanelAnswer;
  bill(key: CancelRequest): PanelAnswer;
  place(locationId: string | undefined): PanelAnswer;
  times(asked: {
    locationId: string;
    staffId: string;
    day: string;
    serviceIds: readonly string[];
  }): PanelAnswer;
  checkoutOf(key: string): PanelAnswer;
  link(request: LinkRequest): PanelAnswer;
  checkout(request: CheckoutRequest, key: string): PanelAnswer;
  book(request: BookRequest): PanelAnswer;
  move(request: MoveRequest): PanelAnswer;
  cancel(request: CancelRequest): PanelAnswer;
};

const ROOT = "/v1/widget/altegio";
const KEY = /^[\w-]{16,64}$/;
const ID = /^[1-9]\d{0,17}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const DATETIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:?\d\d)$/;
const LONGEST_PHONE = 64;
const LONGEST_COMMENT = 1_000;
const MOST_SERVICES = 20;

export function altegioPanelRoutes(
  callers: CallerDeps,
  desk: AltegioDesk,
): readonly RouteOptions[] {
  const get = (url: string, read: (request: FastifyRequest) => PanelAnswer | undefined) =>
    ({
      method: "GET",
      url: ROOT + url,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        const entered = ticketHolder(request, callers);
        if (!entered.ok && apiKeyOf(request, callers) === undefined)
          return answerRefused(reply, entered.failure);
        return answer(reply, await (read(request) ?? invalid()), 200);
      },
    }) as const;
  const post = (url: string, act: (request: FastifyRequest) => PanelAnswer | undefined, ok = 200) =>
    ({
      method: "POST",
      url: ROOT + url,
      handler: async (request: FastifyRequest, reply: FastifyReply) => {
        // A key of a program, or a click of a person.
        const isProgram = apiKeyOf(request, callers) !== undefined;
        const entered = isProgram ? undefined : usedToken(request, callers);
        if (entered?.ok === false) return answerRefused(reply, entered.failure);
        return answer(reply, await (act(request) ?? invalid()), ok);
      },
    }) as const;
  return [
    get("/leads/:lead", ({ params }) => {
      const lead = idOf(fieldsOf(params)["lead"]);
      return lead === undefined ? undefined : desk.appointmentsOf(Number(lead));
    }),
    get("/find", ({ query }) => {
      const { phone, lead } = fieldsOf(query);
      const leadId = idOf(lead);
      if (typeof phone !== "string" || !/\d/.test(phone) || phone.length > LONGEST_PHONE)
        return undefined;
      return desk.find({ phone, lead: leadId === undefined ? undefined : Number(leadId) });
    }),
    get("/bill", ({ query }) => {
      const { location, record } = fieldsOf(query);
      const [location_id, record_id] = [idOf(location), idOf(record)];
      if (location_id === undefined || record_id === undefined) return undefined;
      return desk.bill({ location_id, record_id });
    }),
    get("/place", ({ query }) => desk.place(idOf(fieldsOf(query)["location"]))),
    get("/times", ({ query }) => {
      const { location, staff, day, services = "" } = fieldsOf(query);
      const [locationId, staffId] = [idOf(location), idOf(staff)];
      const serviceIds = idsOf(typeof services === "string" ? services.split(",") : []);
      if (locationId === undefined || staffId === undefined || serviceIds === undefined)
        return undefined;
      if (typeof day !== "string" || !DAY.test(day)) return undefined;
      return desk.times({ locationId, staffId, day, serviceIds });
    }),
    get("/checkouts/:key", ({ params }) => {
      const { key } = fieldsOf(params);
      return typeof key === "string" && KEY.test(key) ? desk.checkoutOf(key) : undefined;
    }),
    post("/link", ({ body }) => {
      const { lead, record_id, location_id, replace } = fieldsOf(body);
      const [leadId, recordId, place] = [idOf(lead), idOf(record_id), idOf(location_id)];
      if (leadId === undefined || recordId === undefined) return undefined;
      return desk.link({
        lead: Number(leadId),
        record_id: recordId,
        ...(place === undefined ? {} : { location_id: place }),
        replace: replace === true,
      });
    }),
    post(
      "/checkout",
      ({ body, headers }) => {
        const key = headers["idempotency-key"];
        const asked = checkoutOf(fieldsOf(body));
        if (asked === undefined || typeof key !== "string" || !KEY.test(key)) return undefined;
        return desk.checkout(asked, key);
      },
      202,
    ),
    post("/book", ({ body }) => {
      const fields = fieldsOf(body);
      const [lead, location_id, staff_id] = ["lead", "location_id", "staff_id"].map((name) =>
        idOf(fields[name]),
      );
      const { datetime, length_seconds: length, comment = "" } = fields;
      const services = Array.isArray(fields["service_ids"])
        ? idsOf(fields["service_ids"] as unknown[])
        : undefined;
      if (lead === undefined || location_id === undefined || staff_id === undefined)
        return undefined;
      if (services === undefined || services.length === 0) return undefined;
      if (typeof datetime !== "string" || !DATETIME.test(datetime)) return undefined;
      if (typeof length !== "number" || !(length >= 300 && length <= 86_400)) return undefined;
      if (typeof comment !== "string" || comment.length > LONGEST_COMMENT) return undefined;
      return desk.book({
        ...{ lead: Number(lead), location_id, staff_id, service_ids: services, datetime, comment },
        length_seconds: Math.round(length),
      });
    }),
    post("/move", ({ body }) => {
      const { location_id, record_id, datetime, staff_id } = fieldsOf(body);
      const [place, record, staff] = [idOf(location_id), idOf(record_id), idOf(staff_id)];
      if (place === undefined || record === undefined) return undefined;
      if (typeof datetime !== "string" || !DATETIME.test(datetime)) return undefined;
      return desk.move({
        ...{ location_id: place, record_id: record, datetime },
        ...(staff === undefined ? {} : { staff_id: staff }),
      });
    }),
    post("/cancel", ({ body }) => {
      const { location_id, record_id } = fieldsOf(body);
      const [place, record] = [idOf(location_id), idOf(record_id)];
      if (place === undefined || record === undefined) return undefined;
      return desk.cancel({ location_id: place, record_id: record });
    }),
  ];
}

const invalid = (): undefined => undefined;

function answer(
  reply: FastifyReply,
  result: Result<object, PanelFailure> | undefined,
  ok: number,
): FastifyReply {
  if (result === undefined)
    return answerRefused(reply, {
      status: 400,
      refusal: { error: "request_invalid", reason: "the request is not as documented" },
    });
  if (result.ok) return reply.code(ok).header("cache-control", "no-store").send(result.value);
  const { status, error, reason } = result.failure;
  // The codes of this panel stand beside those of the widget.
  return answerRefused(reply, { status, refusal: { error: error as RefusalCode, reason } });
}

function checkoutOf(fields: Fields): CheckoutRequest | undefined {
  const { method, amount, open } = fields;
  const [lead, location_id, record_id, account_id] = [
    "lead",
    "location_id",
    "record_id",
    "account_id",
  ].map((name) => idOf(fields[name]));
  if (lead === undefined || location_id === undefined || record_id === undefined) return undefined;
  if (method !== "cash" && method !== "cashless") return undefined;
  const isSum = amount === undefined || (typeof amount === "number" && amount > 0);
  if (!isSum || !(open === undefined || typeof open === "number")) return undefined;
  return {
    ...{ lead: Number(lead), location_id, record_id, method },
    ...(account_id === undefined ? {} : { account_id }),
    ...(amount === undefined ? {} : { amount }),
    ...(open === undefined ? {} : { open }),
  };
}

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};

function idOf(value: unknown): string | undefined {
  const text = typeof value === "number" ? String(value) : value;
  return typeof text === "string" && ID.test(text) ? text : undefined;
}

/** Undefined: one of them is none. */
function idsOf(values: readonly unknown[]): readonly string[] | undefined {
  const ids = values.filter((value) => value !== "").map(idOf);
  if (ids.length > MOST_SERVICES || ids.includes(undefined)) return undefined;
  return ids.filter((id) => id !== undefined);
}
