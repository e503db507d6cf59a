// Which numbers may be dialled from a card, and how they are given to the dialplan.
import { expect, test } from "@jest/globals";
import { callingCodeOf } from "../../src/originate/home-country.ts";
import { createNumberPolicy, type NumberSettings } from "../../src/originate/number-policy.ts";

type Settings = Omit<NumberSettings, "countryCode"> & { readonly countryCode?: string };

const USUAL: Settings = {
  rewrite: (number) => number,
  allow: ["_XXX!"],
  refuse: [],
  international: false,
  premium: false,
};

const judge = (phone: string, settings: Partial<Settings> = {}): string => {
  const { countryCode, ...rest } = { ...USUAL, ...settings };
  const verdict = createNumberPolicy({ ...rest, countryCode: () => countryCode })(phone);
  return verdict.kind === "dial" ? verdict.number : verdict.kind;
};

test.each([
  ["79161234567", "79161234567"],
  ["+7 (916) 123-45-67", "79161234567"],
  ["tel:+79161234567", "79161234567"],
  ["8 916 123 45 67", "89161234567"],
  ["21 123 45 67", "211234567"],
  ["101", "101"],
])("%s is dialled as %s", (written, dialled) => {
  expect(judge(written)).toBe(dialled);
});

test.each([
  "",
  "+",
  "12 34 a",
  "911\r\nAction: Command",
  "9".repeat(21),
  "1&2",
  "*72",
  "５５５",
  "12;3",
])("%j is no number", (written) => {
  expect(judge(written)).toBe("invalid");
});

test.each(["0044207946000", "011442079460000", "8 10 44 207 946 0000"])(
  "%s is abroad wherever one is",
  (written) => {
    expect(judge(written)).toBe("forbidden");
    expect(judge(written, { international: true })).toMatch(/^\d+$/);
  },
);

test("with the country known, every other country is abroad", () => {
  const home = { countryCode: "351" };

  expect(judge("+351 912 000 111", home)).toBe("351912000111");
  expect(judge("912 000 111", home)).toBe("912000111");
  expect(judge("+7 916 123-45-67", home)).toBe("forbidden");
  expect(judge("79161234567", home)).toBe("forbidden");
  expect(judge("79161234567", { ...home, international: true })).toBe("79161234567");
});

test("a country's own numbers are never abroad, however long they are there", () => {
  const own = [
    ["55", "(11) 91234-5678", "11912345678"],
    ["55", "011 91234-5678", "011912345678"],
    ["55", "44 99123-4567", "44991234567"],
    ["55", "+55 11 91234-5678", "5511912345678"],
    ["1", "(810) 555-1234", "8105551234"],
    ["1", "1 212 555 1234", "12125551234"],
    ["49", "0151 23456789", "015123456789"],
    ["86", "138 0013 8000", "13800138000"],
    ["7", "8 (916) 123-45-67", "89161234567"],
  ] as const;

  const judged = own.map(([countryCode, written]) => judge(written, { countryCode }));

  expect(judged).toEqual(own.map(([, , dialled]) => dialled));
});

test.each([
  ["55", "+1 212 555 1234"],
  ["55", "351912000111"],
  ["1", "011 44 20 7946 0000"],
  ["1", "00 44 20 7946 0000"],
  ["7", "8 10 44 20 7946 0000"],
  ["7", "011 44 20 7946 0000"],
  ["44", "8 10 1 212 555 1234"],
  ["81", "010 44 20 7946 0000"],
  ["56", "1230 44 20 7946 0000"],
  ["86", "7 916 123 45 67 8"],
])("in the country %s, %s is abroad", (countryCode, written) => {
  expect(judge(written, { countryCode })).toBe("forbidden");
});

test("with no country known, what is allowed is decided by the patterns alone", () => {
  expect(judge("+44 20 7946 0000")).toBe("442079460000");
  expect(judge("+44 20 7946 0000", { allow: ["_7XXXXXXXXXX"] })).toBe("forbidden");
});

test("the country may become known while the daemon runs", () => {
  const account: { code?: string } = {};
  const policy = createNumberPolicy({ ...USUAL, countryCode: () => account.code });
  const before = policy("+44 20 7946 0000").kind;

  account.code = "351";

  expect([before, policy("+44 20 7946 0000").kind]).toEqual(["dial", "forbidden"]);
});

