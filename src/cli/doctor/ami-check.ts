/**
 * Whether the exchange lets us in and tells us what calls are made of. What we may ask is tried; what
 * we may hear Asterisk tells only to users with the write class `command`.
 */
import type { AmiReply } from "../../ami/pending-actions.ts";
import { fieldsOf } from "../../ami/message.ts";
import type { Config } from "../../config/keys.ts";
import { LISTENER_READ } from "./ami-rights.ts";
import type { Check, ExchangeLine, Verdict } from "./check.ts";
import { checkOfExchange } from "./check.ts";

/** @source asterisk.md (e), Rights */
const READ_CLASSES = ["system", "call", "agent", "dialplan"];
/** `user` is heard where a dialplan tells something by UserEvent. */
const HEARD: readonly string[] = [...LISTENER_READ, "user"];

export const amiCheck: Check = checkOfExchange("AMI", async (config, context) => {
  const line = await context.exchange(config);
  if (!line.ok)
    return { status: "failed", sentence: "no login to Asterisk", remedy: line.failure.hint };
  const { missing, isComplete, exchange } = line.value.snapshot;
  const state = line.value.session.state();
  const version = exchange.asteriskVersion ?? "of unknown version";
  const protocol = state.kind === "connected" ? ` (manager ${state.version})` : "";
  const sentence = `Asterisk ${version}${protocol} at ${config.ami.host}:${config.ami.port}`;
  const hints = [...new Set(missing.map(({ failure }) => failure.hint))];
  if (!isComplete) {
    const remedy = hints.join(" ");
    return { status: "failed", sentence: `${sentence}: running calls cannot be read`, remedy };
  }
  return (
    readRights(await askRights(line.value, config.ami), sentence) ??
    (hints.length > 0
      ? {
          status: "warning",
          sentence: `${sentence}: some rights are missing`,
          remedy: hints.join(" "),
        }
      : { status: "ok", sentence })
  );
});

async function askRights(
  { session }: ExchangeLine,
  { username }: Config["ami"],
): Promise<AmiReply | undefined> {
  if (!/^[\w.@-]+$/.test(username)) return undefined;
  const answer = await session.send({
    Action: "Command",
    Command: `manager show user ${username}`,
  });
  return answer.ok ? answer.value : undefined;
}

/** @returns undefined when Asterisk did not tell, or nothing is missing. */
function readRights(reply: AmiReply | undefined, sentence: string): Verdict | undefined {
  const lines = reply === undefined ? [] : fieldsOf(reply.response, "Output");
  const told = lines.map((line) => /^\s*read perm:\s*(.*)$/.exec(line)?.[1]).find(Boolean);
  if (told === undefined) return undefined;
  const rights = told.split(",").map((right) => right.trim());
  const absent = READ_CLASSES.filter((right) => !rights.includes(right) && !rights.includes("all"));
  const needless = rights.filter((right) => !HEARD.includes(right));
  if (absent.length === 0)
    return needless.length === 0
      ? undefined
      : {
          status: "warning",
          sentence: `${sentence}: it may hear more than needed, ${needless.join(",")}`,
          remedy: `"read = ${LISTENER_READ.join(",")}" for this user in manager.conf`,
        };
  const classes = absent.join(",");
  return {
    status: absent.some((right) => right !== "agent") ? "failed" : "warning",
    sentence: `${sentence}: events of the class ${classes} are not heard`,
    remedy: `add ${classes} to "read" of this user in manager.conf, then: asterisk -rx "manager reload"`,
  };
}
