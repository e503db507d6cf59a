/** What a user of the page may be called. Exports `readUserName`. */
export const LONGEST_NAME = 60;

/** @returns in small letters, as it is compared; undefined: it cannot be a name */
export function readUserName(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  return name.length <= LONGEST_NAME && /^[a-z\d][\w.@+-]*$/.test(name) ? name : undefined;
}
