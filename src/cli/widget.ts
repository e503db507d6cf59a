/** `asterisk-kommo widget …`: the widget for Kommo. Each sub-command is a file of widget/. */
import { runSubCommand, type SubCommands } from "./sub-commands.ts";

const load: SubCommands["load"] = {
  pack: async () => (await import("./widget/pack.ts")).runWidgetPack,
  check: async () => (await import("./widget/check.ts")).runWidgetCheck,
  dials: async () => (await import("./widget/dials.ts")).runWidgetDials,
  revoke: async () => (await import("./widget/revoke.ts")).runWidgetRevoke,
};

const usage = `Usage: asterisk-kommo widget pack [--out FILE] [--version X.Y.Z]
                                  [--support-link URL] [--support-email ADDRESS]
       asterisk-kommo widget check FILE
       asterisk-kommo widget dials [--limit N] [--json]
       asterisk-kommo widget revoke --user ID | --all

  pack   writes the archive that is uploaded to Kommo, and checks it
  check  looks at an archive as Kommo's upload does
  dials  who dialled whom from Kommo, newest first, refused ones too
  revoke ends the sessions of a user's browsers, or of all, at once

  --out FILE               where to (default: asterisk-kommo-widget.zip, in this folder)
  --version X.Y.Z          Kommo takes only a higher one than it has (default: that of the package)
  --support-link URL       whom employees ask; Kommo wants both (default: the host of
  --support-email ADDRESS  recordings.public_url, where there is a configuration)
  --config FILE            the configuration (default: /etc/asterisk-kommo/config.json)

How to install it: docs/widget.md

Exit code: 0 done, 1 failed (of check: Kommo would refuse the archive), 2 wrong usage.
`;

export const runWidget = (args: string[]): Promise<number> =>
  runSubCommand({ command: "widget", usage, load, hasOneHelp: true }, args);
