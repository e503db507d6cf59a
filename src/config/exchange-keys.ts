/**
 * The keys of one exchange: how it is reached, which numbers are telephones there, where its channel
 * events are. They stand at the top of the configuration, or in an entry of `exchanges` for each.
 */
import { celColumns, tableName, timeZone } from "./cel-formats.ts";
import { dialPatterns, exchangeName, trunkNames, usersByExtension } from "./exchange-formats.ts";
import { listOfEntries } from "./entry-formats.ts";
import {
  absolutePath,
  flag,
  hostName,
  oneOf,
  plainText,
  secretText,
  wholeNumberFrom,
} from "./formats.ts";
import { optional, required, secret, withDefault, type ValuesOf } from "./key.ts";
import { folders } from "./recording-keys.ts";

export const amiKeys = {
  host: withDefault(hostName, "127.0.0.1", "where Asterisk's manager interface (AMI) listens"),
  port: withDefault(wholeNumberFrom(1, 65_535), 5038, "its port"),
  username: required(plainText, "user of manager.conf"),
  secret: secret(required(secretText, "its secret")),
  auth: withDefault(oneOf("plain", "md5"), "plain", "how the secret is proven at login"),
  tls: {
    enabled: withDefault(flag, false, "speak TLS to AMI (tlsenable=yes in manager.conf)"),
    ca_file: optional(absolutePath, "certificates to trust, in PEM, for a certificate of your own"),
    servername: optional(hostName, "the name in the certificate, where it is not ami.host"),
  },
  dialler: {
    username: optional(plainText, "a second AMI user, for click-to-call; else the first dials"),
    secret: secret(optional(secretText, "its secret")),
  },
};

export const pbxKeys = {
  extensions: required(dialPatterns, "which numbers are the employees' telephones"),
  trunks: withDefault(trunkNames, [], "the lines outside; found by itself where possible"),
  astdb_path: withDefault(
    absolutePath,
    "/var/lib/asterisk/astdb.sqlite3",
    "Asterisk's own database, read only where AMI cannot read it (before 16.28 and 18.14)",
  ),
};

export const celKeys = {
  type: optional(
    oneOf("mysql", "postgres", "csv"),
    "where Asterisk writes its channel events (CEL); without it, calls missed stay missed",
  ),
  host: withDefault(hostName, "127.0.0.1", "the database server"),
  port: optional(wholeNumberFrom(1, 65_535), "its port, where it is not 3306 or 5432"),
  user: optional(plainText, "a user of it who may read the table"),
  password: secret(optional(secretText, "the user's password")),
  database: withDefault(plainText, "asteriskcdrdb", "the database"),
  table: withDefault(tableName, "cel", "the table"),
  columns: withDefault(
    celColumns,
    new Map<string, string>(),
    "columns with names of their own: field → name of the column",
  ),
  path: withDefault(
    absolutePath,
    "/var/log/asterisk/cel-custom/Master.csv",
    'the file, for the type "csv"',
  ),
  timezone: withDefault(timeZone, "local", "zone of times that do not say theirs"),
};

export const entryKeys = {
  name: required(exchangeName, "what the exchange is called, here and on the pages"),
  ami: amiKeys,
  pbx: pbxKeys,
  cel: celKeys,
  users: optional(
    usersByExtension,
    "extension → Kommo user at this exchange; else the common ones",
  ),
  recordings: {
    path: optional(
      absolutePath,
      "where its recordings are, as this host sees it; else the common one",
    ),
    pbx_path: optional(absolutePath, "the same folder as this exchange names it"),
    other_paths: optional(folders, "further folders of it; else the common ones"),
  },
};

/** An entry of `exchanges`, with all its defaults. */
export type ExchangeEntry = ValuesOf<typeof entryKeys>;

export const exchanges = withDefault(
  listOfEntries<ExchangeEntry>(
    'a list of exchanges, each { "name": "berlin", "ami": { … }, "pbx": { … } }',
    { tree: entryKeys, unique: "name" },
  ),
  [],
  "several exchanges for the one account, in place of ami, pbx and cel; each entry has these sections, and may have users and recordings of its own",
);
