// Runs before the first paint: the reader's own choice (cookie), else the system's.
"use strict";
{
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => document.cookie.match(/(?:^|; )wx_theme=(light|dark)/)?.[1];
  const apply = () => root.setAttribute("data-bs-theme", chosen() || (system.matches ? "dark" : "light"));
  apply();
  system.addEventListener("change", apply);
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const next = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
    document.cookie = `wx_theme=${next}; path=/; max-age=31536000; samesite=lax`;
    apply();
    dispatchEvent(new CustomEvent("wx:theme"));
  });
}