test.each([
  ["PT", "351"],
  ["pt", "351"],
  ["RU", "7"],
  ["KZ", "7"],
  ["US", "1"],
  ["BR", "55"],
  ["XX", undefined],
  ["", undefined],
  [undefined, undefined],
])("the country %s has the code %s", (country, code) => {
  expect(callingCodeOf(country)).toBe(code);
});

test("premium numbers are refused unless they are wanted", () => {
  const numbers = [
    "+1 900 555 1234",
    "+979 123 456 789",
    "0900 123 456",
    "88091234567",
    "+351760123456",
  ];

  const judged = numbers.map((number) => judge(number, { countryCode: "7", international: true }));

  expect(judged).toEqual(numbers.map(() => "forbidden"));
  expect(judge("88091234567", { countryCode: "7", premium: true })).toBe("88091234567");
  expect(judge("8 900 123 45 67", { countryCode: "7" })).toBe("89001234567"); // a Russian mobile
});

test.each([
  ["Russia", "7", "8 809 123 45 67", "+7 803 123 45 67", "8 800 123 45 67"],
  ["Kazakhstan", "7", "8 809 123 45 67", "+7 809 123 45 67", "8 701 123 45 67"],
  ["Ukraine", "380", "0 900 212 345", "+380 900 312345", "050 123 45 67"],
  ["Brazil", "55", "0900 123 4567", "+55 500 123 4567", "0800 123 4567"],
  ["Mexico", "52", "01 900 123 4567", "+52 900 123 4567", "55 1234 5678"],
  ["Spain", "34", "806 123 456", "+34 905 123 456", "912 345 678"],
  ["Portugal", "351", "760 123 456", "+351 648 123 456", "707 123 456"],
  ["the USA", "1", "1 900 555 1234", "+1 900 555 1234", "1 800 555 1234"],
  ["Germany", "49", "0900 1 123456", "+49 137 7 123456", "030 1234567"],
  ["Great Britain", "44", "0909 879 0123", "+44 70 1234 5678", "020 7946 0000"],
  ["Turkey", "90", "0900 123 45 67", "+90 888 123 45 67", "0532 123 45 67"],
  ["Israel", "972", "1 900 123 456", "+972 1919 123456", "054 123 4567"],
  ["the Emirates", "971", "0900 212345", "+971 900 212345", "050 123 4567"],
  ["Poland", "48", "703 123 456", "+48 700 123 456", "601 123 456"],
  ["Italy", "39", "0878 123 12", "+39 899 123456", "02 1234 5678"],
])(
  "in %s premium numbers are known, and others are dialled",
  (_, countryCode, own, whole, usual) => {
    const settings = { countryCode, international: true };

    expect([own, whole].map((number) => judge(number, settings))).toEqual([
      "forbidden",
      "forbidden",
    ]);
    expect(judge(own, { ...settings, premium: true })).toMatch(/^\d+$/);
    expect(judge(usual, settings)).toMatch(/^\d+$/);
  },
);

test("from anywhere the dear numbers of another country are known behind its code", () => {
  const abroad = ["+44 871 123 4567", "00 33 899 12 34 56", "+372 900 1234", "+420 906 123 456"];

  const judged = abroad.map((number) => judge(number, { countryCode: "7", international: true }));

  expect(judged).toEqual(abroad.map(() => "forbidden"));
});

test("the rules of the administrator spell for the dialplan, and open no back door", () => {
  const outside = (number: string): string => number.replace(/^\+?7(\d{10})$/, "98$1");
  const stripping = (number: string): string => number.replace(/^5/, "");

  expect(judge("+79161234567", { rewrite: outside })).toBe("989161234567");
  expect(judge("50044207946000", { rewrite: stripping })).toBe("forbidden");
});

test("what is not allowed, or refused all the same, is forbidden", () => {
  expect(judge("101", { allow: ["_7XXXXXXXXXX"] })).toBe("forbidden");
  expect(judge("79161234567", { allow: ["_7XXXXXXXXXX"] })).toBe("79161234567");
  expect(judge("79161234567", { refuse: ["_7916."] })).toBe("forbidden");
  expect(judge("12")).toBe("forbidden"); // the usual list begins with three digits
  expect(judge("123")).toBe("123");
});
