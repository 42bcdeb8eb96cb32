// The entry's draft saves itself: what changed is sent a moment after typing stops, against the version that was seen.
// Nothing typed is ever lost: until the server has it, it lies in this browser's storage, and when a teammate wrote
// another text in the same field, both are shown and the person chooses.

const form = /** @type {HTMLFormElement} */ (document.getElementById("entry-form"));
const status = /** @type {HTMLElement} */ (document.getElementById("saved"));
const versionField = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));
const key = `jiachi:kept:entry:${form.dataset.key}`; // the prefix is forgotten when one signs out
const words = status.dataset;
const WAIT = 1200;
const RETRY = 15000;

/** What the server holds, by field name. @type {Record<string, string>} */
let stands = JSON.parse(form.dataset.stands ?? "{}");
/** Fields whose text the server refused, with that text: not sent again before it changes. @type {Map<string, string>} */
const refused = new Map();
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;
let sending = false;
let leaving = false;

/** @param {string} name */
const input = (name) => /** @type {HTMLInputElement | null} */ (form.elements.namedItem(name));
/** A text area's line ends and an input's are the same text. @param {string} text */
const plain = (text) => text.replace(/\r\n?/g, "\n").trim();

/** The fields that differ from what the server holds. @returns {Record<string, string>} */
function changes() {
  /** @type {Record<string, string>} */
  const found = {};
  for (const [name, known] of Object.entries(stands)) {
    const field = input(name);
    if (field && plain(field.value) !== plain(known)) found[name] = field.value;
  }
  return found;
}

/** @param {string} state @param {string} text */
function tell(state, text) {
  status.dataset.state = state;
  if (status.textContent !== text) status.textContent = text;
}

/** Keep what is not on the server yet, together with what it was typed against. */
function keep() {
  const values = changes();
  try {
    if (Object.keys(values).length === 0) localStorage.removeItem(key);
    else {
      const base = Object.fromEntries(Object.keys(values).map((name) => [name, stands[name]]));
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), values, base }));
    }
  } catch {
    // Storage is full or switched off: the page itself still holds the text.
  }
}

/** @param {number} [wait] */
function soon(wait = WAIT) {
  clearTimeout(timer);
  timer = setTimeout(save, wait);
}

async function save() {
  if (sending || leaving) return;
  const values = changes();
  for (const name of Object.keys(values)) if (refused.get(name) === values[name]) delete values[name];
  if (Object.keys(values).length === 0) return;
  sending = true;
  tell("saving", words.saving ?? "");
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(/** @type {string} */ (form.dataset.draft), {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-CSRFToken": input("csrf_token")?.value ?? "",
      },
      body: JSON.stringify({ version: Number(versionField.value), values }),
      signal: AbortSignal.timeout(20000),
    });
  } catch {
    sending = false;
    tell("offline", words.offline ?? "");
    soon(RETRY);
    return;
  }
  const body = await answer.json().catch(() => ({}));
  sending = false;
  if (answer.ok) stored(values, body);
  else if (answer.status === 409 && body.current) met(values, body);
  else if (answer.status === 422) wrong(values, body.fields ?? {});
  else if (answer.status === 401) tell("offline", words.signedOut ?? "");
  else if (answer.status === 409 || answer.status === 403) {
    tell("wrong", (words.closed ?? "").replace("{why}", body.detail ?? ""));
  } else {
    tell("offline", words.offline ?? "");
    soon(RETRY);
  }
}

/** The server has it. @param {Record<string, string>} values @param {{version: number, saved: string, changed: boolean}} body */
function stored(values, body) {
  Object.assign(stands, values);
  versionField.value = String(body.version);
  for (const name of Object.keys(values)) note(name, "");
  keep();
  const time = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hour12: false });
  const rest = Object.keys(changes()).length > 0;
  if (refused.size > 0 && rest) tell("wrong", words.wrong ?? "");
  else tell("saved", (words.saved ?? "").replace("{time}", time.format(new Date(body.saved))));
  if (body.changed) turnStanding();
  if (rest) soon();
}

/** A submitted entry has changed: say so as loudly as on a fresh page. */
function turnStanding() {
  const loud = /** @type {HTMLTemplateElement | null} */ (document.getElementById("standing-changed"));
  const standing = document.getElementById("standing");
  if (!loud || !standing || standing.dataset.standing === "changed") return;
  standing.replaceWith(loud.content.cloneNode(true));
  loud.remove();
  const fresh = document.getElementById("standing");
  if (fresh) fresh.dataset.standing = "changed";
}

