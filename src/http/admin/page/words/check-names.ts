/** What the checks of the doctor are called. */
import type { Row } from "./teller.ts";

export const CHECK_NAMES: readonly Row[] = [
  ["configuration", "configuración", "configuração", "настройка"],
  ["disk", "disco", "disco", "диск"],
  ["clock", "reloj", "relógio", "часы"],
  ["AMI", "AMI", "AMI", "AMI"],
  ["AMI users", "usuarios de AMI", "usuários de AMI", "пользователи AMI"],
  ["AMI exposure", "AMI a la vista", "AMI exposto", "открытость AMI"],
  ["Asterisk's version", "versión de Asterisk", "versão do Asterisk", "версия Asterisk"],
  ["events heard", "eventos oídos", "eventos ouvidos", "слышные события"],
  ["extensions", "extensiones", "ramais", "внутренние номера"],
  ["Kommo", "Kommo", "Kommo", "Kommo"],
  ["token", "token", "token", "токен"],
  ["token's rights", "permisos del token", "permissões do token", "права токена"],
  ["field PHONE", "campo PHONE", "campo PHONE", "поле PHONE"],
  ["users and pipelines", "usuarios y embudos", "usuários e funis", "пользователи и воронки"],
  ["country of dialling", "país de marcación", "país de discagem", "страна набора"],
  ["directory", "directorio", "diretório", "справочник"],
  ["public address", "dirección pública", "endereço público", "публичный адрес"],
  [
    "public address reached",
    "dirección pública alcanzada",
    "endereço público alcançado",
    "доступность публичного адреса",
  ],
  ["certificate", "certificado", "certificado", "сертификат"],
  ["recordings", "grabaciones", "gravações", "записи"],
  ["customizations", "personalizaciones", "personalizações", "сценарии"],
  ["queue", "cola", "fila", "очередь"],
  ["webhooks of Kommo", "webhooks de Kommo", "webhooks do Kommo", "вебхуки Kommo"],
  ["Altegio", "Altegio", "Altegio", "Altegio"],
];
