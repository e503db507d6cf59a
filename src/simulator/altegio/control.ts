/** `/__sim/…`: drives a simulated Altegio that runs in another process. Not limited, in no journal. */
import { parseFault, type Fault } from "../kommo/faults.ts";
import type { Answer } from "../kommo/wire/answer.ts";
import { isObject } from "../kommo/wire/rule.ts";
import { refused } from "./exchange.ts";
import type { AltegioSimulator } from "./server.ts";
import { dueFor, paidFor } from "./state.ts";
import { setAltegioSwitches } from "./switches.ts";

type ControlRequest = { readonly method: string; readonly path: string; readonly body: unknown };

const plain = (body: unknown): Answer => ({ status: 200, body });

export function createAltegioControl(
  simulator: AltegioSimulator,
): (request: ControlRequest) => Answer {
  const { altegio, switches, faults, journal, reception } = simulator;
  return ({ method, path, body }) => {
    const fields = isObject(body) ? body : {};
    switch (`${method} ${path.slice("/__sim/".length)}`) {
      case "GET state":
        return plain(stateOf(simulator));
      case "GET journal":
        return plain(journal.entries());
      case "GET unknown-routes":
        return plain(journal.unknownRoutes);
      case "PATCH switches": {
        const wrong = setAltegioSwitches(switches, fields);
        return wrong === undefined ? plain(switches) : refused(400, wrong);
      }
      case "POST faults": {
        const parsed = (Array.isArray(body) ? body : [body]).map(parseFault);
        const wrong = parsed.find((one) => typeof one === "string");
        if (wrong !== undefined) return refused(400, wrong);
        faults.add(...(parsed as Fault[]));
        return { status: 204 };
      }
      case "DELETE faults":
        faults.clear();
        return { status: 204 };
      case "POST rotate-user-token":
        return plain({ user_token: simulator.rotateUserToken() });
      case "POST book": {
        const { client, attendance, comment } = fields;
        const record = reception.book({
          ...(isObject(client) ? { client: client } : {}),
          ...(typeof attendance === "number" ? { attendance } : {}),
          ...(typeof comment === "string" ? { comment } : {}),
        });
        return plain({ id: record.id, company_id: record.companyId, visit_id: record.visitId });
      }
      case "POST change":
      case "POST pay":
      case "POST remove": {
        const location = altegio.locations.get(Number(fields["company_id"]));
        const record = location?.records.get(Number(fields["id"]));
        if (record === undefined) return refused(404, "There is no such appointment.");
        if (path.endsWith("pay")) reception.pay(record);
        else if (path.endsWith("remove")) reception.remove(record);
        else {
          const { attendance, comment } = fields;
          reception.change(record, {
            ...(typeof attendance === "number" ? { attendance } : {}),
            ...(typeof comment === "string" ? { comment } : {}),
          });
        }
        return { status: 204 };
      }
      default:
        return refused(404, "Not found.");
    }
  };
}

const stateOf = ({ altegio }: AltegioSimulator): object => ({
  locations: [...altegio.locations.values()].map((location) => ({
    id: location.id,
    hooks: location.hooks,
    records: [...location.records.values()].map((record) => ({
      ...record,
      paid: paidFor(location, record.visitId),
      due: dueFor(location, record.visitId),
    })),
    transactions: [...location.transactions.values()],
  })),
});
