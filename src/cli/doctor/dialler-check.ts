/**
 * Whether the AMI users may do what the daemon wants of them, and no more: the one who listens, and the
 * one who dials where there is a second. What may be done Asterisk lists by itself for each user.
 */
import { createAmiSession, type AmiSession } from "../../ami/session.ts";
import type { Config } from "../../config/keys.ts";
import { amiAddress } from "../ami-address.ts";
import {
  compareRights,
  DIALLER_WRITE,
  LISTENER_WRITE,
  writeClassesOf,
  type RightsVerdict,
} from "./ami-rights.ts";
import { checkOfExchange, type Check, type DoctorContext, type Verdict } from "./check.ts";

const LIMIT_MS = 15_000;
/** One without `read` is never told. */
const FULLY_BOOTED_MS = 500;

export const diallerCheck: Check = checkOfExchange("AMI users", async (config, context) => {
  const line = await context.exchange(config);
  if (!line.ok) return { status: "skipped", sentence: "needs a login to Asterisk" };
  const { ami, originate } = config;
  const { username } = ami.dialler;
  const dials = [...DIALLER_WRITE, ...(originate.call_panel ? ["call"] : [])];
  const listener = await classesOf(line.value.session);
  const isAlone = username === undefined;
  const forListener = isAlone ? [...LISTENER_WRITE, ...dials] : LISTENER_WRITE;
  const found: Found[] = [
    // Without a second user nobody need dial: then `originate` may be missing.
    {
      user: ami.username,
      rights:
        listener && compareRights(listener, isAlone ? LISTENER_WRITE : forListener, forListener),
      wanted: forListener,
    },
  ];
  if (!isAlone) {
    const dialler = await askDialler(config, context);
    if (dialler === "no-login")
      return {
        status: "failed",
        sentence: `no login as ${username}, the user who dials`,
        remedy: "look at ami.dialler and at this user in manager.conf",
      };
    const { classes, hears } = dialler;
    const rights = classes && compareRights(classes, dials);
    found.push({ user: username, rights, wanted: dials, hears });
  }
  return verdictOn(found);
});

type Found = {
  readonly user: string;
  readonly rights: RightsVerdict | undefined;
  readonly wanted: readonly string[];
  /** Of one who only dials: it is told events. */
  readonly hears?: boolean;
};

function verdictOn(found: readonly Found[]): Verdict {
  const told = found.filter(({ rights }) => rights !== undefined);
  if (told.length === 0)
    return { status: "skipped", sentence: "Asterisk did not say what the AMI users may do" };
  const less = told.filter(({ rights }) => rights?.less.length);
  const more = told.filter(({ rights }) => rights?.more.length);
  const hearing = found.filter(({ hears }) => hears);
  if (less.length + more.length + hearing.length === 0) {
    const users = told.map(({ user }) => user).join(" and ");
    return { status: "ok", sentence: `${users} may write what is needed, and no more` };
  }
  const sentences = [
    ...less.map(({ user, rights }) => `${user} lacks ${rights?.less.join(",") ?? ""} in write`),
    ...more.map(
      ({ user, rights }) => `${user} may more than needed: ${rights?.more.join(",") ?? ""}`,
    ),
    ...hearing.map(({ user }) => `${user} hears events, and need not`),
  ];
  const remedies = [
    ...[...new Set([...less, ...more])].map(
      ({ user, wanted }) => `"write = ${wanted.join(",")}" for ${user}`,
    ),
    ...hearing.map(({ user }) => `an empty "read =" for ${user}`),
  ];
  return {
    status: less.length > 0 ? "failed" : "warning",
    sentence: sentences.join("; "),
    remedy: `in manager.conf ${remedies.join(", ")}, then: asterisk -rx "manager reload"`,
  };
}

async function classesOf(
  session: Pick<AmiSession, "send">,
): Promise<readonly string[] | undefined> {
  const answer = await session.send({ Action: "ListCommands" });
  if (!answer.ok) return undefined;
  return writeClassesOf(answer.value.response.fields.map(([name]) => name));
}

type Dialler = { readonly classes: readonly string[] | undefined; readonly hears: boolean };

/**
 * A login of its own, as short as it can be. It asks for events, to see whether there are any: whoever
 * may hear those of the class `system` is told FullyBooted right behind the login.
 */
async function askDialler(
  { ami }: Pick<Config, "ami">,
  { clock, signal }: DoctorContext,
): Promise<Dialler | "no-login"> {
  const address = amiAddress(ami);
  const { username, secret } = ami.dialler;
  if (!address.ok || username === undefined || secret === undefined) return "no-login";
  const connected = Promise.withResolvers<boolean>();
  let hears = false;
  const session = createAmiSession({
    address: address.value,
    credentials: { username, secret, auth: ami.auth },
    clock,
    limits: { fullyBootedTimeoutMs: FULLY_BOOTED_MS },
    onMessage: () => (hears = true),
    // What came before it was handed over; what is refused is left out of it.
    onSnapshot: () => connected.resolve(true),
    onState: ({ kind }) => {
      if (kind === "waiting" || kind === "stopped") connected.resolve(false);
    },
  });
  session.start(AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
  const isThere = await connected.promise;
  const classes = isThere ? await classesOf(session) : undefined;
  await session.stop();
  return isThere ? { classes, hears } : "no-login";
}
