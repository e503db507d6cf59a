import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { embedded, withSimulator } from "./talk.ts";

const WRITES = [
  "POST /api/v4/calls",
  "POST /api/v4/contacts",
  "PATCH /api/v4/contacts",
  "PATCH /api/v4/contacts/610001",
  "POST /api/v4/companies",
  "POST /api/v4/leads",
  "PATCH /api/v4/leads/500001",
  "POST /api/v4/leads/complex",
  "POST /api/v4/leads/unsorted/sip",
  "POST /api/v4/leads/unsorted/forms",
  "POST /api/v4/contacts/notes",
  "PATCH /api/v4/contacts/notes",
  "POST /api/v4/contacts/610001/link",
  "POST /api/v4/tasks",
  "PATCH /api/v4/tasks",
  "POST /api/v4/contacts/tags",
  "POST /api/v4/sources",
  "POST /api/v4/webhooks",
  "DELETE /api/v4/webhooks",
  "POST /api/v2/events",
  "POST /oauth2/access_token",
  "POST /_simulator/seed",
  "POST /_simulator/faults",
  "POST /_simulator/browser",
  "PATCH /_simulator/switches",
];
const KEYS = [
  "id",
  "name",
  "phone",
  "params",
  "metadata",
  "_embedded",
  "contacts",
  "custom_fields_values",
  "values",
  "field_code",
  "tags",
  "note_type",
  "entity_id",
  "entity_type",
  "to_entity_id",
  "to_entity_type",
  "add",
  "kind",
  "status_id",
  "request_id",
  "__proto__",
  "constructor",
];

/** Kommo's own words with any values, so that many bodies come past the first check. */
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, 0, -1, 1.5, 610_001, 1e300, "", "contacts", "PHONE", "call_in"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 5 }),
  ),
})).value;

test("section 2: no body whatever breaks the simulator, and none that is refused is saved", () =>
  withSimulator(async ({ simulator, ask, get }) => {
    simulator.seed.contact({});
    simulator.seed.lead({});

    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...WRITES), anything, async (write, body) => {
        const [method = "", path = ""] = write.split(" ");
        simulator.journal.clear();
        simulator.faults.clear();

        const reply = await ask(method, path, { body });

        expect(reply.status).toBeLessThan(500);
        const changes = simulator.journal.entries().flatMap((entry) => entry.changes);
        if (reply.status >= 400) expect(changes).toEqual([]);
      }),
      { numRuns: 400 },
    );

    expect(embedded(await get("/api/v4/users"), "users")).toHaveLength(4);
  }));
