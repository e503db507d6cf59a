/** Companies: only searched, by number. They are read as contacts are. @source kommo-api, section 10 */
export const COMPANIES_PATH = "/api/v4/companies";
export { decodePhoneOwner as decodeCompany } from "./contacts.ts";
