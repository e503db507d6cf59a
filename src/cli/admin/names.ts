/** Who sits at which telephone, as the rules of booking know it. */
import { userAt } from "../../registration/employees.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";

export type Names = {
  /** Of an employee's extension; null: nobody's, or the account was not read yet. */
  readonly nameOf: (extension: string) => string | null;
  /** All extensions that are somebody's by `users`. */
  readonly employees: () => readonly { readonly extension: string; readonly name: string | null }[];
};

export function createNames(settings: RegistrationSettings): Names {
  const nameOf = (extension: string): string | null => {
    const { user, isUnknown } = userAt(extension, settings);
    return user === undefined || isUnknown ? null : (settings.learnt?.userName?.(user) ?? null);
  };
  return {
    nameOf,
    employees: () =>
      [...settings.users.keys()].map((extension) => ({ extension, name: nameOf(extension) })),
  };
}
