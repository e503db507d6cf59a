// Numbers as "+79161234567", however the line tells them: "89161234567", "9161234567", "79161234567".
// The same without a script: "numbers": { "client": [{ "match": "^8(\\d{10})$", "replace": "+7$1" }] }
import type { ProcessClientPhone } from "asterisk-kommo/customization";

const script: ProcessClientPhone = ({ phone }) => {
  const digits = phone.replace(/\D/g, "");
  const local = /^(?:7|8)?(\d{10})$/.exec(digits)?.[1];
  return { data: { phone: local === undefined ? phone : `+7${local}` }, state: "success" };
};
export default script;
