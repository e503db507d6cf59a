/** What the daemon asks of the process that touches recordings, and what that answers: plain data. */
export type LookRequest = {
  readonly ask: "look";
  readonly candidates: readonly string[];
  readonly roots: readonly string[];
};

/** As the look found it; `bytes` tells whether it is still the same. */
export type FoundFile = { readonly path: string; readonly bytes: number };

export type ConvertRequest = {
  readonly ask: "convert";
  /** What becomes one mp3, in this order. */
  readonly files: readonly FoundFile[];
  readonly roots: readonly string[];
  /** Where the mp3 is to be. */
  readonly target: string;
  readonly converter: "auto" | "ffmpeg";
  readonly kbitPerSecond: number;
};

export type LookAnswer =
  /** `isFolderThere` false: not even the first root is, as with a volume that is not mounted. */
  | { readonly kind: "absent"; readonly isFolderThere: boolean }
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "found";
      readonly path: string;
      readonly bytes: number;
      readonly changedAt: number;
      /** Of a WAV file: says whether it was closed. */
      readonly extent?: { readonly dataAt: number; readonly toldBytes: number };
      readonly sound:
        | { readonly kind: "sound"; readonly seconds: number }
        | { readonly kind: "playable" }
        | { readonly kind: "useless"; readonly reason: string };
    };

export type ConvertAnswer =
  | { readonly kind: "ready"; readonly bytes: number; readonly seconds: number }
  /** It is gone, or it has grown since the look. */
  | { readonly kind: "changed" }
  /** Nothing on this host makes an mp3 of it. */
  | { readonly kind: "no-converter"; readonly reason: string }
  | { readonly kind: "no-room"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

/** The process ended or gave no sign of life. */
export type Gone = { readonly kind: "gone"; readonly reason: string };

export type WorkRequest = LookRequest | ConvertRequest;
export type Numbered = { readonly id: number; readonly request: WorkRequest };
export type Told =
  | { readonly id: number; readonly alive: true }
  | { readonly id: number; readonly answer: LookAnswer | ConvertAnswer };
