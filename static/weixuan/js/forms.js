// Small comforts of forms: bulk bar, character counters, Ctrl+Enter, submit on change, one submit at a time.
"use strict";
{
  const refreshBulk = (form) => {
    const picks = [...form.querySelectorAll(".wx-pick:not([data-bulk-all])")];
    const ticked = picks.filter((pick) => pick.checked).length;
    const bar = form.querySelector("[data-bulk-bar]");
    if (bar) bar.hidden = ticked === 0;
    const count = form.querySelector("[data-bulk-count]");
    if (count) count.textContent = ticked;
    const all = form.querySelector("[data-bulk-all]");
    if (all) {
      all.checked = ticked > 0 && ticked === picks.length;
      all.indeterminate = ticked > 0 && ticked < picks.length;
    }
  };
  const refreshCounter = (area) => {
    const counter = document.getElementById(area.dataset.counter);
    if (!counter) return;
    const length = [...area.value].length;
    counter.textContent = `${length} / ${area.maxLength}`;
    counter.classList.toggle("wx-counter-over", length >= area.maxLength);
  };

  addEventListener("change", (event) => {
    const form = event.target.closest?.("[data-bulk]");
    if (form) {
      if (event.target.matches("[data-bulk-all]")) {
        form.querySelectorAll(".wx-pick").forEach((pick) => { pick.checked = event.target.checked; });
      }
      refreshBulk(form);
    }
    if (event.target.matches?.("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-bulk-clear]")) return;
    const form = event.target.closest("[data-bulk]");
    form.querySelectorAll(".wx-pick").forEach((pick) => { pick.checked = false; });
    refreshBulk(form);
  });
  addEventListener("input", (event) => { if (event.target.matches?.("[data-counter]")) refreshCounter(event.target); });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.matches?.("textarea")) event.target.form?.requestSubmit();
  });
  // A second tap must not send twice; the server refuses repeats anyway, this spares the reader the error.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.closest("dialog")) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // Tabs that run off a phone's edge: the one that is on is seen, and moves by itself only once.
  const showTab = () => {
    for (const tabs of document.querySelectorAll(".wx-views")) {
      const on = tabs.querySelector("[aria-current]");
      if (on) tabs.scrollLeft += on.getBoundingClientRect().left - tabs.getBoundingClientRect().left - (tabs.clientWidth - on.offsetWidth) / 2;
    }
  };
  addEventListener("DOMContentLoaded", showTab);

  const prepare = () => {
    document.querySelectorAll("[data-counter]").forEach(refreshCounter);
    document.querySelectorAll("[data-bulk]").forEach(refreshBulk);
  };
  addEventListener("DOMContentLoaded", prepare);
  addEventListener("htmx:after:swap", prepare);
}
