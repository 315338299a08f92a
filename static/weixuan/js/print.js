"use strict";
document.getElementById("print-codes")?.addEventListener("click", () => print());
