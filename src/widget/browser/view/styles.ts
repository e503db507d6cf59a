/** How the widget looks, in both themes. It lives in shadow trees: nothing of Kommo's reaches in, nothing out. */
export const STYLES = `
:host {
  --ground: #ffffff; --raised: #f4f6f9; --line: #dde2ea; --text: #1d2733; --faint: #5b6877;
  --accent: #1565c0; --accent-text: #ffffff; --good: #1b7f3c; --wait: #8a5a00; --bad: #b3261e;
  --shade: rgba(20, 32, 48, 0.22);
  all: initial; color-scheme: light;
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif;
  font-variant-numeric: tabular-nums; color: var(--text);
}
:host([data-theme="dark"]) {
  --ground: #1f2833; --raised: #2a3542; --line: #3c4957; --text: #eef2f6; --faint: #aab6c3;
  --accent: #7ab8ff; --accent-text: #0c1a2a; --good: #6fd08c; --wait: #f0bd5b; --bad: #ff9a90;
  --shade: rgba(0, 0, 0, 0.55); color-scheme: dark;
}
* { box-sizing: border-box; }
.stack {
  position: fixed; right: 0; bottom: 0; z-index: 99999; width: 400px; max-width: 100vw; max-height: 100vh;
  /* Room for the shadows, which an overflow would cut. */
  padding: 24px; overflow-y: auto; display: flex; flex-direction: column; gap: 12px; pointer-events: none;
}
.stack > * { pointer-events: auto; flex: none; }
.stack:empty { display: none; }
.card {
  background: var(--ground); border: 1px solid var(--line); border-left: 4px solid var(--accent);
  border-radius: 8px; box-shadow: 0 6px 24px var(--shade); padding: 12px 16px 16px; overflow-wrap: anywhere;
}
.card.good { border-left-color: var(--good); }
.card.bad { border-left-color: var(--bad); }
.card.wait { border-left-color: var(--wait); }
@media (prefers-reduced-motion: no-preference) {
  .card { animation: enter 150ms ease-out; }
  .card.rings .icon.phone { animation: ring 1.2s ease-in-out infinite; transform-origin: center; }
}
@keyframes enter { from { opacity: 0; transform: translateY(8px); } }
@keyframes ring { 0%, 50%, 100% { transform: rotate(0); } 10%, 30% { transform: rotate(-14deg); } 20%, 40% { transform: rotate(14deg); } }
.head { display: flex; align-items: center; gap: 8px; color: var(--faint); font-size: 13px; min-height: 28px; }
.head .what { flex: 1; }
.head .clock { color: var(--text); font-weight: 600; }
.icon { width: 18px; height: 18px; flex: none; }
.icon.phone { fill: var(--accent); }
.good .icon.phone { fill: var(--good); }
.bad .icon.phone { fill: var(--bad); }
.icon.close { stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
.x {
  border: 0; background: none; color: var(--faint); padding: 5px; border-radius: 6px; cursor: pointer;
  display: inline-flex; margin-right: -6px;
}
.x:hover { background: var(--raised); color: var(--text); }
.name { font-size: 17px; font-weight: 600; line-height: 1.3; margin: 2px 0 0; }
.phone-line, .faint { color: var(--faint); }
.state { margin: 8px 0 0; font-weight: 500; }
.good .state { color: var(--good); }
.bad .state { color: var(--bad); }
.wait .state { color: var(--wait); }
.label { color: var(--faint); font-size: 12px; margin: 12px 0 2px; }
ul { list-style: none; margin: 0; padding: 0; }
li { padding: 2px 0; }
.overdue { color: var(--bad); }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
.buttons:empty { display: none; }
.button {
  font: inherit; font-weight: 500; border: 1px solid var(--line); border-radius: 6px; padding: 6px 14px; cursor: pointer;
  background: var(--ground); color: var(--text); min-height: 34px;
}
.button:hover { background: var(--raised); }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.button.primary:hover { filter: brightness(1.08); }
.button.danger { border-color: var(--bad); color: var(--bad); }
.button.link { border: 0; background: none; color: var(--accent); padding: 0; min-height: 0; text-align: left; overflow-wrap: anywhere; }
.button.link:hover { text-decoration: underline; }
.button:disabled { opacity: 0.6; cursor: default; }
.button:focus-visible, .x:focus-visible, select:focus-visible, input:focus-visible, textarea:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
select {
  font: inherit; width: 100%; min-height: 34px; padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--ground); color: var(--text);
}
.block { padding: 12px 0; color: var(--text); }
.panel { padding: 8px 0; }
.panel h3 { margin: 0 0 8px; font-size: 14px; font-weight: 600; }
.row { display: flex; align-items: baseline; gap: 8px; padding: 2px 0; }
.panel .body { display: flex; flex-direction: column; gap: 8px; overflow-wrap: anywhere; }
.panel h4 { margin: 6px 0 0; font-size: 12px; font-weight: 600; color: var(--faint); }
.panel h3.with { display: flex; align-items: center; justify-content: space-between; gap: 8px; }
.panel .buttons { gap: 6px; margin-top: 6px; }
.panel .button:not(.link) { padding: 4px 10px; }
.visit { border: 1px solid var(--line); border-radius: 8px; padding: 8px 10px; }
.visit .when { font-weight: 600; flex: 1; }
.cancelled .when { text-decoration: line-through; }
.tag { color: var(--good); font-size: 12px; font-weight: 600; }
.tag.bad { color: var(--bad); }
summary { cursor: pointer; color: var(--faint); font-size: 12px; font-weight: 600; padding: 4px 0; }
details .visit { margin-top: 8px; }
form { display: flex; flex-direction: column; gap: 8px; margin: 0; }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
legend, .field > span { color: var(--faint); font-size: 12px; padding: 0; }
.field { display: grid; gap: 2px; }
input:not([type="radio"], [type="checkbox"]), textarea {
  font: inherit; width: 100%; min-height: 34px; padding: 4px 8px; border: 1px solid var(--line); border-radius: 6px;
  background: var(--ground); color: var(--text);
}
input[aria-invalid="true"] { border-color: var(--bad); }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 2px; max-height: 176px; overflow-y: auto; padding: 3px; }
.chips.rows { flex-direction: column; flex-wrap: nowrap; border: 1px solid var(--line); border-radius: 6px; padding: 6px 8px; }
.choice { display: flex; align-items: baseline; gap: 6px; color: var(--text); cursor: pointer; }
.chips:not(.rows) .choice { border: 1px solid var(--line); border-radius: 6px; padding: 3px 8px; align-items: center; }
.chips:not(.rows) .choice:has(:checked) { border-color: var(--accent); font-weight: 600; }
.choice[hidden] { display: none; }
.choice .sum { color: var(--faint); margin-left: auto; }
.choice input { accent-color: var(--accent); margin: 0; flex: none; }
.sums { width: 100%; border-collapse: collapse; }
.sums th { text-align: left; font-weight: 400; }
.sums td { text-align: right; }
.sums .total th, .sums .total td { font-weight: 600; border-top: 1px solid var(--line); }
.body p { margin: 0; }
.problem { color: var(--bad); }
.done { color: var(--good); }
p:empty { position: absolute; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: var(--faint); flex: none; align-self: center; }
.dot.good { background: var(--good); } .dot.wait { background: var(--wait); }
.dot.bad { background: transparent; border: 2px solid var(--bad); }
.lines li { display: flex; gap: 8px; padding: 3px 0; }
.lines li::before { content: "•"; color: var(--faint); }
.lines li.good::before { content: "✓"; color: var(--good); font-weight: 700; }
.lines li.bad::before { content: "!"; color: var(--bad); font-weight: 700; padding: 0 2px; }
`;
