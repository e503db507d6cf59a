// The simulator speaks AMI to a client that none of us wrote: the npm package asterisk-manager.
import { expect, test } from "@jest/globals";
import connectManager from "asterisk-manager";
import { DEFAULT_USER } from "../../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../../src/simulator/pbx/server.ts";
import { fixture } from "./raw-client.ts";

test("asterisk-manager logs in, sees a recorded call from ringing to hangup, and dials one", async () => {
  const click = await fixture("click-answered");
  const pbx = await startPbxSimulator({ clickTraces: [click], clickSpeed: Infinity });
  const { name, secret } = DEFAULT_USER;
  const manager = connectManager(pbx.port, pbx.host, name, secret, true);
  const seen: (string | undefined)[] = [];
  manager.on("managerevent", (event) => seen.push(event["event"]));
  await new Promise((resolve) => manager.once("fullybooted", resolve));

  const play = pbx.play(await fixture("in-answered-101"), { speed: Infinity });
  const linkedid = play.mapping.uniqueids.get("1795261714.0");
  await new Promise<void>((resolve) => {
    let left = 2;
    manager.on("hangup", (event) => {
      if (event["linkedid"] === linkedid && --left === 0) resolve();
    });
  });
  const outcome = new Promise<Readonly<Record<string, string | undefined>>>((resolve) =>
    manager.once("originateresponse", resolve),
  );
  const response = await new Promise((resolve, reject) =>
    manager.action(
      {
        action: "originate",
        channel: "PJSIP/101",
        context: "from-internal",
        exten: "79035550011",
        priority: 1,
        async: "true",
        actionid: "from-afar",
      },
      (error, answer) => (error ? reject(new Error(error["message"])) : resolve(answer)),
    ),
  );

  expect(seen).toEqual(
    expect.arrayContaining([
      "Newchannel",
      "DialBegin",
      "DialEnd",
      "BridgeEnter",
      "BridgeLeave",
      "Hangup",
    ]),
  );
  expect(response).toMatchObject({ message: "Originate successfully queued" });
  expect(await outcome).toMatchObject({
    actionid: "from-afar",
    response: "Success",
    exten: "79035550011",
  });
  manager.disconnect();
  await pbx.stop();
});
