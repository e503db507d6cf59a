/** A recording: the browser's own player, with a head that goes along in the call's lanes. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { CallRecording, Lane } from "../contract.ts";
import { apiAddress } from "./api.ts";
import type { PlayHead } from "./call-lanes.tsx";
import { useTexts } from "./texts.tsx";

export function Player(given: {
  recording: CallRecording;
  lanes: readonly Lane[];
  onHead: (head: PlayHead | undefined) => void;
}): JSX.Element {
  const { t } = useTexts();
  const { recording, lanes, onHead } = given;
  const [hasFailed, setFailed] = useState(false);
  const lane = lanes.find(
    ({ extension }) => extension !== null && extension === recording.extension,
  );
  const whose = lane?.name ?? recording.extension ?? t("call");
  const title = t("recording.of", { who: whose });
  const isGone = recording.state === "removed" || recording.state === "missing";
  if (isGone || hasFailed)
    return (
      <p class="faint">
        {title}: {t(recording.state === "removed" ? "recording.removed" : "recording.missing")}
      </p>
    );
  return (
    <div class="player">
      <span>{title}</span>
      <audio
        controls
        preload="none"
        aria-label={title}
        src={apiAddress(`/recordings/${recording.id}`)}
        onTimeUpdate={({ currentTarget }) =>
          onHead({
            id: recording.id,
            at: recording.span.from + currentTarget.currentTime * 1_000,
          })
        }
        onEnded={() => onHead(undefined)}
        onError={() => setFailed(true)}
      />
    </div>
  );
}
