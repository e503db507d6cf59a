/** The door: passwords that only somebody on the host can set; a name where there are several users. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ApiFailure, logIn } from "./api.ts";
import { Icon } from "./icons.tsx";
import { useTexts } from "./texts.tsx";

export function Login(given: {
  hasPassword: boolean;
  asksName: boolean;
  onLoggedIn: () => void;
}): JSX.Element {
  const { t } = useTexts();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [trouble, setTrouble] = useState("");
  const [isTrying, setTrying] = useState(false);

  async function tryIt(): Promise<void> {
    setTrying(true);
    try {
      await logIn(name, password);
      given.onLoggedIn();
    } catch (thrown) {
      const failure = thrown instanceof ApiFailure ? thrown : undefined;
      setTrouble(
        failure?.status === 401
          ? t(given.asksName ? "login.wrongPair" : "login.wrong")
          : failure?.status === 429
            ? t("login.wait", { seconds: failure.hint ?? "60" })
            : t("daemonAway"),
      );
      setPassword("");
    } finally {
      setTrying(false);
    }
  }

  return (
    <main class="login">
      <h1>asterisk-kommo</h1>
      {given.hasPassword ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void tryIt();
          }}
        >
          {given.asksName && (
            <>
              <label for="name">{t("login.name")}</label>
              <input
                id="name"
                autocomplete="username"
                autocapitalize="none"
                autofocus
                required
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </>
          )}
          <label for="password">{t("login.password")}</label>
          <input
            id="password"
            type="password"
            autocomplete="current-password"
            autofocus={!given.asksName}
            required
            value={password}
            onInput={(event) => setPassword(event.currentTarget.value)}
          />
          <button type="submit" class="primary" disabled={isTrying || password === ""}>
            {t("login.go")}
          </button>
          <p class="trouble" role="alert">
            {trouble !== "" && <Icon name="bad" />}
            {trouble}
          </p>
        </form>
      ) : (
        <div>
          <p>{t("login.none")}</p>
          <pre>sudo asterisk-kommo setup --admin-password</pre>
          <button type="button" onClick={() => location.reload()}>
            {t("again")}
          </button>
        </div>
      )}
    </main>
  );
}
