/**
 * The administrator's folder, always as it is now: looked at before every run (two `stat`s of a local
 * folder), so that a changed, added or removed file is in force with the next call. A file that does
 * not load leaves the one before in force, and that is said once. Exports `createScriptFolder`.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toError } from "../lib/failure.ts";
import type { HookName } from "./contract/hooks.ts";
import { findScripts, type FoundScript } from "./find-scripts.ts";
import { isChanged, stampOf, type SeenFile } from "./file-stamp.ts";
import { loadScript, type LoadedScript } from "./loaded-script.ts";
import { whyLinkNotTrusted, whyNotTrusted } from "./trust.ts";

export type ScriptNews =
  | { readonly kind: "in-force"; readonly name: HookName; readonly file: string }
  | { readonly kind: "gone"; readonly name: HookName }
  | { readonly kind: "not-loaded"; readonly name: HookName | undefined; readonly reason: string }
  | { readonly kind: "words"; readonly name: HookName; readonly words: string };

export type ScriptFolder = {
  /** The version in force; a promise only while a new one is loaded. */
  current(name: HookName): LoadedScript | undefined | Promise<LoadedScript | undefined>;
  /** There is a file for it that may be in force. Cheap, and never waits. */
  has(name: HookName): boolean;
  /** What stands in the folder, in force or not. */
  list(): readonly ScriptState[];
  /** Loads all that there is. */
  warm(): Promise<void>;
  stop(): Promise<void>;
};

export type ScriptState = {
  readonly name: HookName;
  readonly file: string;
  readonly kind: LoadedScript["kind"] | undefined;
  /** Why the file as it is now is not in force. */
  readonly problem: string | undefined;
  readonly others: readonly string[];
};

type Slot = {
  /** Of the file that was looked at last, loaded or not. */
  seen: string | undefined;
  /** What that file imports. */
  imports: readonly SeenFile[];
  inForce: LoadedScript | undefined;
  problem: string | undefined;
  loading: Promise<LoadedScript | undefined> | undefined;
};

export type FolderDeps = {
  readonly path: string;
  /** Switched off by the configuration. */
  readonly off: readonly HookName[];
  readonly onNews: (news: ScriptNews) => void;
};

export function createScriptFolder({ path, off, onNews }: FolderDeps): ScriptFolder {
  let folderStamp: string | undefined;
  let found: ReadonlyMap<HookName, FoundScript> = new Map();
  let copiesFolder: string | undefined;
  let isStopped = false;
  const slots = new Map<HookName, Slot>();
  const copies = (): string =>
    (copiesFolder ??= mkdtempSync(join(tmpdir(), "asterisk-kommo-scripts-")));

  function look(): void {
    const stamp = stampOf(path);
    if (stamp === folderStamp) return;
    folderStamp = stamp;
    found = stamp === undefined ? new Map() : read();
    for (const [name, slot] of slots) if (!found.has(name)) drop(name, slot);
  }

  function read(): ReadonlyMap<HookName, FoundScript> {
    try {
      const why = whyNotTrusted(path, statSync(path, { bigint: true })) ?? whyLinkNotTrusted(path);
      if (why !== undefined) {
        onNews({ kind: "not-loaded", name: undefined, reason: why });
        return new Map();
      }
      const scripts = new Map([...findScripts(path)].filter(([name]) => !off.includes(name)));
      for (const { name, file, others } of scripts.values())
        if (others.length > 0)
          onNews({
            kind: "not-loaded",
            name,
            reason: `${file} is used; not used beside it: ${others.join(", ")}`,
          });
      return scripts;
    } catch (thrown) {
      onNews({ kind: "not-loaded", name: undefined, reason: toError(thrown).message });
      return new Map();
    }
  }

  function drop(name: HookName, slot: Slot): void {
    slots.delete(name);
    if (slot.inForce === undefined) return;
    void slot.inForce.retire();
    onNews({ kind: "gone", name });
  }

  function slotOf(name: HookName): Slot {
    const known = slots.get(name);
    if (known !== undefined) return known;
    const slot: Slot = {
      seen: undefined,
      imports: [],
      inForce: undefined,
      problem: undefined,
      loading: undefined,
    };
    slots.set(name, slot);
    return slot;
  }

  function current(name: HookName): LoadedScript | undefined | Promise<LoadedScript | undefined> {
    if (isStopped) return undefined;
    look();
    const script = found.get(name);
    if (script === undefined) return undefined;
    const slot = slotOf(name);
    const stamp = stampOf(script.file);
    const seen = stamp === undefined ? undefined : `${script.file} ${stamp}`;
    if (seen === slot.seen && !slot.imports.some(isChanged)) return slot.loading ?? slot.inForce;
    slot.seen = seen;
    slot.imports = [];
    if (seen === undefined) {
      folderStamp = undefined;
      drop(name, slot);
      return undefined;
    }
    const before = slot.loading;
    const loading = Promise.resolve(before).then(() => replace(script, slot));
    slot.loading = loading;
    void loading.finally(() => {
      if (slot.loading === loading) slot.loading = undefined;
    });
    return loading;
  }

  async function replace(script: FoundScript, slot: Slot): Promise<LoadedScript | undefined> {
    const { name, file } = script;
    const refuse = (reason: string): LoadedScript | undefined => {
      slot.problem = reason;
      const goesOn = slot.inForce === undefined ? "" : "; the version before stays in force";
      if (!isStopped) onNews({ kind: "not-loaded", name, reason: `${file}: ${reason}${goesOn}` });
      return slot.inForce;
    };
    try {
      const why = whyNotTrusted(file, statSync(file, { bigint: true })) ?? whyLinkNotTrusted(file);
      if (why !== undefined) {
        // Whoever may write it may have written the version before.
        void slot.inForce?.retire();
        slot.inForce = undefined;
        return refuse(why);
      }
      const onWords = (words: string): void => onNews({ kind: "words", name, words });
      const loaded = await loadScript({ name, file, copies, onWords });
      slot.imports = loaded.ok ? loaded.value.imports : loaded.failure.imports;
      if (!loaded.ok) return refuse(loaded.failure.reason);
      if (isStopped || slots.get(name) !== slot) {
        void loaded.value.stop();
        return undefined;
      }
      void slot.inForce?.retire();
      slot.inForce = loaded.value;
      slot.problem = undefined;
      onNews({ kind: "in-force", name, file });
      return loaded.value;
    } catch (thrown) {
      return refuse(toError(thrown).message);
    }
  }

  return {
    current,
    has(name) {
      if (isStopped) return false;
      look();
      return found.has(name);
    },
    list() {
      look();
      return [...found.values()].map(({ name, file, others }) => {
        const { inForce, problem } = slots.get(name) ?? {};
        return { name, file, kind: inForce?.kind, problem, others };
      });
    },
    async warm() {
      look();
      await Promise.all([...found.keys()].map(async (name) => current(name)));
    },
    async stop() {
      isStopped = true;
      for (const { inForce, loading } of slots.values()) {
        await inForce?.stop();
        await loading;
      }
      if (copiesFolder !== undefined) rmSync(copiesFolder, { recursive: true, force: true });
    },
  };
}
