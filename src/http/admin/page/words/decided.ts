/**
 * What was decided about a call: in English as the daemon has it, in Spanish, Portuguese and Russian.
 * {n} is a number, {card} "lead 12", {user} "user 12" or a name with it; {why} and {more} are sentences
 * of other rows. Read by decisions.ts.
 */
import type { Row } from "./teller.ts";

export const DECIDED: readonly Row[] = [
  ["{user} is responsible", "{user} es responsable", "{user} é responsável", "отвечает {user}"],
  [
    "no responsible user",
    "sin usuario responsable",
    "sem usuário responsável",
    "без ответственного",
  ],
  [
    "leave the call out: {why}",
    "omitir la llamada: {why}",
    "omitir a chamada: {why}",
    "не передавать звонок: {why}",
  ],
  ["leave the call out", "omitir la llamada", "omitir a chamada", "не передавать звонок"],
  ["leave a recording out", "omitir una grabación", "omitir uma gravação", "не передавать запись"],
  [
    "register the call by its number",
    "registrar la llamada por el número",
    "registrar a chamada pelo número",
    "записать звонок по номеру",
  ],
  [
    "write the call on {card}",
    "anotar la llamada en {card}",
    "anotar a chamada em {card}",
    "записать звонок: {card}",
  ],
  [
    "the call stands on {card}",
    "la llamada está en {card}",
    "a chamada está em {card}",
    "звонок записан: {card}",
  ],
  [
    "look up the client's card",
    "buscar la ficha del cliente",
    "procurar a ficha do cliente",
    "найти карточку клиента",
  ],
  [
    "make an incoming lead",
    "crear un lead entrante",
    "criar um lead de entrada",
    "создать неразобранное",
  ],
  [
    "make a contact and a lead",
    "crear un contacto y un lead",
    "criar um contato e um lead",
    "создать контакт и сделку",
  ],
  ["make a contact", "crear un contacto", "criar um contato", "создать контакт"],
  ["make a lead: {why}", "crear un lead: {why}", "criar um lead: {why}", "создать сделку: {why}"],
  ["nothing is made", "no se crea nada", "nada é criado", "ничего не создаётся"],
  ["made {card}", "se creó {card}", "criado: {card}", "создано: {card}"],
  [
    "no task to call back",
    "sin tarea de devolver la llamada",
    "sem tarefa de retornar a chamada",
    "без задачи перезвонить",
  ],
  [
    "no second task: {n} stands",
    "sin segunda tarea: vale la {n}",
    "sem segunda tarefa: vale a {n}",
    "без второй задачи: действует {n}",
  ],
  [
    "task {n} to call back",
    "tarea {n} de devolver la llamada",
    "tarefa {n} de retornar a chamada",
    "задача {n} перезвонить",
  ],
  ["complete task {n}", "completar la tarea {n}", "concluir a tarefa {n}", "завершить задачу {n}"],
  [
    "another responsible user for the {card}",
    "otro usuario responsable de {card}",
    "outro usuário responsável por {card}",
    "другой ответственный: {card}",
  ],
  ["leave the {card}", "dejar {card} como está", "deixar {card} como está", "не менять: {card}"],
  [
    "spell the client's number anew",
    "escribir el número del cliente de otra forma",
    "escrever o número do cliente de outra forma",
    "записать номер клиента иначе",
  ],
  [
    "leave the client's number as it is",
    "dejar el número del cliente como está",
    "deixar o número do cliente como está",
    "оставить номер клиента как есть",
  ],
  [
    "of a known client: {more}",
    "de un cliente conocido: {more}",
    "de um cliente conhecido: {more}",
    "известный клиент: {more}",
  ],
  [
    "of an unknown client: {more}",
    "de un cliente desconocido: {more}",
    "de um cliente desconhecido: {more}",
    "неизвестный клиент: {more}",
  ],
  [
    "{more}, for {user}",
    "{more}, para {user}",
    "{more}, para {user}",
    "{more}, ответственный {user}",
  ],
  ["{more}, a task", "{more}, una tarea", "{more}, uma tarefa", "{more}, задача"],
  [
    "{more}, a new lead if none is open",
    "{more}, un lead nuevo si no hay ninguno abierto",
    "{more}, um lead novo se nenhum está aberto",
    "{more}, новая сделка, если нет открытой",
  ],
  [
    "book the call on the contact",
    "anotar la llamada en el contacto",
    "anotar a chamada no contato",
    "записать звонок в контакт",
  ],
  [
    "book the call on the newest open lead",
    "anotar la llamada en el lead abierto más reciente",
    "anotar a chamada no lead aberto mais recente",
    "записать звонок в последнюю открытую сделку",
  ],
  [
    "book the call on {card}",
    "anotar la llamada en {card}",
    "anotar a chamada em {card}",
    "записать звонок: {card}",
  ],
  ["book the call", "registrar la llamada", "registrar a chamada", "записать звонок"],
  ["make nothing", "no crear nada", "não criar nada", "ничего не создавать"],
];