/**
 * Somebody saved meanwhile. What I did not touch becomes theirs; where both wrote, the person chooses.
 * @param {Record<string, string>} mine @param {{version: number, current: Record<string, string>}} body
 */
function met(mine, body) {
  let both = false;
  for (const [name, theirs] of Object.entries(body.current)) {
    const field = input(name);
    const before = stands[name];
    if (!field || before === undefined || plain(theirs) === plain(before)) continue;
    stands[name] = theirs;
    if (!(name in mine)) field.value = theirs;
    else if (plain(theirs) !== plain(field.value)) {
      both = true;
      choose(name, field, theirs);
    }
  }
  versionField.value = String(body.version);
  tell("saved", words.merged ?? "");
  keep();
  if (!both) soon(0);
}

/** Show both texts under the field. @param {string} name @param {HTMLInputElement} field @param {string} theirs */
function choose(name, field, theirs) {
  refused.set(name, field.value); // not sent again before the person has chosen or typed on
  const box = document.createElement("div");
  box.className = "choose-text";
  box.setAttribute("role", "alert");
  const quote = document.createElement("blockquote");
  const shown = field instanceof HTMLSelectElement ? [...field.options].find((one) => one.value === theirs)?.text : theirs;
  quote.textContent = shown || (words.empty ?? "");
  box.append(words.both ?? "", quote);
  for (const [label, take] of /** @type {[string, boolean][]} */ ([[words.mine, false], [words.theirs, true]])) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-quiet btn-small";
    button.textContent = label ?? "";
    button.addEventListener("click", () => {
      if (take) field.value = theirs;
      refused.delete(name);
      box.remove();
      keep();
      soon(0);
      field.focus();
    });
    box.append(button, " ");
  }
  field.parentElement?.querySelector(".choose-text")?.remove();
  field.after(box);
}

/** Some fields can't be stored: say it there, store the others. @param {Record<string, string>} values @param {Record<string, string>} fields */
function wrong(values, fields) {
  const names = Object.keys(fields).filter((name) => name in values);
  for (const name of names) {
    refused.set(name, values[name]);
    note(name, fields[name]);
  }
  tell("wrong", words.wrong ?? "");
  if (names.length > 0 && names.length < Object.keys(values).length) soon(0);
}

/** The message beside a field; "" takes it away. @param {string} name @param {string} text */
function note(name, text) {
  const field = input(name);
  if (!field) return;
  const id = `${field.id}-autosave`;
  document.getElementById(id)?.remove();
  if (!text) {
    refused.delete(name);
    field.removeAttribute("aria-invalid");
    return;
  }
  const line = document.createElement("p");
  line.id = id;
  line.className = "field-error";
  line.textContent = text;
  field.setAttribute("aria-invalid", "true");
  field.before(line);
}

/** Put back what a lost connection or a closed browser kept from the server. */
function putBack() {
  /** @type {{values: Record<string, string>, base: Record<string, string>} | null} */
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return;
  }
  if (!kept?.values || document.querySelector(".error-summary")) return;
  let put = false;
  for (const [name, text] of Object.entries(kept.values)) {
    const field = input(name);
    if (!field || typeof text !== "string" || plain(text) === plain(field.value)) continue;
    const theirs = field.value;
    const untouched = plain(kept.base?.[name] ?? "") === plain(theirs);
    field.value = text;
    put = true;
    if (!untouched) choose(name, field, theirs);
  }
  if (put) {
    tell("saved", words.kept ?? "");
    soon();
  } else keep();
}

form.addEventListener("input", (event) => {
  const name = /** @type {HTMLInputElement} */ (event.target).name;
  if (refused.has(name) && !document.querySelector(".choose-text")) refused.delete(name);
  keep();
  if (event instanceof InputEvent && event.isComposing) return; // an IME is in the middle of a word
  soon();
});
form.addEventListener("compositionend", () => soon());
form.addEventListener("change", () => soon(200));
form.addEventListener("submit", () => {
  leaving = true;
  clearTimeout(timer);
});
window.addEventListener("online", () => soon(0));
window.addEventListener("pageshow", () => {
  leaving = false;
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") soon(0);
});
putBack();
