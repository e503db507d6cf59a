import { expect, test } from "@jest/globals";
import { scrubbing } from "./record-harness.ts";

const valueOf = (message: string, key: string): string =>
  new RegExp(`^${key}: (.*)$`, "m").exec(message)?.[1] ?? "";
const last10 = (number: string): string => number.replace(/\D/g, "").slice(-10);

const varSet = (name: string, value: string): string =>
  `Event: VarSet\nPrivilege: dialplan,all\nChannel: PJSIP/trunk-00000001\nUniqueid: 1795261714.7\nLinkedid: 1795261714.7\nVariable: ${name}\nValue: ${value}`;

test("a client is one client in all spellings, and each spelling keeps its form", () => {
  const { scrub } = scrubbing();

  const told = scrub(
    [
      "Event: Newchannel",
      "CallerIDNum: +79161112233",
      "ConnectedLineNum: 89161112233",
      "Exten: 9161112233",
      "DestExten: 79161112233",
      "AppData: 8 (916) 111-22-33",
      "Note: +7 916 111 22 33,8-916-111-22-33,8(916)1112233,8.916.111.22.33,(916) 111-22-33",
      "Channel: Local/79161112233@from-internal-00000002;1",
      "Value: /monitor/in-79161112233-20261121-114834-1795261714.7.wav",
    ].join("\n"),
  );

  const standIn = last10(valueOf(told, "CallerIDNum"));
  expect(standIn).toMatch(/^1\d{9}$/);
  expect(valueOf(told, "CallerIDNum")).toBe(`+7${standIn}`);
  expect(valueOf(told, "ConnectedLineNum")).toBe(`8${standIn}`);
  expect(valueOf(told, "Exten")).toBe(standIn);
  expect(valueOf(told, "DestExten")).toBe(`7${standIn}`);
  expect(valueOf(told, "AppData")).toMatch(/^8 \(\d{3}\) \d{3}-\d\d-\d\d$/);
  expect(last10(valueOf(told, "AppData"))).toBe(standIn);
  for (const spelling of valueOf(told, "Note").split(",")) expect(last10(spelling)).toBe(standIn);
  expect(valueOf(told, "Channel")).toBe(`Local/7${standIn}@from-internal-00000002;1`);
  expect(valueOf(told, "Value")).toBe(`/monitor/in-7${standIn}-20261121-114834-1795261714.7.wav`);
});

test("telephones, contexts, queues, feature codes and ids stay as they are", () => {
  const { scrub } = scrubbing();
  const message = [
    "Event: Newexten",
    "Privilege: dialplan,all",
    "Channel: PJSIP/101-0000003f",
    "ChannelState: 6",
    "ChannelStateDesc: Up",
    "CallerIDNum: 101",
    "CallerIDName: <unknown>",
    "Context: from-sales-desk",
    "Exten: *8102",
    "Priority: 3",
    "Uniqueid: pbx1-1795261714.70",
    "Linkedid: pbx1-1795261714.7",
    "BridgeUniqueid: 4eefcb16-f1b8-4cf3-8386-c3793fca4297",
    "Queue: sales",
    "Extension: 400",
    "Application: Queue",
    "AppData: sales,tT,,,60",
    "Hint: PJSIP/101&PJSIP/102",
    "DialString: 101/sip:101@127.0.0.1:5060",
    "Cause: 16",
    "Cause-txt: Normal Clearing",
    "Timestamp: 1795261714.031089",
    "Uptime: 1234567",
  ].join("\n");

  expect(scrub(message)).toBe(message);
});

test("names are replaced word by word, in the script and the case that they had", () => {
  const { scrub } = scrubbing();

  const told = scrub(
    'Event: Newchannel\nCallerIDName: Иванов Пётр\nConnectedLineName: ИВАНОВ\nMemberName: Anna-Maria O\'Neil\nAccountCode: orlova\nAppData: CALLERID(all)=\\"Иванов Пётр\\" <79161112233>\nCallerIDNum: 79161112233',
  );

  expect(told).not.toMatch(/иванов|п[её]тр|anna|maria|neil|orlova/i);
  const [surname = ""] = valueOf(told, "CallerIDName").split(" ");
  expect(surname).toMatch(/^[А-Я][а-я]{5}$/);
  expect(valueOf(told, "ConnectedLineName")).toBe(surname.toUpperCase());
  expect(valueOf(told, "AppData")).toContain(`\\"${valueOf(told, "CallerIDName")}\\" <7`);
});

