/**
 * Secrets that the process has read so far, so that a report of a fault cannot show them. A file of its
 * own: there must be one list, also where the daemon is written into one file (cli/daemon/bundle.ts).
 */
const secretsSeen: string[] = [];

/** Grows as more are learnt, by a reload too. */
export const knownSecrets = (): readonly string[] => secretsSeen;

export function learnSecrets(secrets: readonly string[]): void {
  secretsSeen.push(...secrets.filter((secret) => !secretsSeen.includes(secret)));
}
