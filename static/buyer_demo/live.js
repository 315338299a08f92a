// Tells the open screen that something changed: by WebSocket, and by polling for when there is none.

import { settings, t } from "./dom.js";
import { token } from "./api.js";

const POLL_MS = 4000;
let listener = null;
let wait = 1000;

/** The open screen's reader; one at a time. */
export const listen = (refresh) => { listener = refresh; };
export const unlisten = () => {
  listener = null;
  sayOffline("");
};

/** Said at the foot of the screen for as long as it can't be refreshed. */
const sayOffline = (words) => {
  const place = document.getElementById("offline");
  if (place.textContent !== words) place.textContent = words;
};

const wake = async () => {
  if (!listener || document.hidden) return;
  try {
    await listener();
    sayOffline("");
  } catch (error) {
    console.warn(error);
    sayOffline(error.problem?.title ?? t("offline"));
  }
};

export const connect = () => {
  if (!settings.websocket) return;
  const socket = new WebSocket(settings.websocket);
  socket.addEventListener("open", () => {
    wait = 1000;
    socket.send(JSON.stringify({ type: "auth", token: token() }));
  });
  socket.addEventListener("message", (message) => {
    if (JSON.parse(message.data).type !== "pong") wake();
  });
  socket.addEventListener("close", () => {
    setTimeout(connect, wait);
    wait = Math.min(wait * 2, 30000);
  });
};
setInterval(wake, POLL_MS);
addEventListener("visibilitychange", wake);
