/**
 * The telephones that the exchange has, with the names and e-mail addresses it knows for them: from its
 * console, its voice mail configuration, and AMI where that is open already.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseMessage, fieldOf } from "../../ami/message.ts";
import type { AmiSession } from "../../ami/session.ts";
import { endpointNamed } from "../../calls/endpoint.ts";
import { codeOf } from "../../lib/failure.ts";
import { createQueueAgents } from "../queue-agents.ts";
import type { AsteriskConsole } from "./asterisk-console.ts";
import type { Telephone } from "./who-is-who.ts";

export type TelephoneSources = {
  readonly console: AsteriskConsole;
  /** undefined: AMI cannot be asked yet, or another machine is the exchange. */
  readonly session: Pick<AmiSession, "send"> | undefined;
  /** "/etc/asterisk"; undefined: not on this host. */
  readonly folder: string | undefined;
};

/** A trunk may have the number of its contract as name; employees' extensions are short. */
const EXTENSION = /^\d{2,6}$/;
/** @source freepbx.md: endpoints of providers stand in these contexts */
const OUTSIDE_CONTEXT = /^from-(?:pstn|trunk|did|sip-external)/;
/** Each is asked of the console in a process of its own. */
const MOST_ASKED = 400;

export async function findTelephones(sources: TelephoneSources): Promise<readonly Telephone[]> {
  const { console, session, folder } = sources;
  const [endpoints, peers, devices] = await Promise.all([
    console.ask("pjsip show endpoints"),
    console.ask("sip show peers"),
    session === undefined ? [] : devicesOf(session),
  ]);
  const named = new Set([...endpointsIn(endpoints ?? ""), ...peersIn(peers ?? ""), ...devices]);
  const extensions = [...named].filter((name) => EXTENSION.test(name)).toSorted();
  const [users, agents] = await Promise.all([
    console.ask("database show AMPUSER"),
    session === undefined ? () => [] : agentsOf(session),
  ]);
  const freepbxNames = namesInAstDb(users ?? "");
  const boxes = folder === undefined ? new Map<string, Mailbox>() : mailboxes(folder);

  const found: Telephone[] = [];
  for (const [index, extension] of extensions.entries()) {
    const told =
      endpoints === undefined || index >= MOST_ASKED
        ? ""
        : ((await console.ask(`pjsip show endpoint ${extension}`)) ?? "");
    const context = parameterIn(told, "context");
    if (context !== undefined && OUTSIDE_CONTEXT.test(context)) continue;
    const callerName = /^"?([^"<]*)"?\s*</.exec(parameterIn(told, "callerid") ?? "")?.[1]?.trim();
    const box = boxes.get(extension);
    const names = [freepbxNames.get(extension), box?.name, callerName, ...agents(extension)];
    found.push({
      extension,
      names: [...new Set(names)].filter(
        (name): name is string => name !== undefined && /\p{L}/u.test(name),
      ),
      emails: box?.email === undefined ? [] : [box.email],
    });
  }
  return found;
}

/** @source Asterisk, "pjsip show endpoints": ` Endpoint:  101/101    Not in use    0 of inf` */
const endpointsIn = (text: string): string[] =>
  [...text.matchAll(/^\s*Endpoint:\s+([^\s<>/]+)/gm)].map(([, name = ""]) => name);

/** @source Asterisk, "sip show peers": `101/101   192.0.2.1  D  …` */
const peersIn = (text: string): string[] =>
  [...text.matchAll(/^(\d+)(?:\/\S*)?\s/gm)].map(([, name = ""]) => name);

const parameterIn = (text: string, name: string): string | undefined =>
  new RegExp(`^\\s*${name}\\s*: (.*)$`, "m").exec(text)?.[1]?.trim();

async function devicesOf(session: Pick<AmiSession, "send">): Promise<string[]> {
  const answer = await session.send({ Action: "DeviceStateList" });
  if (!answer.ok) return [];
  return answer.value.items.flatMap((item) => {
    const message = parseMessage(item);
    const device = message === undefined ? undefined : fieldOf(message, "Device");
    return /^(?:PJSIP|SIP|IAX2|SCCP|DAHDI)\//i.test(device ?? "")
      ? [endpointNamed(device ?? "").peer]
      : [];
  });
}

async function agentsOf(
  session: Pick<AmiSession, "send">,
): Promise<(extension: string) => readonly string[]> {
  const agents = createQueueAgents((action) => session.send(action));
  await agents.refresh();
  return (extension) => agents.at(extension);
}

/** @source FreePBX: `/AMPUSER/101/cidname   : Anna Petrova` */
const namesInAstDb = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^\/AMPUSER\/([^/\s]+)\/cidname\s*: (.*)$/gm)].map(
      ([, extension = "", name = ""]) => [extension, name.trim()],
    ),
  );

type Mailbox = { readonly name: string | undefined; readonly email: string | undefined };

/** @source Asterisk, voicemail.conf: `101 => 1234,Anna Petrova,anna@acme.example,,options` */
function mailboxes(folder: string): ReadonlyMap<string, Mailbox> {
  let text = "";
  try {
    text = readFileSync(join(folder, "voicemail.conf"), "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === undefined) throw thrown;
  }
  return new Map(
    [...text.matchAll(/^\s*(\d+)\s*=>?\s*([^;\n]*)/gm)].map(([, extension = "", rest = ""]) => {
      const [, name = "", email = ""] = rest.split(",").map((part) => part.trim());
      return [
        extension,
        {
          name: name === "" ? undefined : name,
          email: /^[^@\s|]+@[^@\s|]+$/.test(email) ? email : undefined,
        },
      ];
    }),
  );
}
