/**
 * Texts that stand on cards, in the languages of Kommo and amoCRM. The English ones are those that
 * users of Itgrix are used to.
 * @source itgrix-customizations.txt, 4, 5 and 8
 */
export type Language = "en" | "es" | "pt" | "ru";

export type Words = {
  readonly contact: string;
  readonly lead: string;
  readonly missed: string;
  readonly incoming: string;
  readonly outgoing: string;
  readonly withheld: string;
  readonly callBackMissed: string;
  readonly callBackUnanswered: string;
  readonly talkedInbound: string;
  readonly talkedOutbound: string;
  readonly endNotSeen: string;
};

export const WORDS: Readonly<Record<Language, Words>> = {
  en: {
    contact: "Contact {phone}",
    lead: "{phone} - {missed} {direction}",
    missed: "missed",
    incoming: "incoming",
    outgoing: "outgoing",
    withheld: "Withheld number",
    callBackMissed: "Call back on a missed call from a number {phone}",
    callBackUnanswered: "Call back on an unanswered call to a number {phone}",
    talkedInbound: "The client called again and was answered",
    talkedOutbound: "The client was called and answered",
    endNotSeen: "The end of this call was not seen",
  },
  es: {
    contact: "Contacto {phone}",
    lead: "{phone} - {direction} {missed}",
    missed: "perdida",
    incoming: "llamada entrante",
    outgoing: "llamada saliente",
    withheld: "Número oculto",
    callBackMissed: "Devolver la llamada perdida del número {phone}",
    callBackUnanswered: "Volver a llamar al número {phone}, que no contestó",
    talkedInbound: "El cliente volvió a llamar y fue atendido",
    talkedOutbound: "Se llamó al cliente y contestó",
    endNotSeen: "No se vio el final de esta llamada",
  },
  pt: {
    contact: "Contato {phone}",
    lead: "{phone} - {direction} {missed}",
    missed: "perdida",
    incoming: "chamada recebida",
    outgoing: "chamada efetuada",
    withheld: "Número oculto",
    callBackMissed: "Retornar a chamada perdida do número {phone}",
    callBackUnanswered: "Ligar novamente para o número {phone}, que não atendeu",
    talkedInbound: "O cliente ligou novamente e foi atendido",
    talkedOutbound: "O cliente foi chamado e atendeu",
    endNotSeen: "O fim desta chamada não foi visto",
  },
  ru: {
    contact: "Контакт {phone}",
    lead: "{phone} - {missed} {direction}",
    missed: "пропущенный",
    incoming: "входящий",
    outgoing: "исходящий",
    withheld: "Скрытый номер",
    callBackMissed: "Перезвонить: пропущенный звонок с номера {phone}",
    callBackUnanswered: "Перезвонить: не дозвонились на номер {phone}",
    talkedInbound: "Клиент перезвонил, с ним поговорили",
    talkedOutbound: "Клиенту позвонили, он ответил",
    endNotSeen: "Окончание этого звонка не было видно",
  },
};

export type Placeholder = "phone" | "did" | "trunk" | "direction" | "missed" | "time" | "employee";

/** In the text of a task alone: the card's name, read when the task is sent (CreateTask.nameless). */
export const CARD_NAME = "{name}";

/** Fills `{phone}` and the like; what is empty leaves no double space behind. */
export const fillTemplate = (
  template: string,
  values: Readonly<Record<Placeholder, string>>,
): string =>
  template
    .replace(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? values[name as Placeholder] : whole,
    )
    .replace(/\s+/g, " ")
    .trim();
