import { expect, test } from "@jest/globals";
import { connectFailure } from "../../src/ami/ami-failure.ts";

test("F08: a daemon that may open no more files tries again by itself, over TLS too", () => {
  const missed = Object.assign(new Error("connect EMFILE 192.0.2.1:5039"), { code: "EMFILE" });
  const address = { host: "192.0.2.1", port: 5039, tls: {} };

  expect(connectFailure(missed, address)).toMatchObject({
    kind: "unreachable",
    retry: "later",
    hint: expect.stringContaining("raise LimitNOFILE"),
  });
});
