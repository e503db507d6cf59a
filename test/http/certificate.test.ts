// The public listener with its own certificate, as a browser on the internet would find it.
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { X509Certificate } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createCertificate, type Certificate } from "../../src/http/certificate.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { CERTIFICATE, KEY } from "../kommo/untrusted-certificate.ts";
import { RENEWED_CERTIFICATE, RENEWED_KEY } from "./renewed-certificate.ts";

let folder: string;
let http: Http | undefined;
let certificate: Certificate;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-certificate-"));
  said = [];
});

afterEach(async () => {
  await http?.stop();
  http = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** As certbot does: whole files take the place of the old ones. */
async function put(files: { readonly cert?: string; readonly key?: string }): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, "new"), text);
    await rename(join(folder, "new"), join(folder, `${name}.pem`));
  }
}

async function serve(): Promise<void> {
  const tell = (fields: object, message: string): void =>
    void said.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug: () => undefined, info: tell, warn: tell, error: tell };
  certificate = createCertificate({
    certificateFile: join(folder, "cert.pem"),
    keyFile: join(folder, "key.pem"),
    clock: systemClock,
    log: log as never,
  });
  http = await startHttp({
    listeners: [
      {
        ...{ name: "public_http", host: "127.0.0.1", port: 0, certificate },
        routes: [{ method: "GET", url: "/r/:link", handler: () => "sound" }],
      },
    ],
    ...{ clock: systemClock, log: log as never, retryMs: 20 },
  });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; tries < 4_000; tries++) {
    if (isSo()) return;
    await systemClock.sleep(20);
  }
  throw new Error("it never came to that");
}

type Line = { readonly socket: TLSSocket; get(): Promise<string> };

/** @param trusted the one certificate that the client trusts */
function open(trusted: string): Promise<Line> {
  const { port } = new URL(http?.address("public_http") ?? "");
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port: Number(port), ca: trusted }, () => {
      resolve({
        socket,
        get: () =>
          new Promise((answered, failed) => {
            socket.once("data", (bytes: Buffer) => answered(bytes.toString()));
            socket.once("error", failed);
            socket.write("GET /r/x HTTP/1.1\r\nHost: localhost\r\n\r\n");
          }),
      });
    });
    socket.once("error", reject);
  });
}

const serial = (pem: string): string => new X509Certificate(pem).serialNumber;

test("a client that trusts the certificate gets the recording over TLS", async () => {
  await put({ cert: CERTIFICATE, key: KEY });
  await serve();

  const line = await open(CERTIFICATE);

  expect(http?.address("public_http")).toMatch(/^https:/);
  expect(line.socket.authorized).toBe(true);
  expect(["TLSv1.2", "TLSv1.3"]).toContain(line.socket.getProtocol());
  expect(await line.get()).toContain("sound");
  line.socket.destroy();
});

test("an old version of TLS is refused", async () => {
  await put({ cert: CERTIFICATE, key: KEY });
  await serve();
  const { port } = new URL(http?.address("public_http") ?? "");

  const refused = new Promise((resolve) => {
    connect({
      host: "127.0.0.1",
      port: Number(port),
      ca: CERTIFICATE,
      maxVersion: "TLSv1.1",
      minVersion: "TLSv1",
    })
      .once("secureConnect", () => resolve("connected"))
      .once("error", () => resolve("refused"));
  });

  expect(await refused).toBe("refused");
});

test("F83: a renewed certificate is shown to the next client, and who is connected stays so", async () => {
  await put({ cert: CERTIFICATE, key: KEY });
  await serve();
  const before = await open(CERTIFICATE);

  await put({ cert: RENEWED_CERTIFICATE, key: RENEWED_KEY });
  await certificate.look();
  const after = await open(RENEWED_CERTIFICATE);

  expect(after.socket.getPeerCertificate().serialNumber).toBe(serial(RENEWED_CERTIFICATE));
  expect(await after.get()).toContain("sound");
  expect(await before.get()).toContain("sound");
  expect(said.some((line) => line.startsWith("certificate renewed"))).toBe(true);
  for (const { socket } of [before, after]) socket.destroy();
});

test.each<[string, { cert?: string; key?: string }, RegExp]>([
  ["another one's key", { key: RENEWED_KEY }, /the key is not that of the certificate/],
  ["a certificate without its key", { cert: RENEWED_CERTIFICATE }, /the key is not that/],
  ["half a certificate", { cert: CERTIFICATE.slice(0, 300) }, /no certificate and key in PEM/],
  ["an empty file", { cert: "" }, /no certificate and key in PEM/],
  ["a key that is none", { key: "secret words" }, /no certificate and key in PEM/],
])("F83: %s leaves the old one in force, and says so once", async (_what, files, reason) => {
  await put({ cert: CERTIFICATE, key: KEY });
  await serve();

  await put(files);
  await certificate.look();
  await certificate.look();
  const line = await open(CERTIFICATE);

  expect(await line.get()).toContain("sound");
  const told = said.filter((text) => text.startsWith("certificate not usable"));
  expect(told).toHaveLength(1);
  expect(told[0]).toMatch(reason);
  expect(told[0]).toContain("the one before");
  expect(said.join()).not.toContain("secret words");
  line.socket.destroy();
});

test("files that vanish leave the old one in force", async () => {
  await put({ cert: CERTIFICATE, key: KEY });
  await serve();

  await rm(join(folder, "cert.pem"));
  await certificate.look();
  const line = await open(CERTIFICATE);

  expect(await line.get()).toContain("sound");
  expect(said.join()).toContain("ENOENT");
  line.socket.destroy();
});

test("without a certificate nothing is said in clear: the listener waits for the files", async () => {
  await serve();
  const before = http?.address("public_http");

  await put({ cert: CERTIFICATE, key: KEY });
  await until(() => http?.address("public_http") !== undefined);
  const line = await open(CERTIFICATE);

  expect(before).toBeUndefined();
  expect(await line.get()).toContain("sound");
  line.socket.destroy();
});
