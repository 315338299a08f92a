// Countdowns: <span data-left="102" data-window="1800">. The server sends seconds left, the browser
// ticks; a morphed fragment brings a new data-left. Screen readers hear it at 60 seconds and at 0 only.
"use strict";
{
  const started = new WeakMap();
  const words = document.currentScript.dataset;
  const voice = document.createElement("p");
  voice.className = "wx-sr";
  voice.setAttribute("aria-live", "polite");
  addEventListener("DOMContentLoaded", () => document.body.append(voice));

  const text = (left) => {
    const tail = String(left % 60).padStart(2, "0");
    const minutes = Math.floor(left / 60);
    return left < 3600 ? `${minutes}:${tail}` : `${Math.floor(left / 3600)}:${String(minutes % 60).padStart(2, "0")}:${tail}`;
  };

  const tick = () => {
    for (const clock of document.querySelectorAll("[data-left]")) {
      const sent = clock.dataset.left;
      let base = started.get(clock);
      if (!base || base.sent !== sent) started.set(clock, (base = { sent, at: performance.now(), spoken: null }));
      const left = Math.max(0, Number(sent) - Math.floor((performance.now() - base.at) / 1000));
      clock.textContent = left ? text(left) : words.expired;
      const slip = clock.closest(".wx-slip, .wx-queue");
      if (slip) {
        slip.classList.toggle("wx-slip-soon", left > 120 && left <= 300);
        slip.classList.toggle("wx-slip-now", left > 0 && left <= 120);
        slip.classList.toggle("wx-slip-over", left === 0);
        const word = slip.querySelector("[data-left-word]");
        if (word) word.textContent = left === 0 ? "" : left <= 120 ? words.almost : words.remaining;
        const bar = slip.querySelector(".wx-slip-stub .wx-bar");
        if (bar) bar.value = left;
      }
      if ((left === 60 || left === 0) && base.spoken !== left && Number(sent) > left) {
        base.spoken = left;
        voice.textContent = left ? words.minute : words.over;
      }
    }
  };
  addEventListener("DOMContentLoaded", () => { tick(); setInterval(tick, 1000); });
  addEventListener("htmx:after:swap", tick);
}
