/**
 * What a webhook of Kommo tells, in the directory's words. Pure. Contacts and companies are told whole;
 * of leads it is not said whose they are, so their list is read.
 * @source kommo-api, section 17
 */
import type { ListedPerson } from "../kommo/list-cards.ts";
import type { CardType } from "../kommo/step.ts";
import type { FormTree } from "../lib/form-text.ts";
import type { ListName } from "./mirror-state.ts";

export type ToldChanges = {
  readonly accountId: number | undefined;
  readonly persons: readonly ListedPerson[];
  readonly gone: readonly { readonly type: CardType; readonly id: number }[];
  /** Lists in which something was changed that is not told here. */
  readonly lists: ReadonlySet<ListName>;
  /** Leads to which anything happened, and incoming leads that were accepted or declined. */
  readonly leadIds: ReadonlySet<number>;
  readonly unsortedUids: ReadonlySet<string>;
};

/** Won and lost have these ids in every pipeline. @source kommo-api, section 12 */
const CLOSED = new Set([142, 143]);
/** Kommo sends what happened within moments; more is none of Kommo's. */
const MOST_ENTITIES = 1_000;

export function readWebhook(form: FormTree): ToldChanges {
  const persons: ListedPerson[] = [];
  const gone: { type: CardType; id: number }[] = [];
  const lists = new Set<ListName>();
  const leadIds = new Set<number>();
  const unsortedUids = new Set<string>();

  for (const { action, entity } of entitiesOf(form["contacts"])) {
    const id = idOf(entity["id"]);
    if (id === undefined) continue;
    const type = entity["type"] === "company" ? "companies" : "contacts";
    if (action === "delete") gone.push({ type, id });
    else {
      const person = personOf(entity, { type, id });
      if (person === undefined) lists.add(type);
      else persons.push(person);
    }
  }
  for (const { action, entity } of entitiesOf(form["leads"])) {
    const id = idOf(entity["id"]);
    if (id === undefined) continue;
    leadIds.add(id);
    const isClosed = CLOSED.has(idOf(entity["status_id"]) ?? 0);
    if (action === "delete" || isClosed) gone.push({ type: "leads", id });
    else lists.add("leads");
  }
  for (const { action, entity } of entitiesOf(form["unsorted"])) {
    if (action !== "delete") continue;
    if (typeof entity["uid"] === "string") unsortedUids.add(entity["uid"]);
    // Accepted, its contact and its lead have become visible.
    lists.add("contacts").add("leads");
  }
  const account = treeOf(form["account"]);
  return { accountId: idOf(account?.["id"]), persons, gone, lists, leadIds, unsortedUids };
}

type Told = { readonly action: string; readonly entity: FormTree };

const ACTIONS: readonly string[] = ["add", "update", "restore", "responsible", "status", "delete"];

function entitiesOf(value: FormTree | string | undefined): Told[] {
  const byAction = Object.entries(treeOf(value) ?? {});
  return byAction
    .filter(([action]) => ACTIONS.includes(action))
    .flatMap(([action, list]) =>
      Object.values(treeOf(list) ?? {}).flatMap((item) => {
        const entity = treeOf(item);
        return entity === undefined ? [] : [{ action, entity }];
      }),
    )
    .slice(0, MOST_ENTITIES);
}

/** @returns undefined: it does not say the numbers, or not which field has them */
function personOf(
  entity: FormTree,
  { type, id }: Pick<ListedPerson, "type" | "id">,
): ListedPerson | undefined {
  const fields = Object.values(treeOf(entity["custom_fields"]) ?? {})
    .map(treeOf)
    .filter((field) => field !== undefined);
  if (!fields.some((field) => typeof field["code"] === "string")) return undefined;
  const phones = fields
    .filter((field) => field["code"] === "PHONE")
    .flatMap((field) => Object.values(treeOf(field["values"]) ?? {}))
    .flatMap((value) => textOf(treeOf(value)?.["value"]) ?? []);
  return {
    type,
    id,
    name: textOf(entity["name"]) ?? "",
    phones,
    responsibleUserId: idOf(entity["responsible_user_id"]),
    updatedAt: idOf(entity["updated_at"]),
    isDeleted: false,
  };
}

const treeOf = (value: FormTree | string | undefined): FormTree | undefined =>
  typeof value === "object" ? value : undefined;

const textOf = (value: FormTree | string | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

function idOf(value: FormTree | string | undefined): number | undefined {
  if (typeof value !== "string" || !/^\d{1,15}$/.test(value)) return undefined;
  const id = Number(value);
  return id > 0 ? id : undefined;
}