test("a name that is an exchange's word elsewhere is replaced where the whole name stands", () => {
  const { scrub } = scrubbing();

  const told = scrub(
    "Event: Newchannel\nChannel: Local/101@from-internal-00000001;1\nCallerIDName: Li Park\nAppData: CALLERID(name)=Li Park",
  );

  expect(told).not.toMatch(/li park/i);
  expect(valueOf(told, "Channel")).toBe("Local/101@from-internal-00000001;1");
  expect(valueOf(told, "AppData")).toBe(`CALLERID(name)=${valueOf(told, "CallerIDName")}`);
});

const CANARIES: readonly (readonly [string, string])[] = [
  ["a number", "79161112233"],
  ["a number with plus", "+79161112233"],
  ["a number in words", "call 8 916 111-22-33 back"],
  ["several numbers in words", "8 916 111 22 33 8 916 111-22-33 8 916 111 22 34"],
  ["a city number", "2345678"],
  ["a short city number", "234567"],
  ["two numbers in one run", "7916111223379161112234"],
  ["a number behind an escape", "x\\n79161112233\\n"],
  ["a number in percent signs", "%2B79161112233%20"],
  ["a name", "Zacharias Quixote"],
  ["a Cyrillic name", "Задунайский"],
  ["an e-mail", "zacharias@quixote.example"],
  ["an address", "203.0.113.77"],
  ["an IPv6 address", "2001:db8:77:1::abcd"],
  ["a hardware address", "00:15:65:ab:cd:ef"],
  ["a SIP URI", "sip:79161112233@sip.quixote.example:5060;user=zacharias"],
  ["a web address", "https://crm.quixote.example/card/7916111?name=Zacharias"],
  ["a token", "9f8e7d6c5b4a39281706"],
  ["a dial string with a secret", "IAX2/zacharias:s3cr3tPa55@quixote/79161112233"],
];
const PARTS_OF_CANARIES =
  /9161112233|9161112234|111.22.3[34]|2345678|234567|zacharias|quixote|задунайский|203\.0\.113\.77|2001:db8|00:15:65|9f8e7d6c|s3cr3t|7916111/i;
const FIELDS = [
  "CallerIDNum",
  "CallerIDName",
  "ConnectedLineNum",
  "ConnectedLineName",
  "DestCallerIDName",
  "AccountCode",
  "Exten",
  "Extension",
  "Context",
  "Queue",
  "Application",
  "AppData",
  "Channel",
  "DestChannel",
  "DialString",
  "Forward",
  "Interface",
  "MemberName",
  "Uniqueid",
  "Linkedid",
  "BridgeUniqueid",
  "ActionID",
  "Variable",
  "ChanVariable",
  "Uptime",
  "Cause",
  "Cause-txt",
  "Language",
  "Privilege",
  "ChannelStateDesc",
  "Timestamp",
  "Userfield",
  "CallerID",
  "Extra",
  "Contact",
  "URI",
  "UserAgent",
  "StatusText",
  "Output",
  "Whatever",
];

test.each(CANARIES)("%s is nowhere left, in whichever field it stands", (what, canary) => {
  for (const field of FIELDS) {
    if (
      /^(a short city number|a token|a Cyrillic name)$/.test(what) &&
      /^(Context|Queue)$/.test(field)
    )
      continue; // They are given names there.
    if (what.includes("city number") && field === "Uptime") continue;
    const told = scrubbing().scrub(
      `Event: Newchannel\nPrivilege: call,all\n${field}: ${canary}\nFILE: /monitor/in-${canary}-x.wav\n${canary}`,
    );

    expect(told.replace(/^.*: /, "")).not.toMatch(PARTS_OF_CANARIES);
  }
  for (const name of ["CLIENT", "_NAME", "DB_RESULT", "SIPURI", "HASH(x)", `HASH(${canary})`]) {
    expect(scrubbing().scrub(varSet(name, canary))).not.toMatch(PARTS_OF_CANARIES);
  }
});

