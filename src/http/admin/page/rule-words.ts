/** A rule of the configuration as a sentence. What is not known here is shown as it is written. Pure. */
import type { Texts } from "./texts.tsx";

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};

const listed = (value: unknown): string =>
  Array.isArray(value) ? value.map(spelt).join(", ") : spelt(value);

const spelt = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

export function ruleCondition(when: unknown, { t, word }: Texts): string {
  const parts = Object.entries(fieldsOf(when)).map(([name, value]) => {
    switch (name) {
      case "class":
        return (Array.isArray(value) ? value : [value])
          .map((one) => word("class", String(one)))
          .join(", ");
      case "client":
        return word("client", String(value));
      case "hours": {
        const { is, of } = fieldsOf(value);
        return t(is === "inside" ? "rule.inside" : "rule.outside", { of: String(of) });
      }
      default:
        return `${word("when", name)} ${listed(value)}`;
    }
  });
  return parts.length === 0 ? t("rule.any") : `${t("rule.when")} ${parts.join("; ")}`;
}

export function ruleEffect(then: unknown, { t, word }: Texts): string {
  const parts = Object.entries(fieldsOf(then)).map(([name, value]) => {
    switch (name) {
      case "register":
        return t(value === false ? "rule.leaveOut" : "rule.register");
      case "unknown_client":
        return word("make", String(value));
      case "task":
        return t(value === false ? "rule.noTask" : "rule.aTask");
      case "lead_for_known":
        return t(value === true ? "rule.leadForKnown" : "rule.noLeadForKnown");
      default:
        return `${word("then", name)}: ${listed(value)}`;
    }
  });
  return parts.length === 0 ? t("rule.asUsual") : parts.join("; ");
}
