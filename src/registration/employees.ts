/** Whose a call is: from extensions and numbers to Kommo users, by the administrator's order. Pure. */
import type { Extension } from "../ami/ids.ts";
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import { exchangeIn, nameAt, ownName } from "../lib/exchange-names.ts";
import { isNameListed, isNumberListed } from "./number-list.ts";
import { rewriteNumber } from "./number-rules.ts";
import type { RegistrationSettings, ResponsibleSource } from "./settings.ts";

export type ResponsibleEmployee = { readonly extension: Extension; readonly because: string };

/** Whose call it is: who talked last; else who dialled (outbound) or was rung last (inbound). */
export function responsibleEmployee(call: FinishedCall): ResponsibleEmployee | undefined {
  if (call.answeredBy !== undefined)
    return { extension: call.answeredBy, because: "talked with the client last" };
  const parts = call.conversations.filter((part) => part.withClient);
  if (call.direction === "outbound") {
    const dialler = parts[0];
    return dialler && { extension: dialler.extension, because: "dialled" };
  }
  const rung = parts.reduce<Conversation | undefined>(
    (last, part) => (last === undefined || part.requestedAt >= last.requestedAt ? part : last),
    undefined,
  );
  return rung && { extension: rung.extension, because: "was rung last" };
}

/** For names and texts: the Kommo user's name, else the extension; "" where nobody took part. */
export function employeeName(call: FinishedCall, settings: RegistrationSettings): string {
  const employee = responsibleEmployee(call);
  if (employee === undefined) return "";
  const { user, isUnknown } = userAt(employee.extension, settings);
  const name = user === undefined || isUnknown ? undefined : settings.learnt?.userName?.(user);
  return name ?? employee.extension;
}

export type Responsible = {
  readonly user: number | undefined;
  readonly because: string;
  /** An extension took part that stands for no user: to be told, whatever the rule makes of it. */
  readonly unknownExtension: string | undefined;
  /** The card's own responsible user would go before `user`, and was not known yet. */
  readonly isForCardOwner: boolean;
};

/**
 * @param asked.sources in which order; undefined: who talked or dialled, and for missed calls as
 * configured
 */
export function findResponsible(
  call: FinishedCall,
  asked: { clientKey: string; sources?: readonly ResponsibleSource[] | undefined },
  settings: RegistrationSettings,
): Responsible {
  let because: string | undefined;
  let unknownExtension: string | undefined;
  let isForCardOwner = false;
  for (const source of asked.sources ?? usualSources(call, settings)) {
    if (source === "card") {
      const owner = settings.learnt?.cardResponsible?.(asked.clientKey);
      if (owner !== undefined && isActive(owner, settings))
        return { ...FOUND, user: owner, because: "the client's card is this user's" };
      isForCardOwner = owner === undefined;
      continue;
    }
    if (source === "last_rung") {
      const employee = responsibleEmployee(call);
      const found = employee && userAt(employee.extension, settings);
      if (found?.isUnknown === true) unknownExtension = employee?.extension;
      because ??= found === undefined ? "no employee took part" : found.because;
      if (employee === undefined || found?.user === undefined) continue;
      const { user } = found;
      const told = found.isUnknown ? found.because : `${found.because} ${employee.because}`;
      return { user, because: told, unknownExtension, isForCardOwner };
    }
    if (isActive(source.user, settings))
      return { user: source.user, because: "is named for it", unknownExtension, isForCardOwner };
    because ??= `user ${source.user} is not active in Kommo`;
  }
  because ??= "nobody is named for it";
  return { user: undefined, because, unknownExtension, isForCardOwner };
}

const FOUND = { unknownExtension: undefined, isForCardOwner: false };

/** Who talked or dialled is certain; only for a missed call there is something to choose. */
function usualSources(
  call: FinishedCall,
  { responsible }: RegistrationSettings,
): readonly ResponsibleSource[] {
  if (call.result === "answered") return ["last_rung"];
  if (call.direction === "inbound") return responsible.missed;
  return ["last_rung", ...responsible.missed.filter((source) => source !== "last_rung")];
}

const isActive = (user: number, { learnt }: RegistrationSettings): boolean =>
  learnt?.activeUsers?.has(user) ?? true;

type UserAt = {
  readonly user: number | undefined;
  readonly because: string;
  readonly isUnknown: boolean;
};

/** The user of a telephone: by `users`, by `employees`, else by the rule for unknown extensions. */
export function userAt(extension: string, settings: RegistrationSettings): UserAt {
  const { number } = rewriteNumber(ownName(extension), settings.numbers.employee);
  const named =
    settings.users.get(nameAt(exchangeIn(extension), number)) ??
    settings.users.get(extension) ??
    settings.employees
      .filter(({ numbers }) => isNameListed(number, numbers) || isNumberListed(number, numbers))
      .map(({ user }) => user);
  const active = named.filter((user) => isActive(user, settings));
  const agent = active.length > 1 ? settings.learnt?.agentAt?.(extension) : undefined;
  const user = active.find((candidate) => candidate === agent) ?? active[0];
  if (user !== undefined) {
    const others = active.length > 1 ? `, of ${active.length} users its ` : "";
    const which = user === agent ? "agent" : "first";
    const because = `extension ${extension}${others === "" ? "" : others + which}`;
    return { user, because, isUnknown: false };
  }
  const why =
    named.length > 0
      ? `the user of extension ${extension} is not active in Kommo`
      : `extension ${extension} stands for no user`;
  const { unknownExtension } = settings;
  if (unknownExtension === "leave_out" || !isActive(unknownExtension.user, settings))
    return { user: undefined, because: why, isUnknown: true };
  const because = `${why}, and unknown_extension names this one`;
  return { user: unknownExtension.user, because, isUnknown: true };
}
