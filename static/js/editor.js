/* The editor saves by itself; without script the Save button does all. */
(() => {
  "use strict";
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const words = JSON.parse(document.querySelector("#sp-words").textContent);
  const say = (text) => { document.querySelector("#save-state").textContent = text; };
  let dirty = false; // typed and not sent yet

  /* A conflict on the page is settled by its button, not by going on typing. */
  const settling = () => document.querySelector("#conflict").childElementCount > 0;
  form.addEventListener("input", () => { dirty = true; });
  form.addEventListener("submit", () => { dirty = false; });
  form.addEventListener("htmx:beforeRequest", (event) => {
    if (event.target !== form) return;
    if (settling()) { event.preventDefault(); return; }
    dirty = false;
    say(words.saving);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = event.detail;
    if (event.target !== form || successful || xhr.status === 422) return;
    dirty = true;
    say(words.unsaved);
    setTimeout(() => dirty && htmx.trigger(form, "again"), 10_000);
  });
  /* Leaving never asks: what was typed last goes out with the page. */
  addEventListener("pagehide", () => {
    if (dirty && !settling()) navigator.sendBeacon(form.dataset.autosave, new FormData(form));
  });
})();
