/** How numbers, times and durations look on the page. Pure. */

/** "+79161234567" → "+7 916 123-45-67"; others in groups of three; what is no number stays. */
export function formatPhone(phone: string): string {
  if (!/^\+?\d{7,15}$/.test(phone)) return phone;
  const plus = phone.startsWith("+") ? "+" : "";
  const digits = phone.replace("+", "");
  const russian = /^([78])(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(digits);
  if (russian !== null) {
    const [, country, area, ...rest] = russian;
    return `${plus}${country ?? ""} ${area ?? ""} ${rest.join("-")}`;
  }
  return plus + digits.replace(/\B(?=(\d{3})+$)/g, " ");
}

/** 127 → "2:07" */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [
    Math.floor(whole / 3_600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  const tail = `${hours > 0 ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  return hours > 0 ? `${hours}:${tail}` : tail;
}

/** Today's as a time, others with their day; in the viewer's zone. @param at Unix seconds */
export function formatMoment(at: number, now: Date, locale: string): string {
  const date = new Date(at * 1_000);
  const isToday = date.toDateString() === now.toDateString();
  const day = isToday ? {} : ({ day: "numeric", month: "short" } as const);
  return new Intl.DateTimeFormat(locale, { ...day, hour: "numeric", minute: "2-digit" }).format(
    date,
  );
}
