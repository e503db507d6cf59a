// "Caller +79161234567" in place of "Contact 79161234567".
// The same without a script: "names": { "contact": "Caller {phone}" }
import type { ProcessContactCreationParams } from "asterisk-kommo/customization";

const script: ProcessContactCreationParams = ({ call_full, ...contact }) => ({
  data: { ...contact, name: `Caller ${call_full.client_phone ?? "without a number"}` },
  state: "success",
});
export default script;
