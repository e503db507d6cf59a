/**
 * One message of a stream as it may be given away: the fields that the exchange fills with its own
 * words stay, secrets go, everything else has its numbers, names and addresses replaced.
 */
import type { Pseudonyms } from "./pseudonyms.ts";
import type { TextScrubber } from "./scrub-text.ts";
import { REMOVED_VALUE, SECRET_APPLICATION, SECRET_NAME } from "./secret-names.ts";

export type Field = { readonly key: string; readonly value: string };

/**
 * Values of these stay as they are if they look as the exchange's own do. All else is replaced, also
 * in these fields: what is written there by a forged message is no exchange's word.
 */
const OWN_WORDS: readonly (readonly [key: RegExp, shape: RegExp])[] = [
  [
    /^(Action|Event|Response|EventList|EventName|Application|BridgeCreator|DialStatus)$/,
    /^\w{1,40}$/,
  ],
  [/^EventMask$/, /^[a-z,]{1,80}$/],
  [/^Privilege$/, /^[A-Za-z,<>]{1,60}$/],
  [
    /ChannelStateDesc$/,
    /^(Down|Rsrvd|OffHook|Dialing|Ring|Ringing|Up|Busy|Dialing Offhook|Pre-ring|Mute)$/,
  ],
  [/Bridge(Type|Technology)$/, /^[a-z_]{0,30}$/],
  [
    /^(Unique|Linked)i[dD]$|(Uniquei[dD]|Linkedid|UniqueID|LinkedID)$/,
    /^([A-Za-z][\w.-]*-)?1\d{9}\.\d+$/,
  ],
  [/Bridge(Unique|)i[dD]$/i, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/],
  [/^ActionID$/, /^[0-9a-f]{16}-\d{1,9}$/],
  [/^Timestamp$/, /^1\d{9}\.\d{6}$/],
  [/^(Uptime|LastReload|Duration|Seconds|Wait|ListItems|AMIversion)$/, /^[\d:.]{1,9}$/],
  [/(Priority|ChannelState|BridgeNumChannels|Cause|Position|Count)$/, /^\d{1,5}$/],
  [/Language$/, /^[A-Za-z_-]{0,10}$/],
  [/^AsteriskVersion$/, /^[\w.~+-]{1,40}$/],
  [/^CoreStartup(Date|Time)$/, /^[\d:-]{1,10}$/],
];

export const isOwnWord = ({ key, value }: Field): boolean =>
  OWN_WORDS.some(([keys, shape]) => keys.test(key) && shape.test(value)) &&
  (!/\d{5,}/.test(value) || !/(Event|Response|Application)/.test(key));

/** Names that the exchange's administrator gave: they stay, but for numbers in them. */
const GIVEN_NAME = /(^|[a-z])(Context|context)$|^(Queue|Parkinglot|SystemName|MusicClass)$/;
const NAME =
  /(CallerIDName|CallerIDname|ConnectedLineName|MemberName|Fullname|AccountCode|Accountcode|PeerAccount|UserField|Userfield)$/;
const NUMBER = /(Num|num|Exten|Extension|ani|rdnis|dnid|DNID|Forward|Destination|CallerIDani)$/;
const VARIABLE = /^(Dest|Transferer|Transferee|Source)?ChanVariable(\(.*\))?$/;
const AGENT = /user_?-?agent/i;
const CALL_ID = /^_*(sip)?(pvt|prior)?call-?id$|pvtcallid$/i;
const SHAPE_OF_NAME = /^(?:[\w+-]*[A-Za-z][\w.+-]*|\d{1,6})$/;

export const isNumberField = (key: string): boolean => NUMBER.test(key);

export type MessageScrubber = {
  /** @param text as in `AmiText`: a character is a byte. @returns the same */
  readonly scrub: (text: string) => string;
  /** Values that were dropped as secrets, as far as they can be told from other text. */
  readonly secrets: ReadonlySet<string>;
};

/** The same value comes again and again, mostly within one call. */
const MAX_REMEMBERED = 20_000;
const MAX_SECRETS = 1_000;
/** What a variable with such a name holds may also be a channel or a word, which stand elsewhere too. */
const LIKE_A_PASSWORD = /^(?=.*\d)(?=.*[A-Za-z])[^\s/]{8,200}$/;

