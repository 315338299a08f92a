// Words written in advance: a chip puts a blank where the caret is; of an attribute's values one is ticked.
"use strict";
addEventListener("click", (event) => {
  const chip = event.target.closest?.("[data-blank]");
  if (!chip) return;
  const area = document.getElementById(chip.dataset.into);
  area.setRangeText(chip.dataset.blank, area.selectionStart, area.selectionEnd, "end");
  area.focus();
  area.dispatchEvent(new Event("input", { bubbles: true }));
});
addEventListener("change", (event) => {
  const { one } = event.target.dataset ?? {};
  if (!one || !event.target.checked) return;
  for (const other of document.querySelectorAll(`[data-one="${one}"]`)) if (other !== event.target) other.checked = false;
});
