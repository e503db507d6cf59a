/**
 * The address of the exchange as an administrator typed it. Pure. Exports `parseBackendAddress` and
 * `isPrivateHost`.
 */

export type BackendAddress = {
  /** "https://pbx.example.com", without a slash at the end. */
  readonly base: string;
  readonly host: string;
  /** Surely in a local network; a name may be too, which only its resolver knows. */
  readonly isPrivate: boolean;
};

export type AddressProblem = "address_missing" | "address_invalid" | "address_not_https";

/** Plain http goes only to this very machine, for simulators. */
export function parseBackendAddress(typed: string): BackendAddress | AddressProblem {
  const text = typed.trim();
  if (text === "") return "address_missing";
  const withScheme = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(withScheme)) return "address_invalid";
  const { protocol, hostname, host, pathname, search, hash, username } = new URL(withScheme);
  if (hostname === "" || username !== "" || search !== "" || hash !== "") return "address_invalid";
  const isHere = isLoopback(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isHere)) return "address_not_https";
  const base = `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
  return { base, host, isPrivate: isPrivateHost(hostname) };
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || /^127\./.test(host);

/**
 * Whether a host is this machine or surely in a local network.
 * @param host as `URL` and `location` write it
 * @source RFC 1918, RFC 4193, RFC 3927, RFC 6762, RFC 8375
 */
export function isPrivateHost(host: string): boolean {
  const name = host.toLowerCase();
  if (isLoopback(name)) return true;
  if (/^\[f[cd]|^\[fe[89ab]/.test(name)) return true;
  if (/^(10|192\.168|169\.254|172\.(1[6-9]|2\d|3[01]))\.[\d.]+$/.test(name)) return true;
  return /\.(local|lan|internal|home\.arpa)$/.test(name) || !/[.:]/.test(name);
}
