/** The set-up's way into the Kommo account: a long-lived token, or OAuth; tried at once. */
import { parseAccountUrl } from "../../kommo/account-url.ts";
import type { User } from "../../kommo/entities/users.ts";
import { lookAtAccess, newestOf } from "../auth/kept-access.ts";
import type { SetupAnswers } from "./config-text.ts";
import { lookAtKommo, type KommoSeen } from "./kommo-access.ts";
import { SetupStopped, type SetupContext } from "./setup-context.ts";

export type KommoStep = Pick<SetupAnswers, "accountUrl" | "access"> & {
  /** Empty: not known. */
  readonly users: readonly User[];
  /** By OAuth, and the consent is still to be given. */
  readonly needsConsent: boolean;
};

export async function chooseKommo(context: SetupContext): Promise<KommoStep> {
  const { flags, existing, questions } = context;
  const oauth = existing?.kommo.oauth;
  if (flags.token === undefined && oauth?.client_id !== undefined) return keepOAuth(context);
  const accountUrl = await askForAddress(context);
  const known = flags.token ?? existing?.kommo.access_token;
  if (known !== undefined) {
    const seen = await lookAtKommo(accountUrl, known);
    if (seen.ok) return tell(context, { accountUrl, token: known }, seen);
    if (!questions.isAnswered) throw new SetupStopped(`Kommo: ${seen.reason}`, seen.hint);
    questions.say(`  the token is not taken: ${seen.reason}; ${seen.hint}\n`);
  }
  if (!questions.isAnswered)
    throw new SetupStopped("there is no token for Kommo", "give --token-file");
  return askForAccess(context, accountUrl);
}

async function askForAddress({ flags, existing, questions }: SetupContext): Promise<string> {
  for (let given = flags.accountUrl; ; given = undefined) {
    const text =
      given ??
      (await questions.ask(
        "Address of the Kommo account, as the browser shows it",
        existing?.kommo.account_url,
      ));
    if (text === "" && !questions.isAnswered)
      throw new SetupStopped("there is no Kommo account", "give --account-url");
    const url = parseAccountUrl(/^[a-z]+:/i.test(text) ? text : `https://${text}`);
    if (url.ok) return url.value;
    if (!questions.isAnswered) throw new SetupStopped("--account-url is wrong", url.failure.hint);
    questions.say(`  ${url.failure.hint}\n`);
  }
}

const HOW_TO = `
In Kommo: Settings, Integrations, Create integration, Private; with access to the account's data and
to the Notification Center; then Keys and scopes, Generate long-lived token. The token has the rights
of the administrator who makes it. (OAuth instead: leave the token empty; docs/kommo-access.md.)
`;

async function askForAccess(context: SetupContext, accountUrl: string): Promise<KommoStep> {
  const { questions } = context;
  questions.say(HOW_TO);
  for (;;) {
    const token = await questions.askSecret("Long-lived token");
    if (token === "") {
      if (!(await questions.confirm("Use OAuth in place of a token?", false))) continue;
      const clientId = await questions.ask("  Integration id");
      const clientSecret = await questions.askSecret("  Secret key");
      const redirectUri = await questions.ask("  Redirect URI, exactly as it stands in Kommo");
      const access = { clientId, clientSecret, redirectUri };
      return { accountUrl, access, users: [], needsConsent: true };
    }
    const seen = await lookAtKommo(accountUrl, token);
    if (seen.ok) return tell(context, { accountUrl, token }, seen);
    questions.say(`  not taken: ${seen.reason}; ${seen.hint}\n`);
  }
}

async function keepOAuth({ flags, existing, questions }: SetupContext): Promise<KommoStep> {
  const kommo = existing?.kommo;
  const { client_id: clientId, client_secret: clientSecret, redirect_uri } = kommo?.oauth ?? {};
  const accountUrl = flags.accountUrl ?? kommo?.account_url ?? "";
  const access = {
    clientId: clientId ?? "",
    clientSecret: clientSecret ?? "",
    redirectUri: redirect_uri ?? "",
  };
  const pair = existing === undefined ? undefined : newestOf(await lookAtAccess(existing));
  const seen = pair === undefined ? undefined : await lookAtKommo(accountUrl, pair.accessToken);
  if (seen?.ok !== true) {
    questions.say("  access by OAuth is kept as the configuration has it\n");
    return { accountUrl, access, users: [], needsConsent: pair === undefined };
  }
  tellAccount(questions.say, seen);
  return { accountUrl, access, users: seen.users, needsConsent: false };
}

type Seen = Extract<KommoSeen, { ok: true }>;

function tell(
  { questions }: SetupContext,
  { accountUrl, token }: { accountUrl: string; token: string },
  seen: Seen,
): KommoStep {
  tellAccount(questions.say, seen);
  return { accountUrl, access: { token }, users: seen.users, needsConsent: false };
}

function tellAccount(say: (text: string) => void, { account, users, findings }: Seen): void {
  const name = account.name.replace(/[\0-\x1f\x7f]/g, " ").slice(0, 80);
  const leads = account.isUnsortedOn ? "on" : "off";
  say(`  account "${name}" (${account.id}), ${users.length} users, incoming leads are ${leads}\n`);
  for (const { sentence, remedy } of findings)
    say(`  ! ${sentence}${remedy === undefined ? "" : ` → ${remedy}`}\n`);
}
