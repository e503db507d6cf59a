/**
 * What the name of a channel and a dial string say. Exports `endpointOf`, `dialledNumberOf`,
 * `telephoneNumber`, `isOwnersPeer`: all about text, nothing about calls.
 */

export type Endpoint = {
  /** "PJSIP", "SIP", "IAX2", "DAHDI", "Dongle", "Local" … */
  readonly technology: string;
  /** "101", "mango-trunk", "i1"; of a Local channel "101@from-queue". */
  readonly peer: string;
};

/**
 * "PJSIP/101-0000003f" → PJSIP, 101. Names repeat after a restart, so this is never a key.
 * The part behind the last dash numbers the channel; DAHDI names also bear the number dialled
 * ("DAHDI/i1/79161234567-3").
 */
export const endpointOf = (channelName: string): Endpoint => endpointNamed(unnumbered(channelName));

const [DASH, ZERO, NINE] = [45, 48, 57];

/** "PJSIP/101-0000003f" → "PJSIP/101": the same for all channels of an endpoint. */
export function unnumbered(channelName: string): string {
  let dash = channelName.length - 1;
  while (dash >= 0 && channelName.charCodeAt(dash) !== DASH) dash--;
  const slash = channelName.indexOf("/");
  return slash >= 0 && dash > slash ? channelName.slice(0, dash) : channelName;
}

/** @param name as `unnumbered` gives it */
export function endpointNamed(name: string): Endpoint {
  const slash = name.indexOf("/");
  if (slash < 0) return { technology: "", peer: name };
  const technology = name.slice(0, slash);
  const peer = name.slice(slash + 1);
  if (technology === "Local") return { technology, peer };
  const end = peer.search(/[/@]/);
  return { technology, peer: end < 0 ? peer : peer.slice(0, end) };
}

/** Both halves of a Local channel share the name before this; undefined for other channels. */
export function localPairOf(channelName: string): { pair: string; half: "1" | "2" } | undefined {
  const semicolon = channelName.lastIndexOf(";");
  if (!channelName.startsWith("Local/") || semicolon < 0) return undefined;
  const half = channelName.charAt(semicolon + 1);
  if (half !== "1" && half !== "2") return undefined;
  return { pair: channelName.slice(0, semicolon), half };
}

/** Channels that the exchange makes for itself: they neither speak nor listen for anybody. */
const MACHINERY = new Set([
  "",
  "Announcer",
  "AsyncGoto",
  "Bridge",
  "CBAnn",
  "CBRec",
  "Message",
  "MulticastRTP",
  "Recorder",
  "Snoop",
  "Surrogate",
  "UnicastRTP",
]);

export const isMachinery = ({ technology, peer }: Endpoint): boolean =>
  MACHINERY.has(technology) || (technology === "DAHDI" && peer === "pseudo");

/**
 * A number as the exchange told it, or undefined where that is no number: withheld, a SIP name.
 * Spaces and signs are taken out, a leading plus stays.
 */
export function telephoneNumber(text: string): string | undefined {
  if (areDigits(text)) return text;
  if (!/^\+?[\d ().-]+$/.test(text)) return undefined;
  const number = text.replace(/[^\d+]/g, "");
  return number.replace("+", "") === "" ? undefined : number;
}

/** Asked with every stage of every call, and several times faster than an expression. */
function areDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < ZERO || code > NINE) return false;
  }
  return text !== "";
}

/** Shorter numbers are extensions, feature codes and conference rooms. */
export const MIN_OUTSIDE_DIGITS = 5;
export const isOutsideNumber = (number: string | undefined): number is string =>
  number !== undefined && number.replace("+", "").length >= MIN_OUTSIDE_DIGITS;

/**
 * The number in a dial string, which each technology writes in its own way: "79161234567@trunk",
 * "trunk/79161234567", "trunk/sip:79161234567@host:5060", "i1/79161234567", "g0/…",
 * "user:secret@host/7916…".
 * @returns undefined where it names a telephone only ("101", "101/sip:101@10.0.0.5")
 */
export function dialledNumberOf(dialString: string, peer: string): string | undefined {
  const slash = dialString.indexOf("/");
  const before = slash < 0 ? "" : dialString.slice(0, slash);
  const rest = dialString.slice(slash + 1).replace(/^sips?:/i, "");
  const at = rest.indexOf("@");
  if (slash < 0 && at < 0) return undefined;
  const user = at < 0 ? rest : rest.slice(0, at);
  if (user === peer && (slash < 0 || before === peer)) return undefined;
  return telephoneNumber(user) ?? telephoneNumber(/\d{5,}$/.exec(user)?.[0] ?? "");
}

/** "101/sip:k2x9@10.0.0.5:5060": an endpoint at one of its registered addresses, as FreePBX dials. */
export const isContactDialled = (dialString: string): boolean =>
  /^[^/@]+\/sips?:/i.test(dialString);

/** Endpoints that belong to another one's owner: FreePBX's browser and desktop telephones. */
const DEVICE_PREFIX = /^9[089](?=\d)/;
export const ownerOfDevice = (peer: string): string => peer.replace(DEVICE_PREFIX, "");

/** Dialplan contexts that calls from outside come in by, in generated and in hand-written dialplans. */
export const isContextOfTrunks = (context: string): boolean =>
  /^(from-(pstn|trunk|did|zaptel|dahdi)|ext-did)/.test(context);
