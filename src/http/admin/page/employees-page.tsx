/** Employees: extensions and Kommo users side by side, gaps first. */
import type { JSX } from "preact";
import type { EmployeesAnswer, KommoUser } from "../contract-pages.ts";
import { useState } from "preact/hooks";
import { ownName } from "../../../lib/exchange-names.ts";
import { change } from "./api.ts";
import { ExchangeBadge, exchangeAt, ExchangeFilter } from "./exchanges.tsx";
import { useDoing, useLoad } from "./load.ts";
import { Badge, Moment, PageHead, Problem, Skeleton } from "./parts.tsx";
import { addressOf, type Place } from "./place.ts";
import { useTexts } from "./texts.tsx";

type Employee = EmployeesAnswer["employees"][number];

export function EmployeesPage({ place }: { place: Place }): JSX.Element {
  const { t } = useTexts();
  const { value, failure, again } = useLoad<EmployeesAnswer>("/employees", 15_000);
  const chosen = exchangeAt(place);
  const isShown = ({ exchange }: Employee): boolean => [undefined, exchange].includes(chosen);
  return (
    <section>
      <PageHead title={t("page.employees")} />
      <ExchangeFilter place={place} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? (
        <Skeleton />
      ) : (
        <Employees told={{ ...value, employees: value.employees.filter(isShown) }} again={again} />
      )}
    </section>
  );
}

const isGap = ({ users }: Employee): boolean =>
  users.length === 0 || users.every(({ isActive }) => isActive === false);

type Give = (extension: string, user: number) => void;

