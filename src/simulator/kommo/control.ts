/**
 * `/_simulator/…`: drives a simulator that runs in another process. On loopback only, as the server
 * is; not part of Kommo, not in the journal, not limited.
 */
import { parseFault } from "./faults.ts";
import type { Fault } from "./faults.ts";
import type { KommoSimulator } from "./server.ts";
import { CARD_TYPES } from "./state/account.ts";
import type { SeedContact, SeedLead, SeedPerson } from "./state/seed.ts";
import { setSwitches } from "./switches.ts";
import { noContent, notFound, ok, problem } from "./wire/answer.ts";
import type { Answer } from "./wire/answer.ts";
import type { Body } from "./wire/read-body.ts";
import {
  filledText,
  integer,
  isObject,
  flag,
  listOf,
  object,
  oneOf,
  violationsOf,
} from "./wire/rule.ts";

export type ControlRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Body;
};

const person = { name: filledText, phones: listOf(filledText), responsibleUserId: integer };
const seedRule = object(
  {},
  {
    contacts: listOf(object({}, { ...person, companyId: integer })),
    companies: listOf(object({}, person)),
    leads: listOf(
      object(
        {},
        {
          name: filledText,
          contactId: integer,
          companyId: integer,
          pipelineId: integer,
          statusId: integer,
          responsibleUserId: integer,
          closed: oneOf("won", "lost"),
        },
      ),
    ),
  },
);
const userRule = object({ id: integer }, { isActive: flag, isAdmin: flag });
const cardRule = object({ type: oneOf(...CARD_TYPES), id: integer }, {});
const browserRule = object(
  {},
  {
    accept: filledText,
    decline: filledText,
    delete: cardRule,
    close: object({ leadId: integer, as: oneOf("won", "lost") }, {}),
    setPhones: object(
      { type: oneOf("contacts", "companies"), id: integer, phones: listOf(filledText) },
      {},
    ),
  },
);

export function createControl(simulator: KommoSimulator): (request: ControlRequest) => Answer {
  const { journal, switches, faults, account } = simulator;
  const views: Readonly<Record<string, () => unknown>> = {
    switches: () => switches,
    faults: faults.pending,
    calls: journal.calls,
    unsorted: journal.unsorted,
    contacts: journal.contacts,
    companies: journal.companies,
    leads: journal.leads,
    tasks: journal.tasks,
    popups: journal.popups,
    webhooks: simulator.webhookDeliveries,
    statistics: () => ({
      requests: journal.entries().length,
      mostRequestsInASecond: journal.mostRequestsInASecond(),
    }),
  };
  return ({ method, path, query, body }) => {
    const name = path.slice("/_simulator/".length);
    switch (`${method} ${name}`) {
      case "GET journal": {
        const after = Number(query.get("after") ?? 0);
        return ok(journal.entries().filter(({ number }) => number > after));
      }
      case "DELETE journal":
        journal.clear();
        return noContent;
      case "PATCH switches":
        return changeSwitches(simulator, body.parsed);
      case "POST faults":
        return addFaults(simulator, body.parsed);
      case "DELETE faults":
        faults.clear();
        return noContent;
      case "POST lift-block":
        simulator.liftBlock();
        return noContent;
      case "POST seed":
        return seedAll(simulator, body.parsed);
      case "PATCH users":
        return checked(userRule, body.parsed, ({ id, isActive, isAdmin }) => {
          const user = account.users.get(id);
          if (user === undefined) return notFound;
          user.isActive = isActive ?? user.isActive;
          user.isAdmin = isAdmin ?? user.isAdmin;
          return ok(user);
        });
      case "POST one-time-token":
        return checked(userRule, body.parsed, ({ id }) =>
          ok({ token: simulator.oneTimeToken(id) }),
        );
      case "POST browser":
        return actAsPerson(simulator, body.parsed);
      default: {
        const view = method === "GET" ? views[name] : undefined;
        return view === undefined ? notFound : ok(view());
      }
    }
  };
}

function changeSwitches({ switches }: KommoSimulator, changed: unknown): Answer {
  if (!isObject(changed)) return problem(400, "an object of switches is needed");
  const wrong = setSwitches(switches, changed);
  return wrong === undefined ? ok(switches) : problem(400, wrong);
}

function addFaults({ faults }: KommoSimulator, body: unknown): Answer {
  const parsed = (Array.isArray(body) ? body : [body]).map(parseFault);
  const wrong = parsed.find((one) => typeof one === "string");
  if (wrong !== undefined) return problem(400, wrong);
  faults.add(...(parsed as Fault[]));
  return ok(faults.pending());
}

type Seeds = {
  readonly contacts?: SeedContact[];
  readonly companies?: SeedPerson[];
  readonly leads?: SeedLead[];
};

const seedAll = ({ seed }: KommoSimulator, body: unknown): Answer =>
  checked<Seeds>(seedRule, body, ({ contacts = [], companies = [], leads = [] }) =>
    ok({
      companies: companies.map((one) => seed.company(one).id),
      contacts: contacts.map((one) => seed.contact(one).id),
      leads: leads.map((one) => seed.lead(one).id),
    }),
  );

const actAsPerson = ({ browser }: KommoSimulator, body: unknown): Answer =>
  checked(browserRule, body, (action) => {
    const outcomes = [
      action.accept === undefined || browser.accept(action.accept),
      action.decline === undefined || browser.decline(action.decline),
      action.delete === undefined || browser.deleteCard(action.delete.type, action.delete.id),
      action.close === undefined || browser.closeLead(action.close.leadId, action.close.as),
      action.setPhones === undefined ||
        browser.setPhones(action.setPhones, action.setPhones.phones),
    ];
    return outcomes.every((wasDone) => wasDone) ? noContent : notFound;
  });

function checked<T>(
  rule: { readonly check: Parameters<typeof violationsOf>[0]["check"]; readonly passed?: T },
  body: unknown,
  act: (value: T) => Answer,
): Answer {
  const [wrong] = violationsOf(rule, body);
  return wrong === undefined ? act(body as T) : problem(400, `${wrong.path}: ${wrong.detail}`);
}
