/** What stands around every page: the way to the others, the line at the top, language and colours. */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { may } from "../roles.ts";
import { logOut } from "./api.ts";
import { CallPane } from "./call-pane.tsx";
import { CallsPage } from "./calls-page.tsx";
import { CustomizationsPage } from "./customizations-page.tsx";
import { DeliveriesPage } from "./deliveries-page.tsx";
import { EmployeesPage } from "./employees-page.tsx";
import { ExchangesProvider, namesOf } from "./exchanges.tsx";
import { HealthPage } from "./health-page.tsx";
import { Icon } from "./icons.tsx";
import { useLive, type Live } from "./live.ts";
import { NowPage } from "./now-page.tsx";
import { Empty } from "./parts.tsx";
import { addressOf, followLink, PAGES, usePlace, type PageName, type Place } from "./place.ts";
import { RulesPage } from "./rules-page.tsx";
import { SettingsPage } from "./settings-page.tsx";
import { StatisticsPage } from "./statistics-page.tsx";
import { StatusLine } from "./status-line.tsx";
import { UserProvider, useUser, type User } from "./user.ts";
import { LANGUAGES, TextsProvider, useTexts, type Language } from "./texts.tsx";

/** Of the bar at the bottom of a telephone; the others stand behind "more". */
const FOREMOST: readonly PageName[] = ["now", "calls", "deliveries", "health"];

type Looks = { readonly language: Language; readonly onLanguage: (language: Language) => void };

export function Shell(given: Looks & { user: User; onLoggedOut: () => void }): JSX.Element {
  const live = useLive();
  return (
    <TextsProvider language={given.language} accountZone={live.status?.timeZone}>
      <UserProvider value={given.user}>
        <ExchangesProvider value={namesOf(live.status)}>
          <Frame {...given} live={live} />
        </ExchangesProvider>
      </UserProvider>
    </TextsProvider>
  );
}

/** What every role sees; the others are the administrator's. */
const FOR_ALL: readonly PageName[] = ["now", "calls", "statistics"];

function Frame(given: Looks & { live: Live; onLoggedOut: () => void }): JSX.Element {
  const { t } = useTexts();
  const place = usePlace();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(place.page);
  useEffect(() => {
    document.title = `${t(`page.${place.page}`)} – asterisk-kommo`;
    // A reader of the screen is told of the new page, as by a new document.
    if (shown.current !== place.page) {
      main.current?.focus();
      scrollTo(0, 0);
    }
    shown.current = place.page;
  }, [place.page, t]);

  return (
    <div class="shell" onClick={followLink}>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      <Navigation place={place} {...given} />
      <StatusLine live={given.live} />
      <main id="main" tabIndex={-1} ref={main}>
        <Page place={place} live={given.live} />
      </main>
    </div>
  );
}

function Page({ place, live }: { place: Place; live: Live }): JSX.Element {
  const { t } = useTexts();
  const { role } = useUser();
  if (!FOR_ALL.includes(place.page) && !may(role, "administer"))
    return <Empty>{t("role.notThis")}</Empty>;
  switch (place.page) {
    case "now":
      return <NowPage place={place} live={live} />;
    case "calls":
      return (
        <>
          <CallsPage place={place} />
          {place.detail !== undefined && (
            <CallPane key={place.detail} id={place.detail} query={place.query} />
          )}
        </>
      );
    case "statistics":
      return <StatisticsPage place={place} />;
    case "deliveries":
      return <DeliveriesPage />;
    case "employees":
      return <EmployeesPage place={place} />;
    case "rules":
      return <RulesPage place={place} />;
    case "customizations":
      return <CustomizationsPage place={place} />;
    case "health":
      return <HealthPage />;
    case "settings":
      return <SettingsPage />;
  }
}

function Navigation(
  given: Looks & { place: Place; live: Live; onLoggedOut: () => void },
): JSX.Element {
  const { t } = useTexts();
  const { place, live } = given;
  const { name, role } = useUser();
  const shown = may(role, "administer") ? PAGES : FOR_ALL;
  const [isOpen, setOpen] = useState(false);
  const closed = (): void => setOpen(false);
  const count = (page: PageName): number =>
    page === "deliveries"
      ? (live.status?.setAside ?? 0)
      : page === "now"
        ? (live.status?.liveCalls ?? 0)
        : 0;
  return (
    <nav class={isOpen ? "nav open" : "nav"} aria-label={t("pages")}>
      <div class="brand">asterisk-kommo</div>
      <ul>
        {shown.map((page) => (
          <li key={page} class={shown === FOR_ALL || FOREMOST.includes(page) ? "foremost" : "rest"}>
            <a
              href={addressOf(page)}
              aria-current={place.page === page ? "page" : undefined}
              onClick={closed}
            >
              <Icon name={page} />
              <span>{t(`page.${page}`)}</span>
              {count(page) > 0 && (
                <span class={page === "deliveries" ? "count bad" : "count"}>{count(page)}</span>
              )}
            </a>
          </li>
        ))}
        <li class="moreItem">
          <button type="button" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <Icon name={isOpen ? "close" : "more"} />
            <span>{t("more")}</span>
          </button>
        </li>
      </ul>
      <div class="looks">
        <p class="faint ellipsis" title={name}>
          {name} · {t(`role.${role}`)}
        </p>
        <LooksMenu {...given} />
        <button
          type="button"
          class="quiet"
          onClick={() => void logOut().finally(given.onLoggedOut)}
        >
          <Icon name="logout" /> {t("logout")}
        </button>
      </div>
    </nav>
  );
}

const THEMES = ["auto", "light", "dark"] as const;

function LooksMenu({ language, onLanguage }: Looks): JSX.Element {
  const { t } = useTexts();
  const [theme, setTheme] = useState(localStorage.getItem("theme") ?? "auto");
  return (
    <>
      <label>
        <span class="unseen">{t("language")}</span>
        <select
          value={language}
          onChange={(event) => onLanguage(event.currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([name, text]) => (
            <option key={name} value={name} lang={name}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">{t("theme")}</span>
        <select
          value={theme}
          onChange={(event) => {
            const chosen = event.currentTarget.value;
            setTheme(chosen);
            localStorage.setItem("theme", chosen);
            applyTheme();
          }}
        >
          {THEMES.map((name) => (
            <option key={name} value={name}>
              {t(`theme.${name}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

/** "auto": as the system has it. */
export function applyTheme(): void {
  const theme = localStorage.getItem("theme") ?? "auto";
  if (theme === "auto") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
