/** What is wrong between keys that are each right alone. Only values that passed their own check are looked at. */
import { anyDialPattern } from "../lib/dial-pattern.ts";
import { valuesInEntry } from "./entry-formats.ts";
import { entryKeys } from "./exchange-keys.ts";
import { keysIn } from "./key.ts";
import { allKeys } from "./keys.ts";
import type { Relation, ValueOf } from "./relation.ts";
import { ruleRelations } from "./rule-relations.ts";

export function findRelations(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  return [
    ...ofOneExchange(valueOf, isGiven),
    ...ofEachEntry(valueOf),
    ...twoForms(valueOf, isGiven),
    ...halfCertificate(isGiven),
    ...halfOAuth(isGiven),
    ...sharedPorts(valueOf, isGiven),
    ...standbyAlone(valueOf, isGiven),
    ...ruleRelations(valueOf, isGiven),
  ];
}

const ofOneExchange = (valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] => [
  ...halfDialler(isGiven),
  ...openAmi(valueOf, isGiven),
  ...strangeUsers(valueOf),
  ...halfCel(valueOf, isGiven),
];

const entriesOf = (valueOf: ValueOf): readonly ReadonlyMap<string, unknown>[] => {
  const entries = valueOf("exchanges");
  return Array.isArray(entries) ? (entries as ReadonlyMap<string, unknown>[]) : [];
};

/** The same inside each entry of `exchanges`. */
function ofEachEntry(valueOf: ValueOf): Relation[] {
  return entriesOf(valueOf).flatMap((entry, index) => {
    const given = valuesInEntry(entry, entryKeys);
    const inEntry = (path: string): unknown =>
      given.get(path)?.value ?? keysIn(entryKeys).find((known) => known.path === path)?.key.default;
    return ofOneExchange(inEntry, (path) => given.has(path)).map((relation) => ({
      ...relation,
      key: `exchanges[${index}].${relation.key}`,
      at: [index, ...relation.key.split(".")],
    }));
  });
}

/** Sections that stand in the entries where there are any. */
function twoForms(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  if (!isGiven("exchanges") || entriesOf(valueOf).length === 0) return [];
  return ["ami", "pbx", "cel"].flatMap((section): Relation[] => {
    const key = allKeys
      .map(({ path }) => path)
      .find((path) => path.startsWith(`${section}.`) && isGiven(path));
    if (key === undefined) return [];
    const instead = `move the section ${section} into its entry of exchanges`;
    return [{ severity: "error", key, wrong: "stands beside exchanges", instead }];
  });
}

function halfDialler(isGiven: (path: string) => boolean): Relation[] {
  const both = ["ami.dialler.username", "ami.dialler.secret"];
  const [there, absent] = [both.filter(isGiven), both.filter((path) => !isGiven(path))];
  if (there.length !== 1) return [];
  const instead = `give ${absent.join("")} too, or neither`;
  return [{ severity: "error", key: there.join(""), wrong: "stands alone", instead }];
}

function halfCertificate(isGiven: (path: string) => boolean): Relation[] {
  const both = ["public_http.certificate_file", "public_http.key_file"];
  const [there, absent] = [both.filter(isGiven), both.filter((path) => !isGiven(path))];
  if (there.length !== 1) return [];
  const instead = `give ${absent.join("")} too, or neither`;
  return [{ severity: "error", key: there.join(""), wrong: "stands alone", instead }];
}

function halfOAuth(isGiven: (path: string) => boolean): Relation[] {
  const all = ["client_id", "client_secret", "redirect_uri"].map((name) => `kommo.oauth.${name}`);
  const [there, absent] = [all.filter(isGiven), all.filter((path) => !isGiven(path))];
  const [first] = there;
  if (first === undefined) return [];
  const severity = "error";
  const found: Relation[] = [];
  if (absent.length > 0) {
    const instead = `give ${absent.join(" and ")} too, as the integration in Kommo shows them`;
    found.push({ severity, key: first, wrong: "stands alone", instead });
  }
  if (isGiven("kommo.access_token")) {
    const wrong = "is given, and kommo.oauth too";
    found.push({ severity, key: "kommo.access_token", wrong, instead: "keep one of the two" });
  }
  return found;
}

function sharedPorts(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  const taken = new Map<string, string>();
  return ["http", "public_http", "fastagi"].flatMap((listener): Relation[] => {
    const [host, port] = [valueOf(`${listener}.host`), valueOf(`${listener}.port`)];
    if (typeof port !== "number" || port === 0) return [];
    const address = `${String(host)} ${port}`;
    const earlier = taken.get(address);
    taken.set(address, listener);
    if (earlier === undefined) return [];
    // Told where the administrator wrote a port, which may be that of the other listener.
    const isOwn = isGiven(`${listener}.port`) || !isGiven(`${earlier}.port`);
    const [key, other] = isOwn ? [listener, earlier] : [earlier, listener];
    const wrong = `is ${port}, which ${other} has too`;
    return [{ severity: "error", key: `${key}.port`, wrong, instead: "choose another port" }];
  });
}

function standbyAlone(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  if (valueOf("standby") !== true) return [];
  const absent = ["include", "store.url"].filter((path) => !isGiven(path));
  if (absent.length === 0) return [];
  const instead = `give ${absent.join(" and ")} too: hosts share accounts by them`;
  return [{ severity: "error", key: "standby", wrong: "stands alone", instead }];
}

function openAmi(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  const host = valueOf("ami.host");
  const isNear = typeof host !== "string" || /^(127\.|localhost$|::1$)/.test(host);
  if (isNear || !isGiven("ami.host") || valueOf("ami.tls.enabled") === true) return [];
  const wrong = "is another machine, and what AMI says crosses the network readable for all on it";
  const instead = "switch ami.tls.enabled on, or go through a tunnel";
  return [{ severity: "warning", key: "ami.host", wrong, instead }];
}

function strangeUsers(valueOf: ValueOf): Relation[] {
  const users = valueOf("users");
  const extensions = valueOf("pbx.extensions");
  if (!(users instanceof Map) || !Array.isArray(extensions)) return [];
  const isTelephone = anyDialPattern(extensions as string[]);
  return [...(users as ReadonlyMap<string, number>).keys()]
    .filter((extension) => !isTelephone(extension))
    .map((extension) => ({
      severity: "warning",
      key: `users.${extension}`,
      wrong: "is no telephone by pbx.extensions, so its calls are not booked for this user",
      instead: "add it to pbx.extensions, or remove it here",
    }));
}

/** The others have defaults, which the shipped example shows. */
const CEL_KEYS = ["port", "user", "password"];

function halfCel(valueOf: ValueOf, isGiven: (path: string) => boolean): Relation[] {
  const type = valueOf("cel.type");
  const given = CEL_KEYS.find((name) => isGiven(`cel.${name}`));
  if (type === undefined && !isGiven("cel.type") && given !== undefined) {
    const instead = 'give cel.type too: "mysql", "postgres" or "csv"';
    return [{ severity: "error", key: `cel.${given}`, wrong: "stands without cel.type", instead }];
  }
  if ((type === "mysql" || type === "postgres") && !isGiven("cel.user")) {
    const instead = "give cel.user and cel.password: a user who may read the table";
    return [{ severity: "error", key: "cel.type", wrong: "needs a user", instead }];
  }
  return [];
}
