/** `asterisk-kommo auth`: access to Kommo by OAuth, from the consent page to the daemon. */
import { parseArgs } from "node:util";
import { consentUrl, otherAccountOf, readCode, readRedirect } from "../kommo/oauth/consent.ts";
import { systemClock } from "../lib/clock.ts";
import { codeOf } from "../lib/failure.ts";
import { newState, readState } from "./auth/asked-consent.ts";
import { openAuth, refused, told, type AuthContext, type Said } from "./auth/auth-context.ts";
import { lookAtAccess } from "./auth/kept-access.ts";
import { listen } from "./auth/listen.ts";
import { judgeAccess } from "./auth/status.ts";
import { tradeCode } from "./auth/trade-code.ts";

export const help = `Usage: asterisk-kommo auth url | code CODE | listen | status [--config FILE]

Lets the daemon into a Kommo account by OAuth (kommo.oauth). With a long-lived token in
kommo.access_token none of this is needed; docs/kommo-access.md tells which to choose.

  auth url     names the page on which an administrator allows the access
  auth code    takes what came of it: the whole address that the browser shows afterwards, in quotes,
               or the code alone (a code is good for 20 minutes)
  auth listen  does both: names the page and waits for the browser at the redirect URI
  auth status  whether the access was allowed, when it was renewed, how long it lasts

A running daemon takes a new access over within 5 seconds; it need not be stopped.

  --config FILE   the configuration (default: /etc/asterisk-kommo/config.json)
  --referer HOST  with a code alone: the account in which the consent was given (acme.kommo.com)
  --port N        of auth listen (default: that of public_http)

Exit code: 0 done, 1 failed, 2 wrong usage.
`;

type Options = { readonly referer: string | undefined; readonly port: string | undefined };

export async function runAuth(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      config: { type: "string" },
      referer: { type: "string" },
      port: { type: "string" },
    },
  });
  const [name = "", ...rest] = positionals;
  const known = ["url", "code", "listen", "status"].includes(name);
  const isPort = values.port === undefined || /^\d{1,5}$/.test(values.port);
  if (!known || !isPort || rest.length !== (name === "code" ? 1 : 0)) {
    process.stderr.write("asterisk-kommo auth: wrong usage; see: asterisk-kommo auth --help\n");
    return 2;
  }
  const opened = openAuth(values.config);
  const options = { referer: values.referer, port: values.port };
  const said = opened.ok
    ? await act(name, rest[0] ?? "", { ...opened.value, options })
    : opened.failure;
  (said.code === 0 ? process.stdout : process.stderr).write(said.text);
  return said.code;
}

type Call = AuthContext & { readonly options: Options };

async function act(name: string, text: string, call: Call): Promise<Said> {
  try {
    switch (name) {
      case "url":
        return told(await openPage(call));
      case "code":
        return await takeCode(text, call);
      case "listen":
        return await waitForBrowser(call);
      default:
        return await tellStatus(call);
    }
  } catch (thrown) {
    const refusals = ["ENOENT", "EACCES", "EPERM", "EROFS", "ENOSPC", "ENOTDIR"];
    const code = codeOf(thrown) ?? "";
    if (!refusals.includes(code)) throw thrown;
    return refused({
      reason: `nothing can be written beside ${call.config.store.path} (${code})`,
      hint: "run it as root or as the daemon's user; the folder of store.path must be there and have room",
    });
  }
}

async function openPage({ consentFile, accountUrl, oauth }: AuthContext): Promise<string> {
  const state = await newState(consentFile, systemClock.now());
  return consentUrl(accountUrl, oauth, state);
}

async function takeCode(text: string, call: Call): Promise<Said> {
  const address = /^https?:/i.test(text) ? URL.parse(text) : null;
  if (address !== null) {
    const state = await readState(call.consentFile, systemClock.now());
    const { accountUrl, oauth } = call;
    const code = readRedirect(address.searchParams, {
      accountUrl,
      clientId: oauth.clientId,
      state,
    });
    return code.ok ? tradeCode(call, code.value) : refused(code.failure);
  }
  const { referer } = call.options;
  const other = referer === undefined ? undefined : otherAccountOf(referer, call.accountUrl);
  if (other !== undefined) return refused(other);
  const code = readCode(text);
  return code.ok ? tradeCode(call, code.value) : refused(code.failure);
}

async function waitForBrowser(call: Call): Promise<Said> {
  const state = await newState(call.consentFile, systemClock.now());
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stopped.abort());
  return listen(call, {
    state,
    port: call.options.port === undefined ? undefined : Number(call.options.port),
    signal: stopped.signal,
    onListening: (address) =>
      process.stdout.write(
        `Open this page as an administrator of the account and allow the access:\n` +
          `${consentUrl(call.accountUrl, call.oauth, state)}\n` +
          `Waiting for the browser at ${address} …\n`,
      ),
  });
}

async function tellStatus({ config, accountUrl, oauth }: Call): Promise<Said> {
  const kept = await lookAtAccess(config);
  const verdict = judgeAccess(kept, oauth.clientId, systemClock.now());
  const lines = [
    `${accountUrl}: ${verdict.sentence}`,
    ...(kept.accountId === undefined ? [] : [`account: ${kept.accountId}`]),
    ...(verdict.details ?? []),
    ...(verdict.remedy === undefined ? [] : [`→ ${verdict.remedy}`]),
  ];
  return { code: verdict.status === "failed" ? 1 : 0, text: `${lines.join("\n")}\n` };
}
