/** The set-up's list of who sits where: the exchange's telephones beside Kommo's users. */
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import type { User } from "../../kommo/entities/users.ts";
import type { SetupAnswers } from "./config-text.ts";
import { SetupStopped, type SetupContext } from "./setup-context.ts";
import { patternsFor, proposeSeats, type Telephone } from "./who-is-who.ts";

export type PeopleStep = Pick<SetupAnswers, "extensions" | "users">;

export async function chooseSeats(
  { flags, existing, questions }: SetupContext,
  telephones: readonly Telephone[],
  people: readonly User[],
): Promise<PeopleStep> {
  const seats = proposeSeats(telephones, people);
  const users: Record<string, number | readonly number[]> = {};
  for (const { telephone, person } of seats)
    if (person !== undefined) users[telephone.extension] = person.id;
  for (const [extension, ids] of existing?.users ?? [])
    users[extension] = ids.length === 1 ? (ids[0] ?? 0) : ids;
  Object.assign(users, flags.users);

  const nameOf = (id: number | readonly number[] | undefined): string =>
    id === undefined
      ? "nobody"
      : [id]
          .flat()
          .map((one) => people.find((person) => person.id === one)?.name ?? `user ${one}`)
          .map((name) => name.replace(/[\0-\x1f\x7f]/g, " ").slice(0, 60))
          .join(", ");
  const show = (): void => {
    for (const { telephone, person, because } of seats) {
      const { extension, names } = telephone;
      const isProposal = users[extension] === person?.id && because !== undefined;
      const reason = isProposal ? ` (${because})` : "";
      const known = names[0] === undefined ? "" : ` ${names[0]}`;
      questions.say(`    ${extension}${known} → ${nameOf(users[extension])}${reason}\n`);
    }
    const left = people.filter(
      ({ id, isActive }) => isActive && !Object.values(users).flat().includes(id),
    );
    if (left.length > 0)
      questions.say(
        `    without a telephone: ${left.map(({ id }) => `${nameOf(id)} (${id})`).join(", ")}\n`,
      );
  };
  questions.say(`\n${telephones.length} telephones at the exchange, ${people.length} users:\n`);
  show();
  while (questions.isAnswered) {
    const change = await questions.ask(
      "Enter if this is right; else EXTENSION=USER-ID, or EXTENSION= for nobody",
    );
    if (change === "") break;
    const [, extension = "", id = ""] = /^([\w.*#+-]+)\s*=\s*(\d*)$/.exec(change) ?? [];
    if (extension === "") {
      questions.say("  write it as 101=9100001\n");
      continue;
    }
    if (id === "") Reflect.deleteProperty(users, extension);
    else users[extension] = Number(id);
    show();
  }

  const extensions = await choosePatterns();
  return { extensions, users };

  async function choosePatterns(): Promise<readonly string[]> {
    if (flags.extensions.length > 0) return flags.extensions;
    const all = [
      ...new Set([...telephones.map(({ extension }) => extension), ...Object.keys(users)]),
    ];
    const before = existing?.pbx.extensions ?? [];
    const isCovered = anyDialPattern(before);
    const missing = all.filter((name) => /^\d{1,9}$/.test(name) && !isCovered(name));
    const proposal = [...before, ...patternsFor(missing)];
    for (;;) {
      const answer = await questions.ask(
        "The employees' telephones, as dial patterns of Asterisk",
        proposal.join(" "),
      );
      const patterns = answer.split(/[\s,]+/).filter((pattern) => pattern !== "");
      if (patterns.length > 0) return patterns;
      if (!questions.isAnswered)
        throw new SetupStopped(
          "no telephones were found at the exchange",
          "give --extensions, as --extensions _1XX",
        );
    }
  }
}
