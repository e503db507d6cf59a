/** Which state of a file one has seen. */
import { statSync } from "node:fs";

/** Changes with every write, rename and change of rights. */
export function stampOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return (
    stats && [stats.dev, stats.ino, stats.ctimeNs, stats.mtimeNs, stats.size, stats.mode].join(":")
  );
}

/** A file that a script imports, as it was when it was read. */
export type SeenFile = { readonly path: string; readonly stamp: string };

export const isChanged = ({ path, stamp }: SeenFile): boolean => stampOf(path) !== stamp;

/** As the process of a script tells them; what a script itself writes there is not believed. */
export function readSeenFiles(text: string): readonly SeenFile[] {
  let told: unknown;
  try {
    told = JSON.parse(text);
  } catch {
    return [];
  }
  return Array.isArray(told) ? told.filter(isSeenFile) : [];
}

const isSeenFile = (told: unknown): told is SeenFile =>
  typeof told === "object" &&
  told !== null &&
  "path" in told &&
  typeof told.path === "string" &&
  "stamp" in told &&
  typeof told.stamp === "string";
