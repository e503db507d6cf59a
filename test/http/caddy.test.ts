// The Caddyfile of docs/recordings.md, as an administrator would copy it: what it shows, and what not.
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
let caddy: ChildProcess;
let behind: Server;
let port: number;

/** @returns the example with this host's ports, in clear, since no certificate can be had here */
async function exampleWith(upstream: number): Promise<string> {
  const page = await readFile(PAGE, "utf8");
  const example = /```caddy\n([^]*?)```/.exec(page)?.[1];
  if (example === undefined) throw new Error("the page has no example");
  return example
    .replace("pbx.example {", `http://127.0.0.1:${port} {`)
    .replace("127.0.0.1:8078", `127.0.0.1:${upstream}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-caddy-"));
  behind = createServer((asked, response) => response.end(`behind ${asked.url ?? ""}`));
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
  port = await freePort();
  const file = join(folder, "Caddyfile");
  const example = await exampleWith((behind.address() as AddressInfo).port);
  await writeFile(file, `{\n    admin off\n    auto_https off\n}\n${example}`);
  caddy = spawn("/usr/bin/caddy", ["run", "--config", file, "--adapter", "caddyfile"], {
    stdio: ["ignore", "ignore", "ignore"],
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
    },
  });
  await untilOpen();
});

afterAll(async () => {
  const ended = new Promise((resolve) => caddy.once("exit", resolve));
  caddy.kill("SIGTERM");
  await ended;
  behind.closeAllConnections();
  behind.close();
  await rm(folder, { recursive: true, force: true });
});

async function untilOpen(): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if ((await ask("/").catch(() => 0)) !== 0) return;
    if (caddy.exitCode !== null) throw new Error("caddy does not start");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("caddy does not listen");
}

const ask = (path: string): Promise<string | number> => askProxy(port, path);

test.each(SHOWN)("the proxy shows %s", async (path) => {
  expect(await ask(path)).toBe(`behind ${path}`);
});

test.each(HIDDEN)("the proxy shows nothing at %s", async (path) => {
  expect(await ask(path)).toBe(404);
});
