// Incoming leads say by which line the client called, and which queue he waited in.
import type { ProcessUnsortedCreationParams } from "asterisk-kommo/customization";

const script: ProcessUnsortedCreationParams = ({ call_full, ...unsorted }) => {
  const [lead] = unsorted._embedded.leads;
  const [contact] = unsorted._embedded.contacts;
  if (lead !== undefined) {
    lead.name = [lead.name, call_full.did, call_full.queue].filter(Boolean).join(", ");
    if (call_full.queue !== null) lead.tags.push({ name: `queue ${call_full.queue}` });
  }
  contact?.tags.push({ name: "telephone" });
  return {
    data: { ...unsorted, source_name: call_full.did ?? unsorted.source_name },
    state: "success",
  };
};
export default script;
