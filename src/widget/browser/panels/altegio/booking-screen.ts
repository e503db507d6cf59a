/** Books an appointment for the lead's client, or moves one: with whom, what, which day, and what is free. */
import type {
  BookRequest,
  Booked,
  Done,
  MoveRequest,
  PanelAppointment,
  PanelPlace,
  PanelTimes,
} from "../../../../http/altegio-contract.ts";
import { button, buttonRow, element, labelled } from "../../view/element.ts";
import { fill } from "../../words.ts";
import { radio } from "./checkout-screen.ts";
import { line, told, type Desk } from "./desk.ts";
import { form, submit } from "./find-screen.ts";
import { servicePicker } from "./service-picker.ts";

type FreeTime = PanelTimes["times"][number];

/** @param moved undefined: a new one */
export async function showBooking(desk: Desk, moved: PanelAppointment | undefined): Promise<void> {
  const { words } = desk;
  const title = moved === undefined ? words.book_button : words.move_button;
  const [waiting, problem] = [line("faint"), line("problem")];
  const place = element("div", { class: "body" });
  const back = button(words.back, () => desk.list(), "link");
  const isShown = desk.show(
    [element("h3", { text: title }), place, waiting.node, problem.node, back],
    back,
  );
  const context = { desk, problem, isShown };
  waiting.say(words.loading);
  const first = await told(desk.read<PanelPlace>("/place"), context);
  const [only] = first?.locations ?? [];
  if (first === undefined || only === undefined) return waiting.say("");
  await openAt(moved?.location_id ?? only.id);

  async function openAt(location: string): Promise<void> {
    waiting.say(words.loading);
    const query = new URLSearchParams({ location });
    const found = await told(desk.read<PanelPlace>(`/place?${query.toString()}`), context);
    waiting.say("");
    if (found === undefined) return;
    place.replaceChildren(bookingForm(location, found));
    place.querySelector<HTMLElement>("select, input")?.focus();
  }

  function bookingForm(location: string, { locations, staff, services }: PanelPlace): HTMLElement {
    const currency = locations.find(({ id }) => id === location)?.currency ?? "";
    const where = chooser(locations, location);
    where.addEventListener("change", () => void openAt(where.value));
    const who = chooser(staff, moved?.staff_id ?? staff[0]?.id ?? "");
    const picker = servicePicker(desk, { services, currency }, () => void look());
    const day = element("input", {});
    day.type = "date";
    day.value = moved?.local_time.slice(0, 10) ?? today();
    const times = element("div", { class: "chips" });
    const free = element("fieldset", {}, [element("legend", { text: words.times }), times]);
    const comment = element("textarea", {});
    comment.rows = 2;
    comment.maxLength = 1_000;
    let chosen: FreeTime | undefined;
    let looks = 0;

    const wanted = (): readonly string[] => moved?.service_ids ?? picker.chosen();
    async function look(): Promise<void> {
      looks += 1;
      const mine = looks;
      chosen = undefined;
      times.replaceChildren();
      if (wanted().length === 0) return waiting.say(words.choose_services);
      if (who.value === "" || day.value === "") return;
      waiting.say(words.loading);
      const query = new URLSearchParams({
        ...{ location, staff: who.value, day: day.value, services: wanted().join() },
      });
      const asked = desk.read<PanelTimes>(`/times?${query.toString()}`);
      const found = await told(asked, { ...context, isShown: () => isShown() && mine === looks });
      if (!isShown() || mine !== looks) return;
      waiting.say(found?.times.length === 0 ? words.no_times : "");
      times.replaceChildren(
        ...(found?.times ?? []).map((one) =>
          radio("time", one.time, {
            isChecked: false,
            onChoose: () => {
              chosen = one;
              problem.say("");
            },
          }),
        ),
      );
    }

    async function send(): Promise<void> {
      if (wanted().length === 0) return problem.say(words.choose_services);
      if (chosen === undefined) return problem.say(words.choose_time);
      const { datetime, length_seconds } = chosen;
      const time = desk.time(datetime);
      go.disabled = true;
      waiting.say(words.loading);
      const note =
        moved === undefined
          ? await book({ datetime, length_seconds, time })
          : await move(moved, { datetime, time });
      if (!isShown()) return;
      go.disabled = false;
      waiting.say("");
      if (note !== undefined) return desk.list(note);
      // What was free is perhaps taken by now.
      const why = problem.node.textContent;
      await look();
      if (isShown()) problem.say(why);
    }

    async function book(given: {
      readonly datetime: string;
      readonly length_seconds: number;
      readonly time: string;
    }): Promise<string | undefined> {
      const { datetime, length_seconds, time } = given;
      const request: BookRequest = {
        ...{ lead: desk.lead, location_id: location, staff_id: who.value },
        ...{ service_ids: wanted(), datetime, length_seconds, comment: comment.value.trim() },
      };
      const made = await told(desk.act<Booked>("/book", request), context);
      return made && fill(made.is_tied ? words.booked : words.booked_apart, { time });
    }

    async function move(
      { location_id, record_id }: PanelAppointment,
      { datetime, time }: { readonly datetime: string; readonly time: string },
    ): Promise<string | undefined> {
      const request: MoveRequest = { location_id, record_id, datetime, staff_id: who.value };
      const done = await told(desk.act<Done>("/move", request), context);
      return done && fill(words.moved, { time });
    }

    who.addEventListener("change", () => void look());
    day.addEventListener("change", () => void look());
    const go = submit(title);
    void look();
    return form(
      () => void send(),
      [
        moved === undefined && locations.length > 1 ? labelled(words.location, where) : undefined,
        labelled(words.staff, who),
        moved === undefined ? picker.node : undefined,
        labelled(words.day, day),
        free,
        moved === undefined ? labelled(words.comment, comment) : undefined,
        buttonRow(go),
      ],
    );
  }
}

function chooser(
  all: readonly { readonly id: string; readonly title: string }[],
  chosen: string,
): HTMLSelectElement {
  const select = element("select", {});
  select.append(...all.map(({ id, title }) => new Option(title, id)));
  select.value = chosen;
  if (select.selectedIndex < 0) select.selectedIndex = 0;
  return select;
}

/** By the clock of who looks. */
function today(): string {
  const now = new Date();
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${String(now.getFullYear())}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
