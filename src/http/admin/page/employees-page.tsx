/** Employees: extensions and Kommo users side by side, gaps first. */
import type { JSX } from "preact";
import type { EmployeesAnswer } from "../contract-pages.ts";
import { useLoad } from "./load.ts";
import { Badge, Moment, PageHead, Problem, Skeleton } from "./parts.tsx";
import { addressOf } from "./place.ts";
import { useTexts } from "./texts.tsx";

type Employee = EmployeesAnswer["employees"][number];

export function EmployeesPage(): JSX.Element {
  const { t } = useTexts();
  const { value, failure } = useLoad<EmployeesAnswer>("/employees", 15_000);
  return (
    <section>
      <PageHead title={t("page.employees")} />
      {failure !== undefined && <Problem failure={failure} />}
      {value === undefined ? <Skeleton /> : <Employees told={value} />}
    </section>
  );
}

const isGap = ({ users }: Employee): boolean =>
  users.length === 0 || users.every(({ isActive }) => isActive === false);

function Employees({ told }: { told: EmployeesAnswer }): JSX.Element {
  const { t } = useTexts();
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
            <code>
              {`"users": { ${gaps.map(({ extension }) => `"${extension}": …`).join(", ")} }`}
            </code>
          </div>
        </div>
      )}
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
              <Row key={employee.extension} employee={employee} />
            ))}
          </tbody>
        </table>
      </div>
      {told.usersWithout.length > 0 && (
        <div class="sheet">
          <h2>{t("employees.usersWithout")}</h2>
          <ul class="plainList">
            {told.usersWithout.map(({ id, name }) => (
              <li key={id}>
                {name ?? ""} <span class="faint figures">{id}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}

function Row({ employee }: { employee: Employee }): JSX.Element {
  const { t } = useTexts();
  const { extension, users, telephone, calls, lastCallAt } = employee;
  return (
    <tr>
      <td class="figures">
        <a href={addressOf("calls", undefined, { q: extension })}>{extension}</a>
      </td>
      <td>
        {users.length === 0 && <Badge mood="wait">{t("employees.nobody")}</Badge>}
        {users.map(({ id, name, isActive }) => (
          <div key={id}>
            {name ?? t("employees.userNumber", { id: String(id) })}{" "}
            <span class="faint figures">{id}</span>{" "}
            {isActive === false && <Badge mood="bad">{t("employees.inactive")}</Badge>}
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
