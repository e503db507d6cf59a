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

/**
 * 4000.5 → "$4,000.5", "4.000,5 €" or as the locale has it; hundredths only where there are some.
 * @param how.currency the sign as it is to stand; "" for none
 */
export function formatSum(sum: number, how: { locale: string; currency: string }): string {
  const { locale, currency } = how;
  const digits = { minimumFractionDigits: 0, maximumFractionDigits: 2 };
  if (currency === "") return new Intl.NumberFormat(locale, digits).format(sum);
  // Where the sign stands is the language's matter: any currency shows it.
  const written = { ...digits, style: "currency", currency: "EUR" } as const;
  const parts = new Intl.NumberFormat(locale, written).formatToParts(sum);
  const isWord = /\p{L}$/u.test(currency) && parts[0]?.type === "currency";
  const sign = isWord ? `${currency}\u00a0` : currency;
  return parts.map(({ type, value }) => (type === "currency" ? sign : value)).join("");
}

/** "1 500,50" → 1500.5; undefined: no number. */
export function parseSum(typed: string): number | undefined {
  const text = typed.replace(/\s/g, "").replace(",", ".");
  return /^\d+(\.\d{1,2})?$/.test(text) ? Number(text) : undefined;
}

/** "2026-11-30 12:10", by whatever clock it was told → "Mon, 30 Nov, 12:10", with the year of another one. */
export function formatLocalTime(local: string, now: Date, locale: string): string {
  const at = new Date(`${local.replace(" ", "T").slice(0, 16)}:00Z`);
  if (Number.isNaN(at.getTime())) return local;
  const isThisYear = at.getUTCFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(locale, {
    ...{ timeZone: "UTC", weekday: "short", day: "numeric", month: "short" },
    ...(isThisYear ? {} : { year: "numeric" }),
    ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  }).format(at);
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
