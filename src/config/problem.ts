/** What is wrong with a configuration, as an administrator is told it. No value of a key stands here. */

export type Place =
  | {
      readonly kind: "file";
      readonly file: string;
      /** Both begin with 1. */
      readonly line: number;
      readonly column: number;
    }
  | { readonly kind: "variable"; readonly variable: string }
  | { readonly kind: "credential"; readonly credential: string }
  /** Nothing was given at all. */
  | { readonly kind: "nowhere" };

export type ConfigProblem = {
  /** An error keeps the daemon from starting; a warning does not. */
  readonly severity: "error" | "warning";
  readonly place: Place;
  /** "ami.port"; "" where no key is meant. */
  readonly key: string;
  readonly wrong: string;
  readonly instead: string;
};

/** Lines of each file first, from top to bottom; then credentials and variables by name. */
export function sortProblems(problems: readonly ConfigProblem[]): ConfigProblem[] {
  return problems.toSorted(
    (one, other) =>
      rank(one.place) - rank(other.place) ||
      fileOf(one.place).localeCompare(fileOf(other.place)) ||
      lineOf(one.place) - lineOf(other.place) ||
      nameOf(one.place).localeCompare(nameOf(other.place)) ||
      one.key.localeCompare(other.key),
  );
}

/** One line: place, key, what is wrong, what to do. */
export function describeProblem({ severity, place, key, wrong, instead }: ConfigProblem): string {
  const where = placeInWords(place);
  const label = severity === "warning" ? "warning: " : "";
  const subject = key === "" || key === where ? "" : `${key} `;
  return `${where === "" ? "" : `${where}: `}${label}${subject}${wrong}; ${instead}`;
}

export function placeInWords(place: Place): string {
  switch (place.kind) {
    case "file":
      return `${place.file}:${place.line}:${place.column}`;
    case "variable":
      return place.variable;
    case "credential":
      return `credential ${place.credential}`;
    case "nowhere":
      return "";
  }
}

const RANKS = { nowhere: 0, file: 1, credential: 2, variable: 3 } as const;
const rank = (place: Place): number => RANKS[place.kind];
const fileOf = (place: Place): string => (place.kind === "file" ? place.file : "");
const lineOf = (place: Place): number =>
  place.kind === "file" ? place.line * 1e6 + place.column : 0;
const nameOf = (place: Place): string => (place.kind === "file" ? "" : placeInWords(place));
