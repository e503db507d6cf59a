/**
 * The list of extensions that an administrator saves in the widget: what of it is taken. It fills gaps of
 * the configuration and never goes before it. Pure. Exports `decideExtensions`.
 */

export type ExtensionOutcome =
  | "kept"
  /** The configuration names another one for this user, and goes before. */
  | "configured"
  | "extension_taken"
  | "extension_unknown"
  | "user_unknown"
  | "removed";

export type ExtensionEntry = {
  readonly user: number;
  readonly extension: string;
  readonly outcome: ExtensionOutcome;
};

export type ExtensionDecision = {
  readonly entries: readonly ExtensionEntry[];
  /** Extension → user: all that is kept from now on. */
  readonly next: ReadonlyMap<string, number>;
};

export type ExtensionFacts = {
  /** What is kept now, extension → user. */
  readonly kept: ReadonlyMap<string, number>;
  /** Whose an extension is by the configuration. */
  readonly configuredUsers: (extension: string) => readonly number[];
  /** Which extensions the configuration gives to a user. */
  readonly configuredExtensions: (user: number) => readonly string[];
  readonly isActive: (user: number) => boolean;
  readonly isExtension: (extension: string) => boolean;
};

/** @param asked user → extension; an empty text: none. Whoever is not in it keeps what he has. */
export function decideExtensions(
  asked: ReadonlyMap<number, string>,
  facts: ExtensionFacts,
): ExtensionDecision {
  const { kept, configuredUsers, configuredExtensions, isActive, isExtension } = facts;
  const next = new Map([...kept].filter(([, user]) => !asked.has(user) && isActive(user)));
  const had = new Map([...kept].map(([extension, user]) => [user, extension]));

  const judge = (user: number, extension: string): ExtensionOutcome => {
    if (!isActive(user)) return "user_unknown";
    const own = configuredExtensions(user);
    if (own.includes(extension)) return "kept";
    if (own.length > 0) return "configured";
    if (!isExtension(extension)) return "extension_unknown";
    const owners = configuredUsers(extension);
    if (owners.length > 0) return owners.includes(user) ? "kept" : "extension_taken";
    return (next.get(extension) ?? user) === user ? "kept" : "extension_taken";
  };

  // Of two who are given one extension it stays with the one who has it.
  const rank = ([user, extension]: readonly [number, string]): number =>
    had.get(user) === extension ? 0 : 1;
  const wishes = [...asked].sort((one, other) => rank(one) - rank(other) || one[0] - other[0]);
  const entries = wishes.flatMap(([user, extension]): ExtensionEntry[] => {
    if (extension === "") {
      const before = had.get(user);
      return before === undefined ? [] : [{ user, extension: before, outcome: "removed" }];
    }
    const outcome = judge(user, extension);
    const isConfigured = configuredUsers(extension).length > 0;
    if (outcome === "kept" && !isConfigured) next.set(extension, user);
    return [{ user, extension, outcome }];
  });
  return { entries: entries.sort((one, other) => one.user - other.user), next };
}
