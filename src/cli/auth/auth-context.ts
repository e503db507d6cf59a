/** What every subcommand of `auth` works with: the account, the integration, and where files stand. */
import type { Config } from "../../config/keys.ts";
import { oauthSettings } from "../../kommo/access.ts";
import { parseAccountUrl, type AccountUrl } from "../../kommo/account-url.ts";
import type { OAuthSettings } from "../../kommo/oauth/pair.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { openConfig, tellProblems } from "../open-config.ts";

export type AuthContext = {
  readonly config: Pick<Config, "kommo" | "store" | "public_http">;
  readonly accountUrl: AccountUrl;
  readonly oauth: OAuthSettings;
  /** Where the state of the last `auth url` is kept, until its answer comes. */
  readonly consentFile: string;
};

/** What a subcommand says: one sentence for the operator, and the exit code. */
export type Said = { readonly code: 0 | 1; readonly text: string };

export const told = (text: string): Said => ({ code: 0, text: `${text}\n` });
export const refused = ({ reason, hint }: { reason: string; hint: string }): Said => ({
  code: 1,
  text: `asterisk-kommo auth: ${reason}; ${hint}\n`,
});

export function openAuth(file: string | undefined): Result<AuthContext, Said> {
  const loaded = openConfig({ file, needs: ["kommo"] });
  if (!loaded.ok) return failed({ code: 1, text: tellProblems(loaded.failure) });
  const { config } = loaded.value;
  const oauth = oauthSettings(config.kommo);
  if (oauth === undefined)
    return failed(
      refused({
        reason: "kommo.oauth is not configured, the account is reached by kommo.access_token",
        hint: "nothing is to be allowed here; for OAuth see docs/kommo-access.md",
      }),
    );
  const accountUrl = parseAccountUrl(config.kommo.account_url);
  if (!accountUrl.ok)
    return failed(refused({ reason: "kommo.account_url is wrong", ...accountUrl.failure }));
  const consentFile = `${config.store.path}.consent`;
  return succeeded({ config, accountUrl: accountUrl.value, oauth, consentFile });
}
