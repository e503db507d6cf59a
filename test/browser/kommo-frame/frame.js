/* global $, document, window, location, history, requirejs */
/**
 * Stands in for Kommo's page around a widget: loads it with an AMD loader, gives it the object that
 * Kommo gives, and calls its callbacks in Kommo's order. Stricter than Kommo: a callback that does not
 * answer true, a method that Kommo does not have, or a new global variable is an error.
 * @source kommo-api, sections 18.2 and 21.3 to 21.6
 */
(function () {
  "use strict";
  const given = window.FRAME;
  delete window.FRAME;
  document.documentElement.lang = given.lang;
  document.documentElement.dataset.colorScheme = given.theme;

  const frame = { errors: [], messages: [], navigated: [], saved: [], ajax: [] };
  const fail = (text) => frame.errors.push(text);
  window.addEventListener("error", (event) => fail(`error: ${event.message}`));
  window.addEventListener("unhandledrejection", (event) => fail(`rejected: ${event.reason}`));

  const places = {
    leads: { area: "lcard", entity: "leads" },
    contacts: { area: "ccard", entity: "contacts" },
    companies: { area: "comcard", entity: "companies" },
  };
  const place = () => {
    const [, entity, , id] = location.pathname.split("/");
    const card = places[entity];
    return card && { ...card, id: Number(id) };
  };

  const APP = {
    lang_id: given.lang,
    data: { current_card: { id: place()?.id ?? 0 } },
    constant(name) {
      if (name === "user") return { id: given.user };
      if (name === "account") return { id: given.account, subdomain: "acmephones" };
      if (name === "managers") return given.managers;
      return undefined;
    },
    isCard: () => place() !== undefined,
    getBaseEntity: () => place()?.entity ?? "",
    getWidgetsArea: () => place()?.area ?? "",
    notifications: {
      show_notification: (one) => frame.messages.push(one),
      show_message_error: (one) => frame.messages.push(one),
    },
  };
  window.APP = APP;

  const actions = [];
  const widget = {
    params: { widget_code: "asterisk_kommo_test", path: "/widget" },
    system: () => ({
      area: document.querySelector(".modal") ? "settings" : (place()?.area ?? "everywhere"),
      amouser: "user@acme.example",
      amouser_id: String(given.user),
      subdomain: "acmephones",
      domain: location.host,
    }),
    get_settings: () => given.settings,
    get_version: () => given.version,
    langs: given.texts,
    // A section, or a text by its path; what is not there is an empty text.
    i18n: (path) => path.split(".").reduce((at, step) => at?.[step], given.texts) ?? "",
    add_action(type, act) {
      if (type !== "phone" && type !== "email") fail(`no action of type ${type}`);
      actions.push(act);
    },
    render_template({ caption, body, render, ...others }) {
      if (caption === undefined || body === undefined || Object.keys(others).length > 0)
        fail("render_template has other fields");
      $("#beside").html(render);
    },
    $authorizedAjax(options) {
      const answer = $.Deferred();
      frame.ajax.push({ url: options.url, method: options.method, body: options.data });
      $.ajax({
        url: "/frame/one-time-token",
        method: "POST",
        data: JSON.stringify({ id: given.user }),
        contentType: "application/json",
      })
        .done(({ token }) => {
          $.ajax({ ...options, headers: { ...options.headers, "X-Auth-Token": token } })
            .done((...all) => answer.resolve(...all))
            .fail((...all) => answer.reject(...all));
        })
        .fail((...all) => answer.reject(...all));
      return answer.promise();
    },
  };

  const call = (name, ...all) => {
    const callback = widget.callbacks?.[name];
    if (typeof callback !== "function") {
      fail(`there is no callback ${name}`);
      return undefined;
    }
    return callback(...all);
  };
  const callTrue = (name) => {
    if (call(name) !== true) fail(`callback ${name} did not answer true`);
  };

  function show() {
    $("#title").text(location.pathname);
    APP.data.current_card.id = place()?.id ?? 0;
    $("#beside").empty();
  }

  if (given.phone !== "")
    $("<p>")
      .text("Client · ")
      .append($('<a href="#" class="phone">').attr("data-value", given.phone).text(given.phone))
      .insertAfter("#title");
  // The notes of the card, as Kommo shows them: a call with a recording has a player.
  $("#open-feed").on("click", async () => {
    const { entity, id } = place();
    const { _embedded } = await $.getJSON(`/api/v4/${entity}/${id}/notes`);
    const line = ({ note_type, params }) => {
      const words = `${note_type}, ${params.phone}, ${params.duration} s`;
      const player = $('<audio controls preload="none">').attr("src", params.link);
      return $("<li>")
        .text(words)
        .append(params.link ? player : []);
    };
    $("#feed").html((_embedded?.notes ?? []).map(line));
  });

  // Kommo's router: a page without a new load.
  $(document).on("click", ".js-navigate-link", (event) => {
    event.preventDefault();
    const path = event.currentTarget.getAttribute("href");
    frame.navigated.push(path);
    history.pushState({}, "", path);
    show();
    callTrue("render");
  });
  $(document).on("click", ".phone", (event) => {
    event.preventDefault();
    for (const act of actions) act({ value: event.currentTarget.dataset.value });
  });
  $("#open-settings").on("click", () => {
    const users = JSON.parse(given.settings.extensions ?? "{}");
    const modal = $('<div class="modal"><div class="widget_settings_block__fields"></div></div>');
    const fields = modal.find(".widget_settings_block__fields");
    const field = (text, name, value) =>
      fields.append(
        $("<label>").text(`${text} `).append($("<input>").attr("name", name).val(value)),
      );
    field(given.texts.settings.backend_url, "backend_url", given.settings.backend_url ?? "");
    for (const [id, { title }] of Object.entries(given.managers))
      field(title, `user ${id}`, users[id] ?? "");
    modal.append(
      $('<button id="save">')
        .text("Save")
        .on("click", () => void save(modal)),
      $('<button id="close">')
        .text("Close")
        .on("click", () => modal.remove()),
    );
    $("body").append(modal);
    call("settings", modal);
  });

  async function save(modal) {
    const users = {};
    modal.find("input").each((_, input) => {
      if (input.name.startsWith("user ")) users[input.name.slice(5)] = input.value;
    });
    const fields = {
      backend_url: modal.find('input[name="backend_url"]').val(),
      extensions: given.usersAs === "object" ? users : JSON.stringify(users),
    };
    const answer = await call("onSave", { active: "Y", fields });
    if (answer !== true) fail("onSave did not answer true");
    given.settings = { ...fields, extensions: JSON.stringify(users) };
    frame.saved.push(fields);
    modal.remove();
  }

  $("#switch-off").on("click", async () => {
    await call("onSave", { active: "N", fields: {} });
    call("destroy");
    $("#beside").empty();
    frame.isOff = true;
  });

  show();
  const before = new Set(Object.getOwnPropertyNames(window));
  frame.newGlobals = () => Object.getOwnPropertyNames(window).filter((name) => !before.has(name));
  requirejs.config({ baseUrl: "/widget", waitSeconds: 30 });
  requirejs.onError = (error) => fail(`loader: ${error.message}`);
  requirejs(["script"], (Widget) => {
    if (typeof Widget !== "function") return fail("the module is no constructor");
    Widget.call(widget);
    callTrue("render");
    callTrue("init");
    callTrue("bind_actions");
    frame.isReady = true;
  });
  before.add("frame");
  window.frame = frame;
})();
