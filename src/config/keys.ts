/**
 * Every key of the configuration, once: its format, its default and what it is for. The type `Config`,
 * convict's schema, the names of the environment and the documentation all come from here.
 */
import {
  absolutePath,
  accountUrl,
  flag,
  hostName,
  numberFrom,
  oneOf,
  pathSecret,
  plainText,
  postgresUrl,
  schemaName,
  publicUrl,
  secretText,
  wholeNumberFrom,
} from "./formats.ts";
import { hookNames, limitsByHook, variableNames } from "./customization-formats.ts";
import { timeZone } from "./cel-formats.ts";
import { amiKeys, celKeys, exchanges, pbxKeys } from "./exchange-keys.ts";
import { altegioKeys } from "./altegio-keys.ts";
import { archiveKeys } from "./archive-keys.ts";
import { distributionKeys } from "./distribution-keys.ts";
import { usersByExtension } from "./exchange-formats.ts";
import { httpKeys, publicHttpKeys } from "./http-keys.ts";
import {
  keysIn,
  optional,
  required,
  requiredWithout,
  secret,
  withDefault,
  type NamedKey,
  type ValuesOf,
} from "./key.ts";
import {
  employees,
  namePattern,
  numberPattern,
  numberRules,
  patternList,
  unknownExtension,
} from "./number-formats.ts";
import { originateKeys, tokenReuse, widgetKeys } from "./originate-keys.ts";
import { recordingKeys } from "./recording-keys.ts";
import {
  hoursName,
  responsibleSources,
  rules,
  taskTextKey,
  templateKey,
  workingHours,
} from "./rule-formats.ts";

const anyPort = wholeNumberFrom(0, 65_535);
const milliseconds = wholeNumberFrom(100, 600_000);
const LISTED = "empty: all";
const UNLISTED = "calls that are not told to Kommo";

export { isKey, type Key, type KeyTree, type NamedKey } from "./key.ts";

