// The answer to a 401 of Asterisk: digest authentication, RFC 2617 with qop=auth.
import { createHash, randomBytes } from "node:crypto";

const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

const field = (challenge: string, name: string): string =>
  new RegExp(`\\b${name}="?([^",]*)"?`, "i").exec(challenge)?.[1] ?? "";

export type Credentials = { readonly username: string; readonly password: string };

/** The value of the header Authorization. */
export function digestAnswer(
  challenge: string,
  request: { method: string; uri: string },
  { username, password }: Credentials,
): string {
  const realm = field(challenge, "realm");
  const nonce = field(challenge, "nonce");
  const opaque = field(challenge, "opaque");
  const cnonce = randomBytes(8).toString("hex");
  const count = "00000001";
  const secret = md5(`${username}:${realm}:${password}`);
  const asked = md5(`${request.method}:${request.uri}`);
  const response = md5(`${secret}:${nonce}:${count}:${cnonce}:auth:${asked}`);
  return (
    `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${request.uri}", ` +
    `response="${response}", algorithm=MD5, cnonce="${cnonce}", qop=auth, nc=${count}` +
    (opaque ? `, opaque="${opaque}"` : "")
  );
}
