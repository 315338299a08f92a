// The public API, and nothing else of the server.

import { settings, t } from "./dom.js";

const TOKEN = "wx_buyer_token";
let renew = null;

export class Refused extends Error {
  constructor(problem) {
    super(problem.code);
    this.problem = problem;
  }
}

export const token = () => sessionStorage.getItem(TOKEN);
export const keepToken = (value) => (value ? sessionStorage.setItem(TOKEN, value) : sessionStorage.removeItem(TOKEN));
/** What to do when the token is missing or has run out. */
export const onSignedOut = (handler) => { renew = handler; };

/** A server that broke, or one before it, answers with a page. */
const parsed = (text) => {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null;
  }
};

const call = async (method, path, { body, key } = {}, again = true) => {
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (token()) headers.Authorization = `Bearer ${token()}`;
  if (key) headers["Idempotency-Key"] = key;
  let payload = body;
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    payload = JSON.stringify(body);
  }
  const response = await fetch(`${settings.api}${path}`, { method, headers, body: payload });
  if (response.status === 401 && again && renew) {
    await renew();
    return call(method, path, { body, key }, false);
  }
  const text = await response.text();
  const data = parsed(text);
  if (!response.ok) throw new Refused(data?.title ? data : { code: "unknown", title: t("server_down") });
  return data;
};

export const get = (path) => call("GET", path);
export const post = (path, body = {}, key = undefined) => call("POST", path, { body, key });
export const put = (path, body = {}) => call("PUT", path, { body });
export const del = (path) => call("DELETE", path);
export const patch = (path, body) => call("PATCH", path, { body });
/** A list, whether it comes in pages or whole. */
export const list = async (path) => {
  const data = await get(path);
  return data.results ?? data;
};
export const newKey = () => crypto.randomUUID();
