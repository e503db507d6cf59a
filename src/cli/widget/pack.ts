/** `asterisk-kommo widget pack`: writes the archive that is uploaded to Kommo. */
import { mkdir, open, rename } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { toError } from "../../lib/failure.ts";
import { checkArchive } from "../../widget/archive/check-archive.ts";
import { packWidget } from "../../widget/archive/pack-widget.ts";
import { TERMINAL, type Terminal } from "../terminal.ts";
import { openConfig } from "../open-config.ts";
import { version } from "../version.ts";

/** `npm run build` puts the parts here, whether this runs from the sources or from the package. */
const BUILT = join(import.meta.dirname, "../../../dist/widget");
const DEFAULT_OUT = "asterisk-kommo-widget.zip";

export async function runWidgetPack(
  args: string[],
  { out, err }: Terminal = TERMINAL,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      config: { type: "string" },
      out: { type: "string", default: DEFAULT_OUT },
      version: { type: "string", default: version() },
      "support-link": { type: "string" },
      "support-email": { type: "string" },
    },
    allowPositionals: true,
  });
  if (positionals.length > 0) {
    err.write("asterisk-kommo widget pack: it takes nothing but options; see: widget --help\n");
    return 2;
  }
  const host = supportHost(values.config);
  const support = {
    link: values["support-link"] ?? `https://${host}/`,
    email: values["support-email"] ?? `postmaster@${host}`,
  };
  try {
    const parts = { script: join(BUILT, "script.js"), assets: join(BUILT, "assets") };
    const zip = await packWidget(parts, { version: values.version, support });
    const problems = checkArchive(zip);
    if (problems.length > 0) {
      err.write(`asterisk-kommo widget pack: Kommo would refuse this archive:\n`);
      for (const problem of problems) err.write(`  ${problem}\n`);
      return 1;
    }
    const path = resolve(values.out);
    await writeWhole(path, zip);
    out.write(
      `${path}: version ${values.version}, ${Math.ceil(zip.length / 1_024)} kB\n` +
        `Support as employees see it: ${support.link} ${support.email}\n` +
        "Upload it in Kommo under Settings → Integrations: docs/widget.md tells how\n",
    );
    return 0;
  } catch (thrown) {
    const hint = "from the repository, run npm run build first";
    err.write(`asterisk-kommo widget pack: ${toError(thrown).message}; ${hint}\n`);
    return 1;
  }
}

/** Who runs the exchange answers for the widget; where nothing is configured, nobody is named. */
function supportHost(config: string | undefined): string {
  const loaded = openConfig({ file: config, needs: [] });
  const url = loaded.ok ? loaded.value.config.recordings.public_url : undefined;
  return url === undefined ? "pbx.example" : new URL(url).hostname;
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.part`;
  const file = await open(temporary, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
