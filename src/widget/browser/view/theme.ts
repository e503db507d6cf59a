/** Whether Kommo's page is dark now, by what it says and else by what it looks like. */

/** @returns what ends it */
export function followTheme(onTheme: (theme: "light" | "dark") => void): () => void {
  let last: "light" | "dark" | undefined;
  const look = (): void => {
    const theme = isDark() ? "dark" : "light";
    if (theme !== last) onTheme(theme);
    last = theme;
  };
  const observer = new MutationObserver(look);
  for (const place of [document.documentElement, document.body])
    observer.observe(place, { attributes: true });
  // Kommo may follow the system, without a change in its markup.
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", look);
  look();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", look);
  };
}

/** Kommo documents no sign of its theme: the ground of the page cannot lie. */
function isDark(): boolean {
  for (const place of [document.body, document.documentElement]) {
    const colour = getComputedStyle(place).backgroundColor;
    const [red, green, blue, alpha = "1"] = colour.match(/[\d.]+/g) ?? [];
    if (red === undefined || green === undefined || blue === undefined || Number(alpha) === 0)
      continue;
    return 0.299 * Number(red) + 0.587 * Number(green) + 0.114 * Number(blue) < 110;
  }
  return getComputedStyle(document.documentElement).colorScheme.startsWith("dark");
}
