// Who rang whom, where CEL does not write Dial down (FreePBX's own cel.conf).
import { expect, test } from "@jest/globals";
import { readLegs } from "../../src/calls/cel/legs.ts";
import { rowsOf } from "./cel-rows.ts";

type Made = readonly [
  afterSeconds: number,
  channel: string,
  more?: { exten?: string; app?: string },
];

const START = 1_795_268_700;
const CALL = `${START}.0`;

/** Channels of one call in the order in which they were made, and what else became of them. */
function diallersOf(made: readonly Made[], later: readonly (readonly [number, string, string])[]) {
  const ids = new Map(made.map(([, channame], index) => [channame, `${START}.${index}`]));
  const row = (seconds: number, eventtype: string, channame: string) => ({
    eventtime: (START + seconds).toFixed(6),
    eventtype,
    channame,
    uniqueid: ids.get(channame),
    linkedid: CALL,
    extra: "",
  });
  const rows = [
    ...made.map(([seconds, channame, { exten = "s", app = "" } = {}]) => ({
      ...row(seconds, "CHAN_START", channame),
      exten,
      appname: app,
    })),
    ...later.map(([seconds, eventtype, channame]) => ({
      ...row(seconds, eventtype, channame),
      appname: "AppDial",
    })),
  ];
  const legs = readLegs(rowsOf(rows.toSorted((a, b) => Number(a.eventtime) - Number(b.eventtime))));
  return Object.fromEntries(
    [...legs.values()].map(({ ref, rungBy }) => [
      ref.name,
      rungBy && legs.get(rungBy.by)?.ref.name,
    ]),
  );
}

test("a follow-me: desk and mobile are rung by the Local channels that bear their numbers", () => {
  const client = "PJSIP/mango-trunk-00000001";
  const desk = "Local/FMPR-104@from-internal-00000001";
  const group = "Local/FMGL-79161112233#@from-internal-00000002";
  const number = "Local/79161112233@from-internal-00000003";

  const diallers = diallersOf(
    [
      [0, client, { exten: "74951000104" }],
      [0.1, `${desk};1`, { exten: "FMPR-104" }],
      [0.1, `${desk};2`, { exten: "FMPR-104" }],
      [0.101, `${group};1`, { exten: "FMGL-79161112233#" }],
      [0.101, `${group};2`, { exten: "FMGL-79161112233#" }],
      [0.15, "PJSIP/104-00000002"],
      [4, `${number};1`, { exten: "79161112233" }],
      [4, `${number};2`, { exten: "79161112233" }],
      [4.1, "PJSIP/mango-trunk-00000003"],
    ],
    [
      [6, "ANSWER", `${desk};1`],
      [6, "ANSWER", `${group};1`],
      [6, "ANSWER", `${number};1`],
      [9, "HANGUP", client],
    ],
  );

  expect(diallers).toMatchObject({
    [`${desk};1`]: client,
    [`${group};1`]: client,
    "PJSIP/104-00000002": `${desk};2`,
    [`${number};1`]: `${group};2`,
    "PJSIP/mango-trunk-00000003": `${number};2`,
  });
});

test("the second provider is tried by who tried the first, and as another attempt", () => {
  const employee = "PJSIP/101-00000001";

  const diallers = diallersOf(
    [
      [0, employee, { exten: "79161234567" }],
      [0.1, "PJSIP/mango-trunk-00000002"],
      [0.5, "PJSIP/mtt_out-00000003"],
    ],
    [
      [0.4, "HANGUP", "PJSIP/mango-trunk-00000002"],
      [2, "ANSWER", "PJSIP/mtt_out-00000003"],
    ],
  );

  expect(diallers).toEqual({
    [employee]: undefined,
    "PJSIP/mango-trunk-00000002": employee,
    "PJSIP/mtt_out-00000003": employee,
  });
});

test("a colleague to whom the client is sent blindly is rung by the client", () => {
  const client = "PJSIP/mango-trunk-00000001";

  const diallers = diallersOf(
    [
      [0, client, { exten: "74951000101" }],
      [0.1, "PJSIP/101-00000002"],
      [5, "PJSIP/103-00000003"],
    ],
    [
      [2, "ANSWER", "PJSIP/101-00000002"],
      [4.9, "HANGUP", "PJSIP/101-00000002"],
      [9, "HANGUP", client],
    ],
  );

  expect(diallers).toMatchObject({ "PJSIP/101-00000002": client, "PJSIP/103-00000003": client });
});

test("a leg that nobody can have rung has no dialler", () => {
  const diallers = diallersOf([[0, "PJSIP/101-00000001"]], []);

  expect(diallers).toEqual({ "PJSIP/101-00000001": undefined });
});
