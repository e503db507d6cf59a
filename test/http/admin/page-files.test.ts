// The built page, as a browser gets it.
import { expect, test } from "@jest/globals";
import { brotliDecompressSync } from "node:zlib";
import { openDoor } from "./admin-door.ts";

test("the document names its files by their content, and lets nothing from elsewhere into the page", async () => {
  await using door = await openDoor();

  const answer = await fetch(`${door.url}/admin/`);
  const text = await answer.text();

  expect(answer.status).toBe(200);
  expect(text).toMatch(/<script type="module" src="\/admin\/files\/page-[0-9a-f]{12}\.js">/);
  expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/);
  expect(text).not.toMatch(/<style|\sstyle=|\son\w+=/);
  const policy = answer.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain("unsafe");
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
});

test("a file is kept by the browser for good, and packed for who understands it", async () => {
  await using door = await openDoor();
  const text = await (await fetch(`${door.url}/admin/`)).text();
  const [, path = ""] = /src="([^"]+)"/.exec(text) ?? [];

  const answer = await fetch(door.url + path, { headers: { "accept-encoding": "br" } });
  const again = await fetch(door.url + path, {
    headers: { "if-none-match": answer.headers.get("etag") ?? "" },
  });

  expect(answer.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(answer.headers.get("content-encoding")).toBe("br");
  expect(await answer.text()).toContain("console.log('page')");
  expect(again.status).toBe(304);
});

test("every place of the page is the same document, so that its address can be sent to a colleague", async () => {
  await using door = await openDoor();

  const texts = await Promise.all(
    ["/admin/", "/admin/calls/1795261714.0", "/admin/statistics?period=week"].map(async (path) =>
      (await fetch(door.url + path)).text(),
    ),
  );

  expect(new Set(texts).size).toBe(1);
});

test("/admin leads to /admin/, and what is no question and no file is not found", async () => {
  await using door = await openDoor();

  const bare = await fetch(`${door.url}/admin`, { redirect: "manual" });
  const missing = await fetch(`${door.url}/admin/files/page-000000000000.js`);
  const outside = await fetch(`${door.url}/admin/files/..%2f..%2fstore.db`);
  const question = await fetch(`${door.url}/admin/api/nothing`);

  expect([bare.status, bare.headers.get("location")]).toEqual([302, "/admin/"]);
  expect([missing, outside, question].map(({ status }) => status)).toEqual([404, 404, 404]);
});

test("what is packed is the same when it is unpacked", async () => {
  await using door = await openDoor();
  const { request } = await import("node:http");

  const [plain, packed] = await Promise.all(
    ["identity", "br"].map(
      (encoding) =>
        new Promise<Buffer>((resolve, reject) => {
          const asked = request(
            `${door.url}/admin/`,
            { headers: { "accept-encoding": encoding } },
            (answer) => {
              const parts: Buffer[] = [];
              answer.on("data", (part: Buffer) => parts.push(part));
              answer.on("end", () => resolve(Buffer.concat(parts)));
            },
          );
          asked.on("error", reject);
          asked.end();
        }),
    ),
  );

  expect(brotliDecompressSync(packed ?? Buffer.alloc(0))).toEqual(plain);
});
