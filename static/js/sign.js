/* How far the text was on the screen: a section is seen when its beginning and its end were. Kept for "Finish later". */
(() => {
  "use strict";
  const box = document.querySelector("[data-reading]"), field = document.querySelector("#id_seen");
  if (!box || !field) return;
  const key = `reading-${box.dataset.reading}`;
  const heads = [...document.querySelectorAll(".sp-paper > h2[id]")];
  const ends = heads.map((_, index) => {
    const end = document.createElement("div");
    heads[0].parentElement.insertBefore(end, heads[index + 1] || null);
    return end;
  });
  const met = new Set(), seen = new Set(`${field.value} ${kept()}`.split(" "));

  /* A browser may refuse to keep anything: then it is counted for this visit alone. */
  function kept() {
    try { return localStorage.getItem(key) || ""; } catch { return ""; }
  }
  function keep(text) {
    try { localStorage.setItem(key, text); } catch { /* as above */ }
  }
  function show() {
    heads.forEach((head, index) => met.has(head) && met.has(ends[index]) && seen.add(head.id));
    const known = heads.map((head) => head.id).filter((id) => seen.has(id));
    const values = { seen: known.length, all: heads.length };
    const words = known.length < heads.length ? box.dataset.some : box.dataset.all;
    box.firstElementChild.textContent = words.replace(/%\((\w+)\)s/g, (_, name) => values[name]);
    Object.assign(box.lastElementChild, { max: heads.length, value: known.length });
    box.hidden = false;
    field.value = ["top", ...known].join(" "); // "top": told, even when no section was seen to its end
    keep(field.value);
  }
  const watch = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => met.add(entry.target));
    show();
  });
  [...heads, ...ends].forEach((part) => watch.observe(part));
})();
