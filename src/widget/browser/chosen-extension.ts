/** Which of several telephones a user dials with, kept in this browser. Empty: the first free one. */

const nameFor = (user: number): string => `asterisk-kommo extension ${user}`;

export function chosenExtension(user: number): string {
  try {
    return localStorage.getItem(nameFor(user)) ?? "";
  } catch {
    return "";
  }
}

export function chooseExtension(user: number, extension: string): void {
  try {
    if (extension === "") localStorage.removeItem(nameFor(user));
    else localStorage.setItem(nameFor(user), extension);
  } catch {
    // A browser that keeps nothing: the choice is not kept.
  }
}
