/** The admin page: who is not logged in sees the door, who is sees the rest. */
import { render, type JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { SessionAnswer } from "../contract.ts";
import { readSession, whenLoggedOut } from "./api.ts";
import { Login } from "./login.tsx";
import { applyTheme, Shell } from "./shell.tsx";
import { preferredLanguage, TextsProvider, type Language } from "./texts.tsx";

function App(): JSX.Element | null {
  const [session, setSession] = useState<SessionAnswer | undefined>(undefined);
  const [language, setLanguage] = useState<Language>(preferredLanguage("en"));
  const look = (): void => {
    readSession().then(
      (told) => {
        setSession(told);
        setLanguage(preferredLanguage(told.language));
      },
      () => setTimeout(look, 2_000),
    );
  };
  useEffect(() => {
    whenLoggedOut(look);
    look();
  }, []);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  if (session === undefined) return null;
  if (session.user !== null)
    return (
      <Shell
        user={session.user}
        language={language}
        onLanguage={(chosen) => {
          localStorage.setItem("language", chosen);
          setLanguage(chosen);
        }}
        onLoggedOut={look}
      />
    );
  return (
    <TextsProvider language={language} accountZone={undefined}>
      <Login hasPassword={session.hasPassword} asksName={session.asksName} onLoggedIn={look} />
    </TextsProvider>
  );
}

applyTheme();
const root = document.getElementById("page");
if (root !== null) render(<App />, root);
