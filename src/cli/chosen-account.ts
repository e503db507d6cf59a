/**
 * Which of several accounts a command is for, as `--account` says. A file of its own: there must be one
 * answer, also where the daemon is written into one file (daemon/bundle.ts).
 */
let chosen: string | undefined;

/** Of `--account`, for all that this command opens. */
export function chooseAccount(name: string): void {
  chosen = name;
}

export const chosenAccount = (): string | undefined => chosen;