test.each([
  varSet("CRM_API_TOKEN", "hunter2-hunter2"),
  varSet("__PIN_CODE", "hunter2-hunter2"),
  varSet("PJSIP_HEADER(Authorization)", "Digest hunter2-hunter2"),
  varSet("URL", "https://x/?api_key=hunter2-hunter2&a=1"),
  varSet("HDR", "Authorization: Bearer hunter2-hunter2"),
  varSet("D", "SIP/user:hunter2-hunter2@host/7916"),
  "Event: Newexten\nApplication: Set\nAppData: MY_PASSWORD=hunter2-hunter2 and more hunter2-hunter2",
  "Event: Newexten\nApplication: Authenticate\nAppData: hunter2-hunter2",
  "Event: VarSet\nChanVariable: db_secret=hunter2-hunter2",
  "Response: Success\nChallenge: hunter2-hunter2",
  "Event: UserEvent\nUserEvent: x\nPassword: hunter2-hunter2",
])("a secret goes by the name that it has: %s", (message) => {
  const told = scrubbing().scrub(message);

  expect(told).not.toMatch(/hunter|2-/);
  expect(told).toContain("removed");
});

test("what the configuration names as secret is left out wherever it stands", () => {
  const { scrub } = scrubbing({ secrets: ["correct horse"] });

  expect(scrub(varSet("NOTE", "say correct horse now"))).not.toContain("horse");
});

test("the same recording has one stand-in for a number, another recording another", () => {
  const message = varSet("N", "79161112233");

  const one = scrubbing({ key: Buffer.alloc(32, 1) });
  const other = scrubbing({ key: Buffer.alloc(32, 2) });

  expect(one.scrub(message)).toBe(one.scrub(message));
  expect(one.scrub(message)).not.toBe(other.scrub(message));
});

test("no two clients become one, and none becomes an employee", () => {
  const settings = { extensions: ["_10X"], mobiles: ["_71XXXXXXXXX"] };
  const { pseudonyms } = scrubbing({ settings: { extensions: ["_[2-7]XXXX"] } });
  const mobile = scrubbing({ settings });

  const short = Array.from({ length: 900 }, (_, i) => pseudonyms.number(String(80_000 + i)));

  expect(new Set(short).size).toBe(900);
  expect(mobile.pseudonyms.number("79161112233")).toHaveLength(11);
  const beginsAsEmployee = short.filter((number) => /^[2-7]/.test(number));
  expect(beginsAsEmployee).toEqual([]);
});

test("no id gets a stand-in that looks as if it held a number", () => {
  const { pseudonyms } = scrubbing();

  const ids = Array.from({ length: 500 }, (_, i) =>
    pseudonyms.token(`00000000-1234-${i}-99999999`),
  );

  expect(ids.filter((id) => /\d{3}/.test(id))).toEqual([]);
});

test("bytes that are no UTF-8, line feeds and control characters do not stop it", () => {
  const { scrub } = scrubbing();

  const told = scrub(
    "Event: UserEvent\nPrivilege: user,all\nUserEvent: Zacharias\nCallerIDName: \u0007Zach\ufffd\u0000arias\nEvent: Hangup\nZacharias 79161112233\n: 79161112233\n79161112233: x",
  );

  expect(told).not.toMatch(/zach|arias|9161112233/i);
  expect(told.split("\n")).toHaveLength(8);
});

const LONG = ["1 ", "1.", "1-", "a-", "(1", "1:", "a.", "@a.", "00-", "\\n1", "0123456789 "].map(
  (piece) => `Value: ${piece.repeat(3000)}`,
);

test.each([
  "",
  ":",
  "Event",
  "Event: ",
  "\n\n",
  "Value: x".repeat(1000),
  "я".repeat(10_000),
  ...LONG,
])("malformed text is taken as it is: %#", (text) => {
  expect(() => scrubbing().scrub(text)).not.toThrow();
});
