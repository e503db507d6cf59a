/** The keys of dialling from Kommo: what may be dialled, how, how often, and who proves what. */
import { flag, oneOf, plainText, secretText, wholeNumberFrom } from "./formats.ts";
import { optional, secret, withDefault } from "./key.ts";
import { numberRules } from "./number-formats.ts";
import {
  apiKeys,
  callerIdTemplate,
  channelTemplate,
  contextName,
  contextNames,
  countryCode,
  numberPatterns,
  pageOrigin,
} from "./originate-formats.ts";

export const originateKeys = {
  context: withDefault(contextName, "from-internal", "context of the dialplan that dials clients"),
  other_contexts: withDefault(
    contextNames,
    [],
    "further contexts that process_originate_params may choose",
  ),
  channel: withDefault(
    channelTemplate,
    "auto",
    "the way to an employee's telephone; auto: as the exchange tells it, else PJSIP/{extension}",
  ),
  caller_id: withDefault(
    callerIdTemplate,
    "{phone}",
    "what the employee's telephone shows while it rings",
  ),
  ring_seconds: withDefault(wholeNumberFrom(5, 120), 30, "how long the employee's telephone rings"),
  numbers: withDefault(
    numberRules("dialled"),
    [],
    "from the spelling on cards to that of the dialplan, one after another",
  ),
  allow: withDefault(
    numberPatterns("numbers that may be dialled"),
    ["_XXX!"],
    "patterns of numbers that may be dialled, as the dialplan gets them",
  ),
  refuse: withDefault(
    numberPatterns("numbers that may not be dialled"),
    [],
    "patterns that are refused all the same",
  ),
  country_code: optional(
    countryCode,
    "of the country where you dial, by which numbers abroad are known: 351; else the account's own",
  ),
  international: withDefault(flag, false, "whether numbers abroad may be dialled"),
  premium: withDefault(flag, false, "whether numbers at a premium rate may be dialled"),
  per_user_a_minute: withDefault(wholeNumberFrom(1, 600), 10, "dials of one user"),
  total_a_minute: withDefault(wholeNumberFrom(1, 6_000), 60, "dials of all together"),
  call_panel: withDefault(
    flag,
    false,
    'hang up and transfer from Kommo; the AMI user that dials needs "call" in write',
  ),
  api_keys: withDefault(apiKeys, [], "programs that may dial, each for some users only"),
};

/** Beside the keys of `kommo`: the integration that the widget belongs to. */
export const widgetKeys = {
  client_id: optional(plainText, "id of its integration, where it is not kommo.oauth.client_id"),
  client_secret: secret(
    optional(secretText, "the secret key of that integration, which signs who clicks"),
  ),
  audience: optional(
    pageOrigin,
    "scheme and host of the integration's redirect URI, where it is not kommo.oauth.redirect_uri",
  ),
};

export const tokenReuse = withDefault(
  oneOf("once", "lifetime"),
  "once",
  "a one-time token is good for one request; lifetime: until it ends, where pages send one twice",
);
