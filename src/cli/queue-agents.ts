/**
 * Who is logged in as a queue agent at which telephone, for telephones that several employees share.
 * Told by the members of queues and by the agents of app_agent_pool. Exports `createQueueAgents`.
 */
import type { AmiText } from "../ami/framer.ts";
import { fieldOf, isGenuineEvent, parseMessage, type AmiMessage } from "../ami/message.ts";
import type { AmiSession } from "../ami/session.ts";
import { endpointNamed, endpointOf } from "../calls/endpoint.ts";

export type QueueAgents = {
  /** Every live message; what is not of agents costs nothing. */
  readonly message: (text: AmiText) => void;
  /** To be called when AMI is connected: reads who is logged in now. */
  readonly refresh: () => Promise<void>;
  /** Names and numbers of agents there, who logged in last first: "Anna", "1001". */
  readonly at: (extension: string) => readonly string[];
};

type Agent = {
  readonly name: string;
  readonly extension: string;
  /** Unix seconds; 0: not told. */
  readonly since: number;
};

const OURS = /^Event: (?:QueueMember|Agent(?:Login|Logoff)\r)/;

export function createQueueAgents(send: AmiSession["send"]): QueueAgents {
  /** By membership ("queue sales Local/101@from-queue/n") or login ("agent 1001"), the last one last. */
  const agents = new Map<string, Agent>();

  function take(message: AmiMessage): void {
    switch (message.name) {
      case "QueueMember": // an item of QueueStatus
      case "QueueMemberAdded":
      case "QueueMemberStatus":
      case "QueueMemberPause":
      case "QueueMemberPaused":
        return member(message);
      case "QueueMemberRemoved":
        return void agents.delete(membershipOf(message));
      case "Agents": // an item of the action
        if (fieldOf(message, "Status") === "AGENT_LOGGEDOFF") return;
        return login(message);
      case "AgentLogin":
        return login(message);
      case "AgentLogoff":
        return void agents.delete(`agent ${fieldOf(message, "Agent") ?? ""}`);
    }
  }

  function member(message: AmiMessage): void {
    const name = fieldOf(message, "MemberName") ?? fieldOf(message, "Name");
    const extension =
      extensionOf(interfaceOf(message)) ?? extensionOf(fieldOf(message, "StateInterface") ?? "");
    const membership = membershipOf(message);
    if (name === undefined || extension === undefined) return;
    const since = Number(fieldOf(message, "LoginTime") ?? 0) || 0;
    agents.set(membership, { name, extension, since });
  }

  function login(message: AmiMessage): void {
    const number = fieldOf(message, "Agent");
    const channel = fieldOf(message, "Channel");
    if (number === undefined || channel === undefined) return;
    agents.delete(`agent ${number}`);
    agents.set(`agent ${number}`, { name: number, extension: endpointOf(channel).peer, since: 0 });
  }

  return {
    message(text) {
      if (!OURS.test(text) || !isGenuineEvent(text)) return;
      const message = parseMessage(text);
      if (message !== undefined) take(message);
    },
    async refresh() {
      const [queues, pool] = await Promise.all([
        send({ Action: "QueueStatus" }),
        send({ Action: "Agents" }),
      ]);
      const forget = (prefix: string): void => {
        for (const key of agents.keys()) if (key.startsWith(prefix)) agents.delete(key);
      };
      // What may not be asked (Agents needs a class of its own) is told by events alone.
      if (queues.ok) forget("queue ");
      if (pool.ok) forget("agent ");
      for (const answer of [queues, pool]) {
        if (!answer.ok) continue;
        for (const item of answer.value.items) {
          const message = parseMessage(item);
          if (message !== undefined) take(message);
        }
      }
    },
    at: (extension) =>
      [...agents.values()]
        .filter((agent) => agent.extension === extension)
        .reverse()
        .sort((one, other) => other.since - one.since)
        .map(({ name }) => name),
  };
}

const interfaceOf = (message: AmiMessage): string =>
  fieldOf(message, "Interface") ?? fieldOf(message, "Location") ?? "";

const membershipOf = (message: AmiMessage): string =>
  `queue ${fieldOf(message, "Queue") ?? ""} ${interfaceOf(message)}`;

/** "Local/101@from-queue/n", "PJSIP/101", "hint:101@ext-local" → 101; "Agent:1001" is no telephone. */
function extensionOf(name: string): string | undefined {
  const [, hint] = /^hint:([^@]+)@/i.exec(name) ?? [];
  if (hint !== undefined) return hint;
  const { technology, peer } = endpointNamed(name);
  return technology === "" ? undefined : peer.split("@")[0];
}

/**
 * @param employees with the names under which they log in
 * @returns the employee who logged in there last
 */
export function agentUserAt(
  agents: Pick<QueueAgents, "at">,
  employees: readonly { readonly user: number; readonly agents?: readonly string[] }[],
): (extension: string) => number | undefined {
  const users = new Map(
    employees.flatMap(({ user, agents: names = [] }) =>
      names.map((name) => [name.toLowerCase(), user] as const),
    ),
  );
  return (extension) => {
    for (const name of agents.at(extension)) {
      const user = users.get(name.toLowerCase());
      if (user !== undefined) return user;
    }
    return undefined;
  };
}
