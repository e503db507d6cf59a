// Evenings and weekends belong to whoever is on duty; at other times it stays as Kommo says.
import type { CustomizeAutodistribution } from "asterisk-kommo/customization";

const ON_DUTY = { number: "102", name: "On duty" };
const [OPENS, CLOSES] = [9, 18]; // o'clock, Monday to Friday, in the zone of this host

const isOpen = (now: Date): boolean =>
  now.getDay() >= 1 && now.getDay() <= 5 && now.getHours() >= OPENS && now.getHours() < CLOSES;

const script: CustomizeAutodistribution = ({ number, name }) => ({
  data: number !== "" && isOpen(new Date()) ? { number, name } : ON_DUTY,
  state: "success",
});
export default script;
