/* What script adds; every page works without it. No eval, nothing inline. */
(() => {
  "use strict";
  const one = (css, root = document) => root.querySelector(css);
  const all = (css, root = document) => [...root.querySelectorAll(css)];
  const words = JSON.parse(one("#sp-words")?.textContent || "{}");
  const fill = (text, values) => Object.entries(values).reduce((s, [k, v]) => s.replace(new RegExp(`%\\(${k}\\)[sd]`), v), text);

  /* The portal's clock, not the reader's: a demo may run in another month. */
  const skew = Date.parse(document.documentElement.dataset.now) - Date.now() || 0;
  const now = () => Date.now() + skew;

  /* ---- times ---- */
  const MINUTE = 60, HOUR = 3600, DAY = 86400;
  function duration(seconds) {
    if (seconds < MINUTE) return words.less;
    const hours = Math.floor(seconds / HOUR), minutes = Math.floor((seconds % HOUR) / MINUTE);
    if (!hours) return fill(words.minutes, { minutes });
    return fill(minutes ? words.both : words.hours, { hours, minutes });
  }
  function relative(seconds) {
    if (Math.abs(seconds) < MINUTE) return words.now;
    if (seconds > 0) return fill(words.in, { time: duration(seconds) });
    const passed = -seconds < HOUR ? -seconds : Math.floor(-seconds / HOUR) * HOUR;
    return fill(words.ago, { time: duration(passed) });
  }
  function refresh() {
    for (const part of all("time > [data-live]")) {
      const seconds = Math.trunc((Date.parse(part.parentElement.dateTime) - now()) / 1000);
      if (Math.abs(seconds) < DAY) part.textContent = relative(seconds); // days are the server's to say
    }
    for (const clock of all("[data-until]")) {
      const seconds = Math.max(0, Math.trunc((Date.parse(clock.dataset.until) - now()) / 1000));
      if (seconds < DAY) clock.textContent = duration(seconds);
    }
  }
  setInterval(refresh, 60_000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());

  /* ---- keyboard ---- */
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  function step(list, by) {
    const rows = all("a.sp-ttl, a.sp-t", list);
    const here = rows.indexOf(document.activeElement);
    rows[Math.min(rows.length - 1, Math.max(0, here + by))]?.focus(); // Enter is the link's own
  }
  /* Single keys can be switched off: speech input types letters (WCAG 2.1.4). */
  const single = { get on() { return localStorage.getItem("sp-keys") !== "off"; } };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-single-keys]")) localStorage.setItem("sp-keys", event.target.checked ? "on" : "off");
  });
  function tick(list) {
    const box = one("input[type=checkbox]", document.activeElement.closest("tr") || document.createElement("tr"));
    if (box && list.contains(box)) box.checked = !box.checked;
    return box;
  }
  function acknowledge(list) {
    const form = list.closest("form"), button = form && one("[data-key=a]", form);
    if (button && (one("input:checked", list) || tick(list))) form.requestSubmit(button);
  }
  /* A review: n and p go through its pieces, c comments on the one in view, v ticks it. */
  function review(event) {
    const pieces = all("[data-piece]");
    if (!pieces.length) return;
    const next = pieces.findIndex((piece) => piece.getBoundingClientRect().bottom > 90);
    const here = Math.max(0, pieces.findIndex((piece) => piece.contains(document.activeElement)));
    const at = pieces.some((piece) => piece.contains(document.activeElement)) ? here : next - 1;
    const go = { n: at + 1, p: at - 1 }[event.key];
    if (pieces[go]) one("h2", pieces[go]).focus();
    const piece = pieces[at < 0 ? 0 : at];
    const box = one("[data-comment]", piece);
    if (event.key === "c" && box) { event.preventDefault(); box.open = true; one("textarea", box).focus(); }
    if (event.key === "v") one("[data-look] button", piece)?.click();
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") all("details.sp-menu[open]").forEach((menu) => { menu.open = false; one("summary", menu).focus(); });
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !typing(event.target);
    const jump = (plain && event.key === "/") || ((event.ctrlKey || event.metaKey) && event.key === "k");
    const search = one("[data-search]");
    if (jump && search?.offsetParent) { event.preventDefault(); search.focus(); search.select(); }
    const list = one("[data-keys]");
    if (plain && list && single.on && !event.repeat) {
      if (event.key === "x") tick(list);
      if (event.key === "a") acknowledge(list);
    }
    if (plain && list && single.on && event.key === "j") step(list, 1);
    if (plain && list && single.on && event.key === "k") step(list, -1);
    const keys = one("[data-key-help]");
    if (plain && keys && event.key === "?") { keys.open = !keys.open; one("summary", keys).focus(); }
    if (plain && !event.repeat) review(event);
  });
  document.addEventListener("click", (event) => {
    all("details.sp-menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });

  /* ---- enhancements of what a (new) part of the page holds ---- */
  function reveal(field) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn sp-reveal", textContent: words.show });
    button.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => {
      const shown = field.type === "text";
      field.type = shown ? "password" : "text";
      button.textContent = shown ? words.show : words.hide;
      button.setAttribute("aria-pressed", String(!shown));
    });
    const line = document.createElement("span");
    line.className = "sp-with-button";
    field.replaceWith(line);
    line.append(field, button);
  }
  function drop(zone) {
    const field = document.getElementById(zone.htmlFor), said = one("output", zone);
    const name = () => { said.textContent = [...field.files].map((file) => file.name).join(", "); };
    field.addEventListener("change", name);
    zone.addEventListener("dragover", (event) => { event.preventDefault(); zone.classList.add("sp-over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("sp-over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("sp-over");
      field.files = event.dataTransfer.files;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  function enhance(root) {
    all(".sp-field input[type=password]:not(.sp-with-button *)", root).forEach(reveal);
    all("[data-drop]", root).forEach(drop);
    all("[data-single-keys]", root).forEach((box) => { box.checked = single.on; });
    one("[data-focus]", root)?.focus();
    if (innerWidth < 901) all("details.sp-stepd", root).forEach((steps) => { steps.open = false; });
  }
  enhance(document);
  document.addEventListener("htmx:load", (event) => event.target !== document.body && enhance(event.target));

  /* ---- htmx: trouble ---- */
  const say = (text) => { const region = one("#sp-live"); if (region) region.textContent = text; };
  document.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = event.detail;
    if (!event.target.matches("[data-autosave]") && !successful && xhr.status !== 422) say(words.failed);
  });
})();
