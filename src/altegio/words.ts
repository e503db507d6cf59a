/** What stands on cards, in the language of the configuration. */
import type { Appointment } from "./appointment.ts";
import type { AltegioSettings, NoteKind } from "./settings.ts";

type Language = AltegioSettings["language"];

export type Words = Readonly<Record<NoteKind, string>> & {
  readonly waiting: string;
  readonly came: string;
  readonly confirmed: string;
  readonly absent: string;
  readonly deleted: string;
  readonly checkedOut: string;
  readonly notCheckedOut: string;
  readonly alreadyPaid: string;
  readonly attendanceRefused: string;
  readonly undone: string;
};

export const ALTEGIO_WORDS: Readonly<Record<Language, Words>> = {
  en: {
    booked: "Altegio: appointment booked",
    changed: "Altegio: appointment moved",
    cancelled: "Altegio: appointment cancelled",
    paid: "Altegio: paid",
    waiting: "waiting",
    came: "came",
    confirmed: "confirmed",
    absent: "did not come",
    deleted: "cancelled",
    checkedOut: "Altegio: visit checked out",
    notCheckedOut: "Altegio: visit NOT checked out",
    alreadyPaid: "was paid already",
    attendanceRefused: "Altegio did not take the attendance",
    undone: "Altegio: what was written for an appointment was put back",
  },
  es: {
    booked: "Altegio: cita reservada",
    changed: "Altegio: cita cambiada",
    cancelled: "Altegio: cita cancelada",
    paid: "Altegio: pagado",
    waiting: "en espera",
    came: "vino",
    confirmed: "confirmado",
    absent: "no vino",
    deleted: "cancelada",
    checkedOut: "Altegio: visita cobrada",
    notCheckedOut: "Altegio: visita NO cobrada",
    alreadyPaid: "ya estaba pagada",
    attendanceRefused: "Altegio no aceptó la asistencia",
    undone: "Altegio: se restableció lo escrito para una cita",
  },
  pt: {
    booked: "Altegio: agendamento criado",
    changed: "Altegio: agendamento alterado",
    cancelled: "Altegio: agendamento cancelado",
    paid: "Altegio: pago",
    waiting: "à espera",
    came: "veio",
    confirmed: "confirmado",
    absent: "não veio",
    deleted: "cancelado",
    checkedOut: "Altegio: visita paga",
    notCheckedOut: "Altegio: visita NÃO paga",
    alreadyPaid: "já estava paga",
    attendanceRefused: "O Altegio não aceitou a presença",
    undone: "Altegio: o que foi escrito para um agendamento foi reposto",
  },
  ru: {
    booked: "Altegio: запись создана",
    changed: "Altegio: запись перенесена",
    cancelled: "Altegio: запись отменена",
    paid: "Altegio: оплачено",
    waiting: "ожидание",
    came: "пришёл",
    confirmed: "подтвердил",
    absent: "не пришёл",
    deleted: "отменена",
    checkedOut: "Altegio: визит оплачен",
    notCheckedOut: "Altegio: визит НЕ оплачен",
    alreadyPaid: "был оплачен раньше",
    attendanceRefused: "Altegio не принял посещение",
    undone: "Altegio: записанное для визита возвращено",
  },
};

export function attendanceWord({ attendance, isDeleted }: Appointment, words: Words): string {
  if (isDeleted) return words.deleted;
  switch (attendance) {
    case -1:
      return words.absent;
    case 1:
      return words.came;
    case 2:
      return words.confirmed;
    case 0:
      return words.waiting;
  }
}

export const titlesOf = (items: readonly { readonly title: string }[]): string =>
  items
    .map(({ title }) => title)
    .filter((title) => title !== "")
    .join(", ");