export const keys = {
  ami: amiKeys,
  pbx: pbxKeys,
  cel: celKeys,
  exchanges,
  kommo: {
    account_url: required(accountUrl, "the account"),
    access_token: secret(
      requiredWithout(
        "kommo.oauth.client_id",
        secretText,
        "long-lived token of a private integration",
      ),
    ),
    oauth: {
      client_id: optional(plainText, "in place of access_token: the integration's id"),
      client_secret: secret(optional(secretText, "its secret key")),
      redirect_uri: optional(publicUrl, "its redirect URI, exactly as it stands in Kommo"),
    },
    requests_per_second: withDefault(
      numberFrom(1, 7),
      5,
      "share of Kommo's 7 requests a second; other integrations use the rest",
    ),
    connect_timeout_ms: withDefault(milliseconds, 5_000, "limit for reaching Kommo"),
    timeout_ms: withDefault(milliseconds, 30_000, "limit for one request as a whole"),
    webhook_secret: secret(
      optional(
        pathSecret,
        "the end of the address that Kommo's webhooks come to; else made at the first start",
      ),
    ),
    widget: widgetKeys,
    token_reuse: tokenReuse,
  },
  directory: {
    fill: withDefault(
      oneOf("on", "off", "auto"),
      "auto",
      "read all contacts, companies and open leads once; auto: below 20,000 contacts",
    ),
    poll_seconds: withDefault(
      wholeNumberFrom(10, 3_600),
      120,
      "how often Kommo is asked what has changed, where no webhooks come",
    ),
  },
  users: withDefault(
    usersByExtension,
    new Map<string, readonly number[]>(),
    "extension → id of the Kommo user, or a list of those who share it",
  ),
  employees: withDefault(
    employees,
    [],
    "further numbers of employees: mobile telephones, patterns as 8123456XXXX",
  ),
  unknown_extension: withDefault(
    unknownExtension,
    "leave_out",
    "whose the calls of an extension are that stands for no user",
  ),
  responsible: {
    missed: withDefault(
      responsibleSources,
      ["card", "last_rung"],
      "whose a missed call is: the first that there is",
    ),
    existing_card: withDefault(
      oneOf("never", "if_default", "always"),
      "never",
      "whether who talked becomes the responsible user of a card that was there before",
    ),
    default_user: optional(
      wholeNumberFrom(1, 2_147_483_647),
      "whom if_default takes cards from, a Kommo user",
    ),
  },
  register: {
    freepbx_blacklist: withDefault(
      flag,
      false,
      "leave out clients on the exchange's own black list (FreePBX, Issabel: AstDB)",
    ),
    extensions: {
      only: withDefault(patternList(namePattern, "extensions to register"), [], LISTED),
      except: withDefault(patternList(namePattern, "extensions to leave out"), [], UNLISTED),
    },
    trunks: {
      only: withDefault(patternList(namePattern, "trunks to register"), [], LISTED),
      except: withDefault(patternList(namePattern, "trunks to leave out"), [], UNLISTED),
    },
    dids: {
      only: withDefault(patternList(numberPattern, "DIDs to register"), [], LISTED),
      except: withDefault(patternList(numberPattern, "DIDs to leave out"), [], UNLISTED),
    },
    clients: {
      only: withDefault(patternList(numberPattern, "clients to register"), [], LISTED),
      except: withDefault(patternList(numberPattern, "clients to leave out"), [], UNLISTED),
    },
  },
  numbers: {
    client: withDefault(
      numberRules("clients'"),
      [],
      "rewrites clients' numbers, one after another",
    ),
    employee: withDefault(numberRules("employees'"), [], "rewrites the numbers of telephones"),
  },
  rules: withDefault(rules, [], "what becomes of which call; the first that fits decides"),
  working_hours: withDefault(
    workingHours,
    new Map(),
    "by name, for rules and for the deadline of tasks",
  ),
  time_zone: optional(timeZone, "of the account, for working hours; else that of this host"),
  ignore_shorter_than_seconds: withDefault(
    wholeNumberFrom(0, 600),
    0,
    "unanswered calls of unknown numbers that were shorter make no card",
  ),
  language: withDefault(
    oneOf("en", "es", "pt", "ru"),
    "en",
    "of the names of cards and tasks made here",
  ),
  store: {
    path: withDefault(
      absolutePath,
      "/var/lib/asterisk-kommo/store.db",
      "the database file; its folder must be writable, and holds what is not in the database",
    ),
    reserve_megabytes: withDefault(
      wholeNumberFrom(0, 1_024),
      16,
      "taken up beside it, and given up piece by piece when the disk is full, for calls",
    ),
    url: secret(
      optional(
        postgresUrl,
        "a PostgreSQL database in place of the file; the folder of store.path holds the rest",
      ),
    ),
    schema: withDefault(
      schemaName,
      "default",
      "which of the installations that share the database: each is a schema of its own, ak_NAME",
    ),
  },
  outbox: {
    believe_absence_after_seconds: withDefault(
      wholeNumberFrom(0, 3_600),
      60,
      'after a lost answer, how old a "nothing found" must be before the step is repeated',
    ),
  },
  archive: archiveKeys,
  recordings: recordingKeys,
  customizations: {
    path: withDefault(
      absolutePath,
      "/etc/asterisk-kommo/customizations",
      "folder of the administrator's scripts",
    ),
    off: withDefault(hookNames, [], "customizations that do not run, though their file is there"),
    variables: withDefault(
      variableNames,
      [],
      "channel variables that scripts see in call_full.variables",
    ),
    timeout_ms: withDefault(milliseconds, 3_000, "limit for a script"),
    timeouts_ms: withDefault(
      limitsByHook,
      new Map<string, number>(),
      "limits of their own, by customization",
    ),
    record_file_path_timeout_ms: withDefault(
      milliseconds,
      10_000,
      "limit for process_record_file_path, which may convert a recording",
    ),
  },
  distribution: distributionKeys,
  http: httpKeys,
  public_http: publicHttpKeys,
  originate: originateKeys,
  altegio: altegioKeys,
  fastagi: {
    host: withDefault(hostName, "127.0.0.1", "for AGI() in dialplans"),
    port: withDefault(anyPort, 4573, "0: any free port"),
  },
  unknown_client: withDefault(
    oneOf("unsorted", "contact", "contact_and_lead", "ignore"),
    "unsorted",
    "what an inbound call of a number without a card becomes; unsorted is Kommo's incoming lead",
  ),
  popups: withDefault(
    flag,
    true,
    "shows employees in Kommo who is calling, while their telephones ring",
  ),
  missed_call_task: withDefault(
    oneOf(true, "inbound", false),
    true,
    'task "call back" for missed inbound and unanswered outbound calls; "inbound": the former only',
  ),
  task: {
    type_id: withDefault(
      wholeNumberFrom(1, 2_147_483_647),
      1,
      "type of that task in Kommo; 1 is a call",
    ),
    deadline_minutes: withDefault(
      wholeNumberFrom(1, 525_600),
      60,
      "how long after the call that task is due",
    ),
    working_hours: optional(hoursName, "an entry of working_hours in which alone that time counts"),
    text: optional(taskTextKey, "its text; else the words of the language"),
  },
  duration_of: withDefault(
    oneOf("last", "total"),
    "last",
    "talk time on the card: of the last employee, or of all together",
  ),
  names: {
    source: withDefault(plainText, "asterisk-kommo", "source of calls"),
    service_code: withDefault(plainText, "asterisk-kommo", "service code of incoming leads"),
    source_name: withDefault(plainText, "asterisk-kommo", "source name of incoming leads"),
    tag: withDefault(plainText, "asterisk-kommo", "tag of the cards made here"),
    contact: optional(templateKey("name of new contacts"), "else the words of the language"),
    lead: optional(templateKey("name of new leads"), "else the words of the language"),
  },
  include: optional(
    absolutePath,
    "a folder of several accounts: each NAME.json in it is one, and says what differs from this file",
  ),
  standby: withDefault(
    flag,
    false,
    "of several hosts with one store.url: also listens at the exchanges that another host serves",
  ),
  requests_per_second_in_all: optional(
    numberFrom(1, 1_000),
    "of several accounts together, where Kommo counts by this host's address; else each has its own",
  ),
  log: {
    level: withDefault(
      oneOf("debug", "info", "warn", "error"),
      "info",
      "debug shows every event, with clients' numbers in full",
    ),
  },
};

/** The whole configuration after defaults, file, credentials and environment. */
export type Config = ValuesOf<typeof keys>;

/** All keys with their dotted paths, in the order of the tree. */
export const allKeys: readonly NamedKey[] = keysIn(keys);

/** "kommo.access_token" → "ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN". */
export const variableOf = (path: string): string =>
  `ASTERISK_KOMMO_${path.replaceAll(".", "_").toUpperCase()}`;
