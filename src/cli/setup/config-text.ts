/**
 * The configuration as text: a new one with comments, or the one that is there with only the answers
 * changed, so that comments and whatever else was decided in it stay. Pure.
 */
import jsonc from "jsonc-parser";

export type SetupAnswers = {
  readonly ami: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly secret: string;
    readonly dialler: { readonly username: string; readonly secret: string } | undefined;
  };
  readonly extensions: readonly string[];
  readonly accountUrl: string;
  readonly access:
    | { readonly token: string }
    | { readonly clientId: string; readonly clientSecret: string; readonly redirectUri: string };
  /** Extension → Kommo user, or users. */
  readonly users: Readonly<Record<string, number | readonly number[]>>;
  readonly recordings: string;
  readonly publicUrl: string | undefined;
  /** Where it is not the usual one. */
  readonly storePath: string | undefined;
};

const NEW = `// Configuration of asterisk-kommo, made by "asterisk-kommo setup".
//
//   asterisk-kommo check-config    says all that is wrong with it, by line
//   asterisk-kommo doctor          tries whether it works
//
// Every other key has a default: docs/configuration.md. It holds secrets: root and the service alone
// may read it.
{
  // Asterisk's manager interface, and the two users that the exchange has for this service.
  "ami": {},

  // The employees' telephones: dial patterns of Asterisk (X 0-9, Z 1-9, N 2-9) or exact numbers.
  "pbx": {},

  // The account, and what lets us in.
  "kommo": {},

  // Extension → id of the Kommo user.
  "users": {},

  // Asterisk's recordings, and the address under which browsers reach this host. Without
  // public_url: no links to recordings, no widget, no webhooks; all the rest works.
  "recordings": {}
}
`;

/** @param existing the text of the configuration that is there */
export function configText(existing: string | undefined, answers: SetupAnswers): string {
  const { ami, access } = answers;
  let text = existing ?? NEW;
  const set = (path: readonly string[], value: unknown): void => {
    const edits = jsonc.modify(text, [...path], value, {
      formattingOptions: { insertSpaces: true, tabSize: 2, eol: "\n" },
    });
    text = jsonc.applyEdits(text, edits);
  };
  /** A secret may have been given by a file; it is given once. */
  const setSecret = (path: readonly string[], value: string): void => {
    const name = path.at(-1) ?? "";
    drop([...path.slice(0, -1), `${name}_file`]);
    set(path, value);
  };
  const drop = (path: readonly string[]): void => {
    if (valueAt(text, path) !== undefined) set(path, undefined);
  };

  set(["ami", "host"], ami.host);
  set(["ami", "port"], ami.port);
  set(["ami", "username"], ami.username);
  setSecret(["ami", "secret"], ami.secret);
  if (ami.dialler !== undefined) {
    set(["ami", "dialler", "username"], ami.dialler.username);
    setSecret(["ami", "dialler", "secret"], ami.dialler.secret);
  }
  set(["pbx", "extensions"], answers.extensions);
  set(["kommo", "account_url"], answers.accountUrl);
  if ("token" in access) {
    drop(["kommo", "oauth"]);
    setSecret(["kommo", "access_token"], access.token);
  } else {
    drop(["kommo", "access_token"]);
    drop(["kommo", "access_token_file"]);
    set(["kommo", "oauth", "client_id"], access.clientId);
    setSecret(["kommo", "oauth", "client_secret"], access.clientSecret);
    set(["kommo", "oauth", "redirect_uri"], access.redirectUri);
  }
  set(["users"], answers.users);
  set(["recordings", "path"], answers.recordings);
  if (answers.publicUrl === undefined) drop(["recordings", "public_url"]);
  else set(["recordings", "public_url"], answers.publicUrl);
  if (answers.storePath !== undefined) set(["store", "path"], answers.storePath);
  return text.endsWith("\n") ? text : `${text}\n`;
}

function valueAt(text: string, path: readonly string[]): unknown {
  const root = jsonc.parseTree(text, [], { allowTrailingComma: true });
  return root === undefined ? undefined : jsonc.findNodeAtLocation(root, [...path]);
}
