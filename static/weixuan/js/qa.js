// The answer workbench: the preview follows the typing, a tap promises a day, Ctrl+Enter sends from anywhere,
// and what could not be saved on the server is kept on this device.
"use strict";
{
  const words = document.currentScript.dataset;
  const bench = () => document.getElementById("workbench");
  const composer = () => document.getElementById("composer");
  const text = () => document.getElementById("answer-text");
  const key = () => `wx-draft-${bench()?.dataset.invitation}`;

  const mirror = () => {
    for (const shown of document.querySelectorAll("[data-mirror]")) {
      const source = document.getElementById(shown.dataset.mirror);
      if (source) shown.textContent = source.value.trim() ? source.value : shown.dataset.empty;
    }
  };
  const save = () => dispatchEvent(new CustomEvent("wx:save"));

  // The day chips and the date field are one choice; tapping the chosen day again takes the promise back.
  const chooseDay = (chip) => {
    const field = composer().elements.arrive_by;
    field.value = chip.checked && field.value !== chip.value ? chip.value : "";
    matchChips();
    save();
  };
  /** The day within its sentence, in the number face and with its year where that is another, as the server says it. */
  const arrival = (sentence, value) => {
    const [year, month, day] = value.split("-").map(Number);
    const date = document.createElement("span");
    date.className = "wx-n";
    const others = year === new Date().getFullYear() ? "" : `${year}年`;
    date.textContent = document.documentElement.lang === "en" ? value : `${others}${month}月${day}日`;
    const [before, after] = sentence.split("{day}");
    return [before, date, after];
  };
  const matchChips = () => {
    const { value } = composer().elements.arrive_by;
    let ready = !value;
    for (const chip of composer().querySelectorAll("[data-day]")) {
      chip.checked = chip.value === value;
      ready ||= chip.checked;
    }
    const own = composer().querySelector("[data-day-chip]");
    own.setAttribute("aria-pressed", String(!ready));
    own.querySelector("[data-day-word]").replaceChildren(...(ready ? [own.dataset.word] : arrival(own.dataset.said, value)));
  };

  addEventListener("click", (event) => {
    if (event.target.matches?.("[data-day]")) chooseDay(event.target);
    if (event.target.matches?.(".qa-date-input")) event.target.showPicker?.();
  });
  addEventListener("input", (event) => {
    if (event.target === text()) mirror();
    if (event.target.name === "arrive_by") matchChips();
  });
  addEventListener("change", (event) => {
    if (event.target.form === composer() && event.target.matches("select, [type=checkbox]")) save();
  });
  addEventListener("htmx:after:swap", mirror);

  // Phrases: a button or "/" at the start of a line opens them, arrows choose, Enter puts one where the caret is.
  const panel = () => document.getElementById("snippets");
  const list = () => document.getElementById("snippet-list");
  const choices = () => [...list().querySelectorAll("[data-insert]")].filter((one) => !one.hidden);
  const openPhrases = () => {
    panel().hidden = false;
    document.querySelector("[data-snippets]").setAttribute("aria-expanded", "true");
    document.getElementById("snippet-query").value = "";
    document.getElementById("snippet-load").click();
    document.getElementById("snippet-query").focus();
  };
  const closePhrases = () => {
    if (!panel() || panel().hidden) return;
    panel().hidden = true;
    document.querySelector("[data-snippets]").setAttribute("aria-expanded", "false");
    text().focus();
  };
  const putIn = (words) => {
    const area = text();
    area.setRangeText(words, area.selectionStart, area.selectionEnd, "end");
    closePhrases();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const narrow = (query) => {
    for (const one of list().querySelectorAll("[data-insert]")) one.hidden = !one.textContent.includes(query);
    const none = list().querySelector("[data-none]");
    if (none) none.hidden = choices().length > 0 || !query;
  };
  const lineStart = (area) => area.selectionStart === area.selectionEnd && /(^|\n)$/.test(area.value.slice(0, area.selectionStart));
  addEventListener("click", (event) => {
    const one = event.target.closest?.("[data-insert]");
    if (one) putIn(one.dataset.insert);
    else if (event.target.closest?.("[data-snippets]")) panel().hidden ? openPhrases() : closePhrases();
    else if (!event.target.closest?.("#snippets") && panel() && !panel().hidden) panel().hidden = true;
  });
  addEventListener("input", (event) => {
    if (event.target.id === "snippet-query") narrow(event.target.value.trim());
  });
  const steer = (event) => {
    const all = choices();
    const at = all.indexOf(document.activeElement);
    if (event.key === "Escape") closePhrases();
    else if (event.key === "ArrowDown") (all[at + 1] ?? all[0])?.focus();
    else if (event.key === "ArrowUp") (at > 0 ? all[at - 1] : document.getElementById("snippet-query")).focus();
    else if (event.key === "Enter" && at < 0) { if (all[0]) putIn(all[0].dataset.insert); } else return;
    event.preventDefault();
  };
  addEventListener("keydown", (event) => {
    if (event.target.closest?.("#snippets")) steer(event);
    else if (event.key === "/" && event.target === text() && !text().readOnly && panel() && lineStart(text())) {
      event.preventDefault();
      openPhrases();
    }
  });

  addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target === text()) return;
    if (bench()?.dataset.mode === "open") composer()?.requestSubmit();
  });

  addEventListener("htmx:error", () => {
    if (!text()) return;
    localStorage.setItem(key(), text().value);
    const saved = document.getElementById("saved");
    if (saved) saved.textContent = words.kept;
  });
  addEventListener("online", () => { if (localStorage.getItem(key()) !== null) save(); });
  addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx?.request?.method?.toUpperCase() === "POST" && ctx.response?.status < 300) localStorage.removeItem(key());
  });
  addEventListener("pagehide", () => { if (composer() && document.activeElement === text()) save(); });
  addEventListener("DOMContentLoaded", () => {
    const kept = localStorage.getItem(key());
    if (kept && text() && !text().readOnly && kept !== text().value) {
      text().value = kept;
      text().dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (text() && !text().readOnly) text().setSelectionRange(text().value.length, text().value.length);
    mirror();
  });
}
