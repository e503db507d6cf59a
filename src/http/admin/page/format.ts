/** Numbers, times and telephones as people read them. Pure; the language and zone are inputs. */

/** 187 → "3:07"; 3,725 → "1:02:05". */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (part: number): string => String(part).padStart(2, "0");
  const [hours, minutes, rest] = [
    Math.floor(whole / 3_600),
    Math.floor(whole / 60) % 60,
    whole % 60,
  ];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** "79161234567" → "+7 916 123-45-67"; what is no full number stays as it is. */
export function phone(number: string): string {
  const digits = number.replace(/\D/g, "");
  if (/^[78]\d{10}$/.test(digits)) {
    const [, area = "", three = "", two = "", last = ""] =
      /^.(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(digits) ?? [];
    return `+7 ${area} ${three}-${two}-${last}`;
  }
  if (/^55\d{10,11}$/.test(digits))
    return digits.replace(/^55(\d{2})(\d{4,5})(\d{4})$/, "+55 $1 $2-$3");
  if (/^1\d{10}$/.test(digits)) return digits.replace(/^1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2-$3");
  if (digits.length < 11 || digits.length > 15) return number;
  // Of other countries the code's length is not known here: threes from the end read well with all.
  return `+${digits.replace(/\B(?=(\d{3})+$)/g, " ")}`;
}

export type Clock = {
  /** "18:30:05" */
  readonly time: (at: number) => string;
  /** "18:30" today, else "21 Nov, 18:30" */
  readonly moment: (at: number) => string;
  readonly day: (at: number) => string;
  /** For a tooltip: the account's own time. */
  readonly accountTime: (at: number) => string;
  readonly number: (value: number, digits?: number) => string;
  readonly percent: (share: number) => string;
};

export function createClock(language: string, accountZone: string | undefined): Clock {
  const time = new Intl.DateTimeFormat(language, { timeStyle: "medium", hourCycle: "h23" });
  const short = new Intl.DateTimeFormat(language, { timeStyle: "short", hourCycle: "h23" });
  const date = new Intl.DateTimeFormat(language, { day: "numeric", month: "short" });
  const dated = new Intl.DateTimeFormat(language, {
    ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  });
  const full = new Intl.DateTimeFormat(language, {
    ...{ dateStyle: "medium", timeStyle: "long" },
    ...(accountZone === undefined ? {} : { timeZone: accountZone }),
  });
  return {
    time: (at) => time.format(at),
    moment: (at) =>
      new Date(at).toDateString() === new Date().toDateString()
        ? short.format(at)
        : dated.format(at),
    day: (at) => date.format(at),
    accountTime: (at) => full.format(at),
    number: (value, digits = 0) =>
      new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value),
    percent: (share) =>
      new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share),
  };
}
