/** Locations, staff, services, clients, free times, settings of webhooks. @source altegio, sections 1.5 and 1.6 */
import type { Answer } from "../../kommo/wire/answer.ts";
import {
  filledText,
  integer,
  isObject,
  listOf,
  object,
  oneOf,
  text,
  type Rule,
} from "../../kommo/wire/rule.ts";
import {
  checked,
  mayWrite,
  NOT_FOUND,
  refused,
  route,
  told,
  withLocation,
  type AltegioExchange,
  type AltegioRoute,
} from "../exchange.ts";
import { HOOK_RESOURCES, type SimClient, type SimLocation } from "../state.ts";
import { isoTime, shownClient } from "../wire-shapes.ts";
import { isBusy } from "./records.ts";

const shownLocation = ({ id, title, offsetMinutes }: SimLocation): object => ({
  id,
  title,
  timezone: offsetMinutes / 60,
  currency_short_title: "$",
  active: 1,
});

const staff = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) =>
    told([...location.staff.values()].map((one) => ({ ...one, fired: 0, hidden: 0 }))),
  );

const services = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) =>
    told(
      [...location.services.values()].map((one) => ({
        id: one.id,
        title: one.title,
        category_id: one.categoryId,
        price_min: one.price,
        price_max: one.price,
        active: 1,
        duration: one.lengthS,
      })),
    ),
  );

const categories = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) => told(location.categories));

const anyObject: Rule<Record<string, unknown>> = {
  check(value, place) {
    if (!isObject(value))
      place.found.push({ code: "type", path: place.path, detail: "An object." });
  },
};
const clientSearch = object(
  { fields: listOf(filledText) },
  {
    page: integer,
    page_size: integer,
    order_by: text,
    order_by_direction: text,
    operation: oneOf("AND", "OR"),
    filters: listOf(anyObject),
  },
);
const MOST_CLIENTS = 200;

const search = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) =>
    checked(exchange, clientSearch, ({ fields, page = 1, page_size: size = 25, filters = [] }) => {
      if (size > MOST_CLIENTS)
        return refused(422, "The data is not valid.", { page_size: ["Too many."] });
      const wanted = filters
        .filter(({ type }) => type === "quick_search")
        .map(({ state }) => (isObject(state) ? String(state["value"]) : ""));
      const digits = (value: string): string => value.replace(/\D/g, "");
      const fits = (client: SimClient): boolean =>
        wanted.every(
          (value) =>
            client.name.toLowerCase().includes(value.toLowerCase()) ||
            (digits(value) !== "" && digits(client.phone).includes(digits(value))),
        );
      const found = [...location.clients.values()].filter(fits);
      const shown = found.slice((page - 1) * size, page * size).map((client) => {
        const all = shownClient(client, style) as Record<string, unknown>;
        return Object.fromEntries([...new Set(["id", ...fields])].map((name) => [name, all[name]]));
      });
      return told(shown, { total_count: found.length });
    }),
  );

function withClient(
  exchange: AltegioExchange,
  act: (client: SimClient, location: SimLocation) => Answer,
): Answer {
  return withLocation(exchange, (location) => {
    const client = location.clients.get(Number(exchange.params[1]));
    return client === undefined ? NOT_FOUND : act(client, location);
  });
}

const clientFields = object(
  {},
  { name: text, surname: text, patronymic: text, phone: text, email: text, comment: text },
);

const addClient = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) =>
    checked(exchange, clientFields, ({ name = "", surname = "", phone = "", email = "" }) => {
      if (name === "" || phone === "")
        return refused(422, "The data is not valid.", { phone: ["Required."] });
      const id = exchange.altegio.nextId++;
      const client = { id, name, surname, phone, email, categories: [], visits: 0 };
      location.clients.set(id, client);
      return told(shownClient(client, style), [], 201);
    }),
  );

const editClient = (exchange: AltegioExchange): Answer =>
  withClient(exchange, (client, location) =>
    checked(exchange, clientFields, (written) => {
      Object.assign(client, written);
      return told(shownClient(client, { location, switches: exchange.switches }));
    }),
  );

const OPENS_AT_MINUTE = 9 * 60;
const CLOSES_AT_MINUTE = 18 * 60;
const EVERY_MINUTES = 30;

/** Of the online booking: what is free at a member of the staff on a day. */
const freeTimes = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) => {
    const [, staffId = "", day = ""] = exchange.params;
    if (!location.staff.has(Number(staffId))) return NOT_FOUND;
    const ids = exchange.query.getAll("service_ids[]").map(Number);
    const chosen = ids.map((id) => location.services.get(id));
    if (chosen.includes(undefined)) return NOT_FOUND;
    const lengthS = chosen.reduce((sum, one) => sum + (one?.lengthS ?? 0), 0) || 1_800;
    const midnight = Date.parse(`${day}T00:00:00Z`) - location.offsetMinutes * 60_000;
    const times: object[] = [];
    for (let minute = OPENS_AT_MINUTE; minute < CLOSES_AT_MINUTE; minute += EVERY_MINUTES) {
      const startsAt = midnight + minute * 60_000;
      if (isBusy(location, { staffId: Number(staffId), startsAt, lengthS })) continue;
      const datetime = isoTime(startsAt, location);
      times.push({ time: datetime.slice(11, 16), seance_length: lengthS, datetime });
    }
    return told(times);
  });

const hookRule = object(
  { urls: listOf(filledText) },
  {
    active: oneOf(0, 1),
    self_sending: oneOf(0, 1),
    ...Object.fromEntries(HOOK_RESOURCES.map((name) => [name, oneOf(0, 1)])),
  },
);

/** Replaces the whole set: what is left out is off. */
const setHooks = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) =>
    checked(exchange, hookRule, (written) => {
      const off = Object.fromEntries(HOOK_RESOURCES.map((name) => [name, 0]));
      location.hooks = { active: 0, self_sending: 0, ...off, ...written };
      return told(location.hooks);
    }),
  );

export const peopleRoutes: readonly AltegioRoute[] = [
  route("GET", "/companies", ({ altegio }) =>
    told([...altegio.locations.values()].map(shownLocation)),
  ),
  route("GET", "/company/:location", (exchange) =>
    withLocation(exchange, (location) => told(shownLocation(location))),
  ),
  route("GET", "/staff/:location", staff),
  route("GET", "/services/:location", services),
  route("GET", "/company/:location/services", services),
  route("GET", "/service_categories/:location", categories),
  route("POST", "/company/:location/clients/search", search),
  route("GET", "/client/:location/:client", (exchange) =>
    withClient(exchange, (client, location) =>
      told(shownClient(client, { location, switches: exchange.switches })),
    ),
  ),
  route("PUT", "/client/:location/:client", mayWrite(editClient)),
  route("POST", "/clients/:location", mayWrite(addClient)),
  route("GET", "/book_times/:location/:staff/:date", freeTimes),
  route("GET", "/hooks_settings/:location", (exchange) =>
    withLocation(exchange, (location) => told(location.hooks)),
  ),
  route("POST", "/hooks_settings/:location", mayWrite(setHooks)),
];
