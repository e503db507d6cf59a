/**
 * What is not known of Altegio, and how the same thing is spelt differently by different methods and
 * accounts: each a switch, the first value the default. The sections are those of the reference.
 */
export const ALTEGIO_SWITCH_VALUES = {
  /** 1.1: how a client's telephone is told by record methods; visits always tell a number. */
  phones: ["text", "number", "masked", "empty"],
  /** 1.2: flags as 0 and 1, or as true and false. */
  flags: ["mixed", "numbers", "booleans"],
  /** 1.2: offsets of create_date and last_change_date. */
  offsets: ["plain", "colon", "millis"],
  /** 1.2: what a record without custom fields shows. */
  emptyFields: ["list", "object"],
  /** 1.2: GET of a record that was deleted. */
  deletedRecord: ["shown", "404"],
  /** 1.1: the first page of a list. */
  firstPage: [1, 0],
  /** 1.1: `Retry-After` of a 429. */
  retryAfter: ["absent", "given"],
  /** 1.6: the body of a webhook. */
  webhookBody: ["object", "array"],
  /** 5: record ids are counted over all locations, or in each by itself. */
  recordIds: ["shared", "by-location"],
  /** 1.5: whether the user may see telephones. */
  seesPhones: [true, false],
  /** 1.2: what the user may do beside reading. */
  mayWrite: [true, false],
} as const;

type Known = typeof ALTEGIO_SWITCH_VALUES;
export type AltegioSwitches = { -readonly [Name in keyof Known]: Known[Name][number] } & {
  /** 1.1: 0 means no limit. */
  requestsPerSecond: number;
  requestsPerMinute: number;
  /** 4, point 7: an answer that is slower is taken for none, and the webhook repeated after the pause. */
  webhookWithinMs: number;
  webhookAgainMs: number;
  /** How late each webhook is sent, and how many of the next ones never are. */
  webhookDelayMs: number;
  webhooksLost: number;
  /** Each webhook is sent so often, all at once. */
  webhookCopies: number;
};

export function createAltegioSwitches(changes: Partial<AltegioSwitches> = {}): AltegioSwitches {
  const firsts = Object.fromEntries(
    Object.entries(ALTEGIO_SWITCH_VALUES).map(([name, values]) => [name, values[0]]),
  ) as { -readonly [Name in keyof Known]: Known[Name][number] };
  return {
    ...firsts,
    requestsPerSecond: 5,
    requestsPerMinute: 200,
    webhookWithinMs: 2_000,
    webhookAgainMs: 10_000,
    webhookDelayMs: 0,
    webhooksLost: 0,
    webhookCopies: 1,
    ...changes,
  };
}

/** @returns what is wrong, as a sentence; then nothing was changed */
export function setAltegioSwitches(
  switches: AltegioSwitches,
  changed: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(switches, name)) return `there is no switch "${name}"`;
    const values: readonly unknown[] | undefined = Object.hasOwn(ALTEGIO_SWITCH_VALUES, name)
      ? ALTEGIO_SWITCH_VALUES[name as keyof Known]
      : undefined;
    const fits =
      values === undefined ? typeof value === "number" && value >= 0 : values.includes(value);
    if (!fits) return `the switch "${name}" does not take ${JSON.stringify(value)}`;
  }
  Object.assign(switches, changed);
  return undefined;
}
