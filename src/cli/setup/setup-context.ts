/** What every step of the set-up works with. */
import type { Config } from "../../config/keys.ts";
import type { AsteriskConsole } from "./asterisk-console.ts";
import type { FoundExchange } from "./find-exchange.ts";
import type { Questions } from "./questions.ts";
import type { FileToWrite } from "./write-file.ts";

/** What was given on the command line; undefined: to be found, asked or left at its default. */
export type SetupFlags = {
  readonly configFile: string;
  readonly isDryRun: boolean;
  readonly amiHost: string | undefined;
  readonly amiPort: number | undefined;
  readonly amiUser: string | undefined;
  readonly amiSecret: string | undefined;
  /** false: the exchange's configuration is left alone. */
  readonly mayWriteManager: boolean;
  readonly accountUrl: string | undefined;
  readonly token: string | undefined;
  readonly extensions: readonly string[];
  readonly users: Readonly<Record<string, number>>;
  readonly recordings: string | undefined;
  /** "none": there is none. */
  readonly publicUrl: string | undefined;
  readonly storePath: string | undefined;
  /** Seconds to wait for the test call; undefined: as answered. */
  readonly testCallSeconds: number | undefined;
  readonly mayStart: boolean;
};

export type SetupContext = {
  readonly flags: SetupFlags;
  readonly questions: Questions;
  readonly console: AsteriskConsole;
  /** undefined: the exchange is another machine. */
  readonly exchange: FoundExchange | undefined;
  /** The configuration that is there and good. */
  readonly existing: Config | undefined;
  readonly now: Date;
  /** Writes the file, with a copy of what was there, and says so; in a dry run only says so. */
  readonly write: (file: FileToWrite) => Promise<void>;
};

/** Why the set-up ends here: told in one line. */
export class SetupStopped extends Error {
  readonly hint: string;
  constructor(reason: string, hint: string) {
    super(reason);
    this.name = "SetupStopped";
    this.hint = hint;
  }
}
