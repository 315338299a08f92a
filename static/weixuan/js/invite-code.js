// A printed QR code brings its invite code behind the "#", which no server or log ever sees.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const field = document.getElementById("id_code");
  const code = decodeURIComponent(location.hash.slice(1));
  if (!field || !code) return;
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
});
