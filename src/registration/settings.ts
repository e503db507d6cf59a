import type { Extension } from "../ami/ids.ts";

/** What the administrator decided about booking. Defaults stand in the room `config`. */
export type RegistrationSettings = {
  /** Named in `uniq` where several exchanges are configured; undefined: one exchange, plain linkedid. */
  readonly pbx: string | undefined;
  readonly users: ReadonlyMap<Extension, number>;
  readonly unknownClient: "unsorted" | "contact" | "contact_and_lead" | "ignore";
  readonly missedCallTask: true | "inbound" | false;
  readonly durationOf: "last" | "total";
  readonly names: {
    readonly source: string;
    readonly serviceCode: string;
    readonly sourceName: string;
    readonly tag: string;
  };
  readonly task: { readonly typeId: number; readonly deadlineMinutes: number };
};
