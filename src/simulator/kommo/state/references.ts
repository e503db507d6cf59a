/**
 * Rules for what must exist in the account: users, cards, stages, tags by id or name.
 * @source kommo-api, sections 2, 6, 14, 15, 20.4
 */
import type { Switches } from "../switches.ts";
import {
  filledText,
  integer,
  listOf,
  notSupported,
  nullable,
  object,
  refined,
  violate,
} from "../wire/rule.ts";
import type { Passed, Place, Rule } from "../wire/rule.ts";
import type { Account, CardType, Tag } from "./account.ts";

const stranger = (userId: number, place: Place): void => {
  place.found.push({
    code: "NotSupportedChoice",
    path: place.path,
    detail: "The value you selected is not a valid choice.",
    userId,
  });
};

/** Any user of the account; 0 is the robot. For authors. */
export const authorRule = (account: Account): Rule<number> =>
  refined(integer, (id, place) => {
    if (id !== 0 && !account.users.has(id)) stranger(id, place);
  });

/** An active user: a switched-off one can own nothing (section 6). */
export const ownerRule = (account: Account): Rule<number> =>
  refined(integer, (id, place) => {
    if (account.users.get(id)?.isActive !== true) stranger(id, place);
  });

/** A number is a user id, a string is taken as a phone or a name (section 7). */
export const callResponsibleRule = (
  account: Account,
  switches: Readonly<Switches>,
): Rule<number | string> => ({
  check(value, place) {
    if (value === null) violate(place, "NotNullable", "This value should not be null.");
    else if (typeof value !== "string" && !Number.isSafeInteger(value)) {
      violate(place, "InvalidType", "This value should be of type int|string.");
    } else if (
      typeof value === "number" &&
      switches.unknownCallResponsible === "refuse" &&
      !account.users.has(value)
    ) {
      stranger(value, place);
    }
  },
});

export const pipelineRule = (account: Account): Rule<number> =>
  refined(integer, (id, place) => {
    if (!account.pipelines.has(id)) notSupported(place);
  });

/** A card that is there and not deleted. */
export const cardRule = (account: Account, type: CardType): Rule<number> =>
  refined(integer, (id, place) => {
    if (account.cards[type].get(id)?.is_deleted !== false) notSupported(place);
  });

const tagShape = object({}, { id: integer, name: filledText });
export type WrittenTag = Passed<typeof tagShape>;

const tagRule = (account: Account, type: CardType): Rule<WrittenTag> =>
  refined(tagShape, (tag, place) => {
    if (tag.id === undefined && tag.name === undefined) {
      violate({ ...place, path: `${place.path}.name` }, "FieldMissing", "This field is missing.");
    } else if (tag.id !== undefined && !account.tags[type].has(tag.id)) {
      notSupported({ ...place, path: `${place.path}.id` });
    }
  });

export const tagsRule = (account: Account, type: CardType): Rule<WrittenTag[]> =>
  listOf(tagRule(account, type));
export const tagSetRule = (account: Account, type: CardType): Rule<WrittenTag[] | null> =>
  nullable(tagsRule(account, type));

/** The tag of that name, made if there is none: names are unique in each type of card. */
export function tagNamed(account: Account, type: CardType, name: string): Tag {
  for (const tag of account.tags[type].values()) if (tag.name === name) return tag;
  const tag: Tag = { id: account.nextId.tags++, name, color: null };
  account.tags[type].set(tag.id, tag);
  account.changes.push({ action: "add", type: "tags", id: tag.id });
  return tag;
}

export type WrittenTags = {
  readonly set: readonly WrittenTag[] | null | undefined;
  readonly toAdd: readonly WrittenTag[] | undefined;
  readonly toDelete: readonly WrittenTag[] | undefined;
};

/** `_embedded.tags` replaces the set, the other two change it. */
export function mergeTags(
  account: Account,
  card: { readonly type: CardType; readonly tags: readonly number[] },
  written: WrittenTags,
): number[] {
  const idOf = (tag: WrittenTag): number =>
    tag.id ?? tagNamed(account, card.type, tag.name ?? "").id;
  const kept = written.set === undefined ? card.tags : (written.set ?? []).map(idOf);
  const merged = new Set([...kept, ...(written.toAdd ?? []).map(idOf)]);
  for (const tag of written.toDelete ?? []) merged.delete(idOf(tag));
  return [...merged];
}
