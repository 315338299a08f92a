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
  const matchChips = () => {
    const { value } = composer().elements.arrive_by;
    let ready = !value;
    for (const chip of composer().querySelectorAll("[data-day]")) {
      chip.checked = chip.value === value;
      ready ||= chip.checked;
    }
    const own = composer().querySelector("[data-day-chip]");
    const [, month, day] = value.split("-").map(Number);
    const date = document.documentElement.lang === "en" ? value : `${month}月${day}日`;
    own.setAttribute("aria-pressed", String(!ready));
    own.querySelector("[data-day-word]").textContent = ready ? own.dataset.word : own.dataset.said.replace("{day}", date);
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
