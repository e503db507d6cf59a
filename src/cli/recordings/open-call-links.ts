/** The links of calls, as the configuration wants them: for the daemon, and for commands that book alone. */
import type { Config } from "../../config/keys.ts";
import { createCallLinks, type CallLinks } from "../../recordings/call-links.ts";
import { openKeyRing, type KeyRing, type KeyRingDeps } from "../../recordings/key-ring.ts";

export type OpenCallLinksDeps = KeyRingDeps & { readonly config: Pick<Config, "recordings"> };

/** Rejects with StoreFailure. */
export async function openCallLinks({
  config,
  ...deps
}: OpenCallLinksDeps): Promise<{ readonly ring: KeyRing; readonly links: CallLinks }> {
  const { public_url: publicUrl, voicemail_path: voicemailPath } = config.recordings;
  const ring = await openKeyRing(deps);
  return { ring, links: createCallLinks({ publicUrl, voicemailPath, ring, now: deps.now }) };
}
