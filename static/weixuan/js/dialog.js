// Confirm, for what can't be taken back:
//   <button data-confirm="退 ¥508 给林女士？" data-confirm-text="退了不能收回。" data-confirm-verb="退 ¥508">
// and opening any <dialog id="…"> with data-dialog="#…".
"use strict";
{
  let agreed = null;

  const ask = (button) => {
    const dialog = document.getElementById("confirm");
    const { confirm, confirmText = "", confirmVerb } = button.dataset;
    dialog.querySelector("h2").textContent = confirm;
    dialog.querySelector("p").textContent = confirmText;
    const act = dialog.querySelector("[value=yes]");
    act.textContent = confirmVerb || button.textContent.trim();
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      agreed = button;
      button.click();
      agreed = null;
    };
    dialog.showModal();
  };

  addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm]");
    if (button && button !== agreed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      ask(button);
      return;
    }
    const opener = event.target.closest?.("[data-dialog]");
    if (opener) document.querySelector(opener.dataset.dialog)?.showModal();
    if (event.target.closest?.("[data-dialog-close]")) event.target.closest("dialog").close();
    if (event.target instanceof HTMLDialogElement) event.target.close();
    for (const menu of document.querySelectorAll("details.wx-menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  }, true);
  addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.wx-menu[open]")) menu.open = false;
  });
}