function Employees({ told, again }: { told: EmployeesAnswer; again: () => void }): JSX.Element {
  const { t } = useTexts();
  const doing = useDoing();
  const joining = (path: string, body?: object): void =>
    doing.run(async () => {
      await change(`/employees/${path}`, body);
      again();
    });
  const give: Give = (extension, user) =>
    joining(`${encodeURIComponent(extension)}/give`, { user });
  const gaps = told.employees.filter(isGap);
  return (
    <>
      {!told.areUsersKnown && <p class="notice wait">{t("employees.usersUnknown")}</p>}
      {gaps.length > 0 && (
        <div class="notice wait">
          <div>
            <p>{t("employees.gaps", { n: gaps.length })}</p>
            <p>
              {told.unknownExtension === "leave_out"
                ? t("employees.gapsLeftOut")
                : t("employees.gapsGoTo", { user: told.unknownExtension })}
            </p>
            {[...new Set(gaps.map(({ exchange }) => exchange))].map((name) => (
              <p key={name}>
                <code>
                  {usersToName(
                    name,
                    gaps.filter(({ exchange }) => exchange === name),
                  )}
                </code>
              </p>
            ))}
          </div>
        </div>
      )}
      {doing.failure !== undefined && <Problem failure={doing.failure} />}
      <div class="sheet scrollX" tabIndex={0} role="region" aria-label={t("page.employees")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t("extension")}</th>
              <th scope="col">{t("employees.user")}</th>
              <th scope="col">{t("employees.telephone")}</th>
              <th scope="col" class="number">
                {t("employees.calls")}
              </th>
              <th scope="col">{t("employees.lastCall")}</th>
            </tr>
          </thead>
          <tbody>
            {told.employees.map((employee) => (
              <Row
                key={employee.extension}
                {...{ employee, give }}
                candidates={told.usersWithout}
                take={() => joining(`${encodeURIComponent(employee.extension)}/take`)}
              />
            ))}
          </tbody>
        </table>
      </div>
      {told.usersWithout.length > 0 && (
        <div class="sheet">
          <h2>{t("employees.usersWithout")}</h2>
          {gaps.length > 0 && <p class="faint">{t("employees.dragHint")}</p>}
          <ul class="plainList">
            {told.usersWithout.map((user) => (
              <Place key={user.id} {...{ user, give }} />
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

/** In the spelling of the configuration. @param exchange null: the only one */
function usersToName(exchange: string | null, gaps: readonly Employee[]): string {
  const users = gaps.map(({ extension }) => `"${ownName(extension)}": …`).join(", ");
  return `${exchange === null ? "" : `"name": "${exchange}", … `}"users": { ${users} }`;
}

/** Our own kind, so that a file or a text from elsewhere is not taken for an extension. */
const DRAGGED = "application/x-extension";

/** A user onto whom an extension may be dropped. */
function Place({ user: { id, name }, give }: { user: KommoUser; give: Give }): JSX.Element {
  const [isOver, setOver] = useState(false);
  const isExtension = ({ dataTransfer }: DragEvent): boolean =>
    dataTransfer?.types.includes(DRAGGED) ?? false;
  return (
    <li
      class={isOver ? "place over" : "place"}
      onDragOver={(event) => {
        if (!isExtension(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const extension = event.dataTransfer?.getData(DRAGGED) ?? "";
        if (extension !== "") give(extension, id);
      }}
    >
      {name ?? ""} <span class="faint figures">{id}</span>
    </li>
  );
}

/** The same by keyboard, and where nothing can be dragged. */
function Choice({
  extension,
  candidates,
  give,
}: {
  extension: string;
  candidates: readonly KommoUser[];
  give: Give;
}): JSX.Element {
  const { t } = useTexts();
  const [user, setUser] = useState("");
  return (
    <span class="choice">
      <select
        aria-label={t("employees.give", { extension })}
        value={user}
        onChange={({ currentTarget }) => setUser(currentTarget.value)}
      >
        <option value="">{t("employees.choose")}</option>
        {candidates.map(({ id, name }) => (
          <option key={id} value={String(id)}>
            {name ?? id}
          </option>
        ))}
      </select>
      <button type="button" disabled={user === ""} onClick={() => give(extension, Number(user))}>
        {t("employees.giveGo")}
      </button>
    </span>
  );
}

function Row({
  employee,
  candidates,
  give,
  take,
}: {
  employee: Employee;
  candidates: readonly KommoUser[];
  give: Give;
  take: () => void;
}): JSX.Element {
  const { t } = useTexts();
  const { extension, exchange, users, telephone, calls, lastCallAt, from } = employee;
  const canBeGiven = users.length === 0 && candidates.length > 0;
  return (
    <tr>
      <td class="figures nowrap">
        <ExchangeBadge name={exchange} />{" "}
        <a
          href={addressOf("calls", undefined, { q: extension })}
          draggable={canBeGiven}
          class={canBeGiven ? "draggable" : undefined}
          onDragStart={({ dataTransfer }) => dataTransfer?.setData(DRAGGED, extension)}
        >
          {ownName(extension)}
        </a>
      </td>
      <td>
        {users.length === 0 && <Badge mood="wait">{t("employees.nobody")}</Badge>}
        {canBeGiven && <Choice {...{ extension, candidates, give }} />}
        {users.map(({ id, name, isActive }) => (
          <div key={id}>
            {name ?? t("employees.userNumber", { id: String(id) })}{" "}
            <span class="faint figures">{id}</span>{" "}
            {isActive === false && <Badge mood="bad">{t("employees.inactive")}</Badge>}
            {from === "list" && (
              <>
                <span class="faint">{t("employees.given")}</span>{" "}
                <button
                  type="button"
                  class="quiet"
                  aria-label={`${t("employees.take")} ${extension}`}
                  onClick={take}
                >
                  {t("employees.take")}
                </button>
              </>
            )}
          </div>
        ))}
      </td>
      <td>
        {telephone === "registered" && <Badge mood="good">{t("employees.registered")}</Badge>}
        {telephone === "not-registered" && (
          <Badge mood="wait">{t("employees.notRegistered")}</Badge>
        )}
        {telephone === "unknown" && <span class="faint">{t("employees.notTold")}</span>}
      </td>
      <td class="number">{calls}</td>
      <td>{lastCallAt === null ? <span class="faint">–</span> : <Moment at={lastCallAt} />}</td>
    </tr>
  );
}
