/** The keys of the two HTTP listeners: the one for this host, and the one that may be shown to the world. */
import { absolutePath, hostName, wholeNumberFrom } from "./formats.ts";
import { optional, withDefault } from "./key.ts";
import { origins } from "./originate-formats.ts";
import { formatOf, listOf, shapeOf } from "./shapes.ts";

const anyPort = wholeNumberFrom(0, 65_535);
const hostNames = formatOf<readonly string[]>(
  listOf(shapeOf(hostName), 'a list of names as ["pbx.lan"]'),
);

export const httpKeys = {
  host: withDefault(
    hostName,
    "127.0.0.1",
    "status, metrics, admin page, distribution: never public",
  ),
  port: withDefault(anyPort, 8077, "0: any free port"),
  names: withDefault(
    hostNames,
    [],
    "further names by which it is called, beside localhost and its own address",
  ),
};

export const publicHttpKeys = {
  host: withDefault(hostName, "127.0.0.1", "what a reverse proxy is pointed at"),
  port: withDefault(anyPort, 8078, "0: any free port"),
  certificate_file: optional(
    absolutePath,
    "where no proxy stands before it: its certificate and those above, in PEM; read anew when renewed",
  ),
  key_file: optional(absolutePath, "the certificate's private key, in PEM"),
  names: withDefault(
    hostNames,
    [],
    "further names by which browsers call it, beside those of public_url and its own address",
  ),
  origins: withDefault(
    origins,
    [],
    "further pages whose scripts may ask; the account's own address always may",
  ),
};
