// The nginx of docs/recordings.md, as an administrator would copy it: what it shows, and what not.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { askProxy, HIDDEN, SHOWN } from "./behind-proxy.ts";
import { freePort } from "./free-port.ts";

const PAGE = join(import.meta.dirname, "../../docs/recordings.md");

let folder: string;
let nginx: ChildProcess;
let behind: Server;
let port: number;

/** @returns the example with this host's ports, and without the certificate that it has not */
async function exampleWith(upstream: number): Promise<string> {
  const page = await readFile(PAGE, "utf8");
  const example = /```nginx\n([^]*?)```/.exec(page)?.[1];
  if (example === undefined) throw new Error("the page has no example");
  return example
    .replace("listen 443 ssl;", `listen 127.0.0.1:${port};`)
    .replace(/^ *ssl_.*\n/gm, "")
    .replace("127.0.0.1:8078", `127.0.0.1:${upstream}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-nginx-"));
  behind = createServer((asked, response) => response.end(`behind ${asked.url ?? ""}`));
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
  port = await freePort();
  const file = join(folder, "nginx.conf");
  const example = await exampleWith((behind.address() as AddressInfo).port);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  await writeFile(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log stderr;
     events {} http { access_log off; ${paths.join(" ")} ${example} }`,
  );
  nginx = spawn("/usr/sbin/nginx", ["-p", folder, "-c", file, "-e", "stderr"], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  await untilOpen();
});

afterAll(async () => {
  const ended = new Promise((resolve) => nginx.once("exit", resolve));
  nginx.kill("SIGTERM");
  await ended;
  behind.closeAllConnections();
  behind.close();
  await rm(folder, { recursive: true, force: true });
});

async function untilOpen(): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if ((await ask("/").catch(() => 0)) !== 0) return;
    if (nginx.exitCode !== null) throw new Error("nginx does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nginx does not listen");
}

const ask = (path: string): Promise<string | number> => askProxy(port, path);

test.each(SHOWN)("the proxy shows %s", async (path) => {
  expect(await ask(path)).toBe(`behind ${path}`);
});

test.each(HIDDEN)("the proxy shows nothing at %s", async (path) => {
  expect(await ask(path)).toBe(404);
});