export function createMessageScrubber(deps: {
  pseudonyms: Pseudonyms;
  scrubber: TextScrubber;
}): MessageScrubber {
  const { pseudonyms, scrubber } = deps;
  const remembered = new Map<string, string>();
  const secrets = new Set<string>();

  const inBytes = (kind: "text" | "number" | "name" | "digitsOnly", value: string): string => {
    if (value === "" || value === "<unknown>") return value;
    const known = remembered.get(`${kind} ${value}`);
    if (known !== undefined) return known;
    const made = encode(scrubber[kind](decode(value)));
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    if (value.length < 1000) remembered.set(`${kind} ${value}`, made);
    return made;
  };

  const remove = (value: string): string => {
    if (value === "" || /^[01]$/.test(value)) return value;
    if (LIKE_A_PASSWORD.test(value) && secrets.size < MAX_SECRETS) secrets.add(value);
    return REMOVED_VALUE;
  };

  const variable = (name: string, value: string): string => {
    if (SECRET_NAME.test(name)) return remove(value);
    if (AGENT.test(name) || CALL_ID.test(name)) return value && pseudonyms.token(inLatin(value));
    return inBytes("text", value);
  };

  const assignment = (text: string): string => {
    const equals = text.indexOf("=");
    if (equals < 0) return inBytes("text", text);
    const name = text.slice(0, equals);
    return `${variableName(name)}=${variable(name, text.slice(equals + 1))}`;
  };

  const variableName = (name: string): string =>
    /^[A-Za-z_~][\w~]*(\([\w~]*\))?$/.test(name) && !/\d{5}/.test(name)
      ? name
      : inBytes("text", name);

  const valueOf = ({ key, value }: Field, of: Message): string => {
    if (isOwnWord({ key, value })) return value;
    if (key === "Variable") return variableName(value);
    if (key === "Value") return variable(of.variable, value);
    if (VARIABLE.test(key)) return assignment(value);
    if (key === "AppData" && SECRET_APPLICATION.test(of.application)) return remove(value);
    if (key === "AppData" && /^m?set$/i.test(of.application)) return assignment(value);
    if (SECRET_NAME.test(key) || key === "Key") return remove(value);
    if (AGENT.test(key) || CALL_ID.test(key)) return value && pseudonyms.token(inLatin(value));
    if (GIVEN_NAME.test(key) && SHAPE_OF_NAME.test(value)) return inBytes("digitsOnly", value);
    // A queue's member without a name is called by its channel.
    if (NAME.test(key)) return inBytes(/^[A-Za-z0-9]+\/\S+$/.test(value) ? "text" : "name", value);
    return inBytes(NUMBER.test(key) ? "number" : "text", value);
  };

  const learn = (fields: readonly Field[]): void => {
    for (const { key, value } of fields) {
      if (/id$/i.test(key) && isOwnWord({ key, value })) {
        const [, system, seconds] = /^(?:(.*)-)?(1\d{9})\.\d+$/.exec(value) ?? [];
        if (seconds !== undefined) scrubber.learnTime(Number(seconds));
        if (system !== undefined) scrubber.keep(system);
        if (/^Bridge|[a-z]Bridge/.test(key)) scrubber.keep(value);
      } else if (GIVEN_NAME.test(key) && SHAPE_OF_NAME.test(value)) {
        if (!/\d{7,}/.test(value)) scrubber.keep(value);
      }
    }
  };

  return {
    scrub: (text) => {
      const lines = text.split("\r\n");
      const fields = lines.map(fieldOf);
      const find = (key: string): string => fields.find((field) => field?.key === key)?.value ?? "";
      const of = { variable: find("Variable"), application: find("Application") };
      learn(fields.filter((field) => field !== undefined));
      return lines
        .map((line, index) => {
          const field = fields[index];
          if (field === undefined) return inBytes("text", line);
          const { key } = field;
          const shownKey = SHAPE_OF_KEY.test(key) ? key : inBytes("text", key);
          return `${shownKey}:${line.charAt(key.length + 1) === " " ? " " : ""}${valueOf(field, of)}`;
        })
        .join("\r\n");
    },
    secrets,
  };
}

type Message = { readonly variable: string; readonly application: string };

const SHAPE_OF_KEY = /^[A-Za-z]{1,40}(\d{1,2}[A-Za-z]{0,40})?(-[A-Za-z]{1,20}|-\d{6}){0,2}$/;

/** A line as key and value; undefined for what a line end in a variable tore off. */
export function fieldOf(line: string): Field | undefined {
  const colon = line.indexOf(":");
  if (colon <= 0) return undefined;
  return {
    key: line.slice(0, colon),
    value: line.slice(colon + (line[colon + 1] === " " ? 2 : 1)),
  };
}

const inLatin = (value: string): string => value.replace(/[^\x20-\x7e]/g, "?");

export const decode = (bytes: string): string =>
  /[\x80-\xff]/.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;

/** Bytes that are no UTF-8 (a name cut in a letter's middle) become another such byte. */
const encode = (text: string): string =>
  /[^\x00-\x7f]/.test(text)
    ? text
        .split("\ufffd")
        .map((part) => Buffer.from(part, "utf8").toString("latin1"))
        .join("\xd0")
    : text;
