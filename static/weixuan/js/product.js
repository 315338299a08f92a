// The product form's rows of variants, previews of chosen pictures, and text that is mirrored into a preview.
"use strict";
{
  addEventListener("click", (event) => {
    if (event.target.closest?.("[data-sku-add]")) {
      const blank = document.getElementById("blank-sku").content.cloneNode(true);
      document.querySelector("[data-skus]").append(blank);
      document.querySelector("[data-skus]").lastElementChild.querySelector("[name=sku-name]").focus();
    }
    const remove = event.target.closest?.("[data-sku-remove]");
    if (remove) remove.closest("[data-sku]").remove();
  });
  addEventListener("change", (event) => {
    const target = document.getElementById(event.target.dataset?.preview);
    if (!target) return;
    target.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
    target.replaceChildren(...[...event.target.files].map((file) => {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return image;
    }));
  });
  addEventListener("input", (event) => {
    document.querySelectorAll(`[data-mirror="${event.target.id}"]`).forEach((place) => { place.textContent = event.target.value; });
  });
}
