/** Whether Kommo tells this host what changes, or has to be asked. */
import { lookAtSubscription, type Subscription } from "../../kommo/webhook-subscription.ts";
import { webhookAddress } from "../directory-service.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";
import { lookAtDirectory } from "./kept-directory.ts";

export const webhooksCheck: Check = checkWithConfig(
  "webhooks of Kommo",
  async (config, context) => {
    const polled = `changes are asked for every ${config.directory.poll_seconds} s`;
    if (config.recordings.public_url === undefined)
      return { status: "ok", sentence: `none without a public address: ${polled}` };
    if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
    const secret = config.kommo.webhook_secret ?? (await lookAtDirectory(config))?.webhookSecret;
    const destination =
      secret === undefined ? undefined : webhookAddress(config.recordings.public_url, secret);
    if (destination === undefined)
      return { status: "skipped", sentence: "the daemon subscribes them when it is started first" };
    const { signal } = context;
    const found = await lookAtSubscription(context.kommo(config), { destination, signal });
    if (found.ok) return VERDICTS[found.value];
    const { detail, hint } = found.failure;
    return { status: "warning", sentence: `not readable (${detail}); ${polled}`, remedy: hint };
  },
);

const ASKED_SOON = "start the daemon, which subscribes them; its log says what Kommo answers";

const VERDICTS: Readonly<Record<Subscription, Verdict>> = {
  whole: { status: "ok", sentence: "Kommo has them subscribed to this host's public address" },
  partly: {
    status: "warning",
    sentence: "not all that is wanted is subscribed",
    remedy: ASKED_SOON,
  },
  none: { status: "warning", sentence: "Kommo has none for this host", remedy: ASKED_SOON },
  disabled: {
    status: "warning",
    sentence: "Kommo has switched them off, because this host's public address did not answer",
    remedy: "check the reverse proxy in front of public_http, then restart the daemon",
  },
};
