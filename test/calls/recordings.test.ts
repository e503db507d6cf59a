// Which recording is whose: told by the CDR alone, and where a conversation has several.
import { expect, test } from "@jest/globals";
import type { AmiEvent, ChannelRef } from "../../src/ami/event.ts";
import { openScene } from "./scene.ts";

const named = ({ id }: ChannelRef, file: string): AmiEvent => ({
  kind: "recording-named",
  id,
  file,
});

function answeredCall() {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const telephone = scene.dials(client, "PJSIP/101");
  scene.wait(2);
  scene.answers(telephone);
  scene.enter("talk", telephone, client);
  scene.wait(3);
  scene.leave("talk", telephone, client);
  scene.hangup(telephone);
  return { scene, client };
}

test("a recording that only the CDR names belongs to who talked", () => {
  const { scene, client } = answeredCall();
  scene.event(named(client, "in-79161234567-1795000000.0.wav"));
  scene.hangup(client);

  const [call] = scene.told();

  expect(call?.conversations).toMatchObject([
    { extension: "101", recording: "in-79161234567-1795000000.0.wav" },
  ]);
  expect(call?.recordings).toEqual([]);
});

test("a CDR that comes after the hangup, and once more, names it all the same", () => {
  const { scene, client } = answeredCall();
  scene.hangup(client);
  scene.event(named(client, "in.wav"));
  scene.event(named(client, "in.wav"));

  const [call] = scene.told();

  expect(call?.conversations).toMatchObject([{ recording: "in.wav" }]);
  expect(call?.recordings).toEqual([]);
});

test("the path that was heard when the recording began is not doubled by its name in the CDR", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const value = "/var/spool/asterisk/monitor/2026/11/21/in.wav";
  scene.event({ kind: "variable-set", id: client.id, variable: "recording", value });
  const telephone = scene.dials(client, "PJSIP/101");
  scene.answers(telephone);
  scene.enter("talk", telephone, client);
  scene.wait(3);
  scene.hangup(telephone);
  scene.event(named(client, "in.wav"));
  scene.hangup(client);

  const [call] = scene.told();

  expect(call?.conversations).toMatchObject([{ recording: value }]);
  expect(call?.recordings).toEqual([]);
});

test("a recording that was announced for a call nobody answered is none", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const telephone = scene.dials(client, "PJSIP/101");
  scene.wait(5);
  scene.event(named(client, "in.wav"));
  scene.hangup(telephone, client);

  const [call] = scene.told();

  expect(call).toMatchObject({ result: "missed", recordings: [] });
});

test("a CDR of a call that nobody knows is left out", () => {
  const { scene, client } = answeredCall();
  scene.event(named({ ...client, id: "9.9" as ChannelRef["id"] }, "in.wav"));
  scene.hangup(client);

  expect(scene.told()).toMatchObject([
    { recordings: [], conversations: [{ recording: undefined }] },
  ]);
});

/** One talk, in which the exchange records into one file after the other. */
function recordedTalk(record: (start: (file: string) => void, stop: () => void) => void) {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const telephone = scene.dials(client, "PJSIP/101");
  scene.answers(telephone);
  scene.enter("talk", telephone, client);
  record(
    (value) => {
      scene.event({ kind: "variable-set", id: client.id, variable: "recording", value });
      scene.wait(3);
    },
    () => scene.event({ kind: "recording-stopped", id: client.id }),
  );
  scene.leave("talk", telephone, client);
  scene.hangup(telephone, client);
  return scene.told()[0];
}

test("files that were recorded one after the other are the parts of one conversation", () => {
  const call = recordedTalk((start, stop) => {
    start("/a.wav");
    stop();
    start("/b.wav");
    stop();
    start("/c.wav");
  });

  expect(call?.conversations).toMatchObject([
    { recording: "/c.wav", recordingParts: ["/a.wav", "/b.wav", "/c.wav"] },
  ]);
  expect(call?.recordings).toEqual(["/a.wav", "/b.wav"]);
});

test("what was recorded beside another file is no part of it", () => {
  const call = recordedTalk((start, stop) => {
    start("/all.wav");
    start("/beside.wav");
    stop();
    start("/rest.wav");
  });

  expect(call?.conversations).toMatchObject([
    { recording: "/rest.wav", recordingParts: ["/all.wav", "/rest.wav"] },
  ]);
  expect(call?.recordings).toEqual(["/all.wav", "/beside.wav"]);
});

test("one file is the whole recording, and has no parts", () => {
  const call = recordedTalk((start) => start("/a.wav"));

  expect(call?.conversations[0]).toMatchObject({ recording: "/a.wav" });
  expect(call?.conversations[0]).not.toHaveProperty("recordingParts");
});
