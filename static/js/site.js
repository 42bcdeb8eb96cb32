// What every page does beyond plain HTML. Each part works on data attributes, so a page needs no script of its own:
//   details[data-menu]            closes on Escape and on a click elsewhere
//   form[data-guard]              asks before a changed form is left unsent
//   form[data-keep=KEY]           keeps typed text on the device until it was sent, and offers it again
//   form[data-sign-out]           forgets all kept text
//   [data-autosubmit]             sends its form when changed
//   [data-dialog=ID]              opens that <dialog> instead of following the link; [data-close-dialog] closes it
//   [data-copy=TEXT], [data-copy-from=ID]   copies
//   [data-until=ISO]              says how long it still is
//   textarea[data-counter=ID]     counts into [data-counter-of=ID]
//   [data-peek=ID]                shows and hides a password
//   input[type=file][data-limit]  refuses a file that is too large before it is sent
//   [data-pick-all=NAME], [data-picked-count=NAME], [data-needs-picked=NAME]   choosing rows
//   [data-focus]                  gets the focus when the page opens

import "./fold.js";

const words = /** @type {HTMLElement | null} */ (document.getElementById("words"))?.dataset ?? {};
const language = document.documentElement.lang || "en";
const KEPT = "jiachi:kept:";
const SENT = "jiachi:sent";
const KEPT_FOR = 7 * 24 * 3600 * 1000;

/** @template {Element} T @param {string} selector @param {ParentNode} [root] @returns {T[]} */
const all = (selector, root = document) => /** @type {T[]} */ ([...root.querySelectorAll(selector)]);

/** @param {string} tag @param {Record<string, string>} attributes @param {...(Node | string)} children */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/* ---- Messages in the corner --------------------------------------------------------------------------------- */

/**
 * Show a message until it is closed; returns it.
 * @param {string} text
 * @param {{kind?: "info" | "good" | "warning" | "bad", buttons?: [string, () => void][]}} [options]
 */
export function toast(text, { kind = "info", buttons = [] } = {}) {
  const body = element("div", {}, text, document.createElement("br"));
  const box = element("div", { class: `notice notice-${kind}` }, body);
  const choices = /** @type {[string, () => void][]} */ ([...buttons, ...(buttons.length ? [] : [[words.close ?? "", () => {}]])]);
  for (const [label, act] of choices) {
    const button = element("button", { type: "button", class: "btn btn-quiet btn-small" }, label);
    button.addEventListener("click", () => {
      box.remove();
      act();
    });
    body.append(button);
  }
  document.getElementById("toasts")?.append(box);
  return box;
}

/* ---- Menus and dialogs -------------------------------------------------------------------------------------- */

document.addEventListener("click", (event) => {
  const target = /** @type {Element} */ (event.target);
  for (const menu of all("details[data-menu][open]")) if (!menu.contains(target)) menu.removeAttribute("open");

  const opener = /** @type {HTMLElement | null} */ (target.closest("[data-dialog]"));
  if (opener && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    const dialog = document.getElementById(opener.dataset.dialog ?? "");
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  const closer = target.closest("[data-close-dialog]");
  if (closer) closer.closest("dialog")?.close();
  if (target instanceof HTMLDialogElement && outside(target, event)) target.close();
});

/** @param {HTMLDialogElement} dialog @param {MouseEvent} event */
function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of all("details[data-menu][open]")) {
    menu.removeAttribute("open");
    /** @type {HTMLElement | null} */ (menu.querySelector("summary"))?.focus();
  }
});

/* ---- Forms: changed, kept, sent ----------------------------------------------------------------------------- */

/** @param {HTMLFormElement} form @returns {Record<string, string[]>} */
function typed(form) {
  /** @type {Record<string, string[]>} */
  const values = {};
  for (const field of /** @type {HTMLInputElement[]} */ ([...form.elements])) {
    if (!field.name || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
    const mine = (values[field.name] ??= []);
    if (field.type === "checkbox" || field.type === "radio") {
      if (field.checked) mine.push(field.value);
    } else mine.push(field.value);
  }
  return values;
}

/** @param {HTMLFormElement} form @param {Record<string, string[]>} values */
function putBack(form, values) {
  /** @type {Record<string, number>} */
  const used = {};
  for (const field of /** @type {HTMLInputElement[]} */ ([...form.elements])) {
    const mine = values[field.name];
    if (!mine || ["hidden", "password", "file", "submit", "button"].includes(field.type)) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = mine.includes(field.value);
    else field.value = mine[(used[field.name] = (used[field.name] ?? -1) + 1)] ?? field.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** @type {WeakMap<HTMLFormElement, string>} */
const atFirst = new WeakMap();
/** @type {WeakSet<HTMLFormElement>} */
const leaving = new WeakSet();

/** @param {HTMLFormElement} form */
const isChanged = (form) => atFirst.has(form) && atFirst.get(form) !== JSON.stringify(typed(form));

/** @param {string} key @param {string | null} text */
function store(key, text) {
  try {
    if (text === null) localStorage.removeItem(KEPT + key);
    else localStorage.setItem(KEPT + key, text);
  } catch {
    // Storage is full or switched off: the page works without it.
  }
}

/** @param {string} key @returns {{at: number, values: Record<string, string[]>} | null} */
function stored(key) {
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT + key) ?? "null");
    return kept && Date.now() - kept.at < KEPT_FOR ? kept : null;
  } catch {
    return null;
  }
}

/**
 * Forget the kept text of the form that was sent last, if this page proves that it arrived: it was reached by sending,
 * not by Back or Reload after a lost connection, and it is no error page and no form that came back with errors.
 */
function forgetWhatArrived() {
  const key = sessionStorage.getItem(SENT);
  if (key === null) return;
  sessionStorage.removeItem(SENT);
  const [navigation] = /** @type {PerformanceNavigationTiming[]} */ (performance.getEntriesByType("navigation"));
  if (navigation?.type === "navigate" && !document.querySelector("[data-problem], .error-summary")) store(key, null);
}

/** @param {HTMLFormElement} form */
function watch(form) {
  if (atFirst.has(form)) return;
  // What a form with errors holds was never stored: it counts as changed from the start.
  const cameBack = form.querySelector(".error-summary") !== null;
  const now = JSON.stringify(typed(form));
  atFirst.set(form, cameBack ? "" : now);
  const key = form.dataset.keep;
  if (key === undefined) return;

  const kept = stored(key);
  if (kept && JSON.stringify(kept.values) === now && !cameBack) store(key, null);
  else if (kept && JSON.stringify(kept.values) !== now) {
    toast(words.kept ?? "", {
      kind: "warning",
      buttons: [
        [words.putBack ?? "", () => putBack(form, kept.values)],
        [words.discard ?? "", () => store(key, null)],
      ],
    });
  }
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(() => {
      if (isChanged(form)) store(key, JSON.stringify({ at: Date.now(), values: typed(form) }));
    }, 400);
  });
  form.addEventListener("submit", () => clearTimeout(soon));
}

window.addEventListener("beforeunload", (event) => {
  const unsent = all("form[data-guard]").some((form) => {
    const one = /** @type {HTMLFormElement} */ (form);
    return isChanged(one) && !leaving.has(one);
  });
  if (unsent) event.preventDefault();
});

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method === "dialog" || event.defaultPrevented) return;
  if ("signOut" in form.dataset) {
    for (const key of Object.keys(localStorage)) if (key.startsWith(KEPT)) localStorage.removeItem(key);
  }
  if (form.hasAttribute("hx-post") || form.hasAttribute("hx-get")) return;
  if (leaving.has(form)) {
    event.preventDefault(); // the second half of a double click
    return;
  }
  if (form.dataset.keep) sessionStorage.setItem(SENT, form.dataset.keep);
  leaving.add(form);
  event.submitter?.setAttribute("aria-disabled", "true");
});

// Back from the next page, or a download that left this one standing: the form can be sent again.
window.addEventListener("pageshow", () => {
  for (const form of all("form")) leaving.delete(/** @type {HTMLFormElement} */ (form));
  for (const button of all("form [aria-disabled=true]")) button.removeAttribute("aria-disabled");
});

/* ---- Single fields ------------------------------------------------------------------------------------------ */

document.addEventListener("change", (event) => {
  const field = /** @type {HTMLInputElement} */ (event.target);
  if ("autosubmit" in field.dataset) field.form?.requestSubmit();
  if (field.type === "file" && field.dataset.limit) checkFile(field);
  if (field.dataset.pickAll) {
    for (const box of boxes(field.form, field.dataset.pickAll)) box.checked = field.checked;
  }
  if (field.type === "checkbox") countPicked(field.form);
});

document.addEventListener("input", (event) => {
  const field = /** @type {HTMLTextAreaElement} */ (event.target);
  if (field.dataset.counter) count(field);
});

/** @param {HTMLTextAreaElement} field */
function count(field) {
  const box = document.querySelector(`[data-counter-of="${CSS.escape(field.dataset.counter ?? "")}"]`);
  const number = box?.querySelector("span");
  if (!box || !number) return;
  number.textContent = String(field.value.length);
  box.classList.toggle("is-near", field.maxLength > 0 && field.value.length > field.maxLength * 0.9);
}

/** @param {HTMLInputElement} field */
function checkFile(field) {
  const limit = Number(field.dataset.limit);
  const file = field.files?.[0];
  const size = (/** @type {number} */ bytes) =>
    new Intl.NumberFormat(language, { style: "unit", unit: "megabyte", maximumFractionDigits: 1 }).format(bytes / 1048576);
  const tooLarge = file !== undefined && file.size > limit;
  const text = tooLarge ? (words.tooLarge ?? "").replace("{limit}", size(limit)) : "";
  field.setCustomValidity(text);
  if (tooLarge) field.reportValidity();
  const note = document.querySelector(`[data-file-note="${CSS.escape(field.id)}"]`);
  if (note && file) note.textContent = tooLarge ? text : `${file.name} · ${size(file.size)}`;
}

/** @param {HTMLFormElement | null} form @param {string} name @returns {HTMLInputElement[]} */
const boxes = (form, name) => all(`input[type=checkbox][name="${CSS.escape(name)}"]`, form ?? document);

/** @param {HTMLFormElement | null} form */
function countPicked(form) {
  const root = form ?? document;
  for (const head of /** @type {HTMLInputElement[]} */ (all("[data-pick-all]", root))) {
    const rows = boxes(form, head.dataset.pickAll ?? "");
    const picked = rows.filter((box) => box.checked).length;
    head.checked = picked > 0 && picked === rows.length;
    head.indeterminate = picked > 0 && picked < rows.length;
  }
  for (const place of /** @type {HTMLElement[]} */ (all("[data-picked-count]", root))) {
    place.textContent = String(boxes(form, place.dataset.pickedCount ?? "").filter((box) => box.checked).length);
  }
  for (const button of /** @type {HTMLButtonElement[]} */ (all("[data-needs-picked]", root))) {
    button.disabled = !boxes(form, button.dataset.needsPicked ?? "").some((box) => box.checked);
  }
}

document.addEventListener("click", async (event) => {
  const peek = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-peek]"));
  if (peek) {
    const field = /** @type {HTMLInputElement | null} */ (document.getElementById(peek.dataset.peek ?? ""));
    if (!field) return;
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    peek.setAttribute("aria-pressed", String(shown));
    const label = peek.querySelector("span");
    if (label) label.textContent = (shown ? words.hide : words.show) ?? "";
  }
  const copier = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-copy], [data-copy-from]"));
  if (copier) {
    const source = document.getElementById(copier.dataset.copyFrom ?? "");
    const text = copier.dataset.copy ?? (source instanceof HTMLInputElement ? source.value : source?.textContent ?? "").trim();
    try {
      await navigator.clipboard.writeText(text);
      toast(words.copied ?? "", { kind: "good" });
    } catch {
      if (source instanceof HTMLInputElement) source.select();
      else getSelection()?.selectAllChildren(source ?? copier);
    }
  }
});

/* ---- How long it still is ----------------------------------------------------------------------------------- */

const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });

/** @param {number} seconds @returns {string} */
function inWords(seconds) {
  /** @type {[Intl.RelativeTimeFormatUnit, number][]} */
  const units = [["day", 86400], ["hour", 3600], ["minute", 60]];
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length * (unit === "day" ? 2 : 1)) return relative.format(Math.trunc(seconds / length), unit);
  }
  return relative.format(Math.trunc(seconds / 60), "minute");
}

function tellTimes() {
  for (const place of /** @type {HTMLElement[]} */ (all("[data-until]"))) {
    const seconds = (Date.parse(place.dataset.until ?? "") - Date.now()) / 1000;
    if (!Number.isNaN(seconds)) place.textContent = seconds > 0 ? `· ${inWords(seconds)}` : "";
  }
}

/* ---- htmx: what went wrong is said, never swallowed --------------------------------------------------------- */

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = /** @type {CustomEvent} */ (event).detail;
  if (ctx.response.status === 422 || ctx.response.status === 400) return; // swapped in, beside the fields
  const page = new DOMParser().parseFromString(ctx.text ?? "", "text/html");
  const detail = page.querySelector("[data-problem]")?.textContent?.trim();
  toast(detail || words.failed || "", { kind: "bad" });
});

document.addEventListener("htmx:error", (event) => {
  if (/** @type {CustomEvent} */ (event).detail.ctx) toast((navigator.onLine ? words.failed : words.offline) ?? "", { kind: "bad" });
});

/* ---- Start, and again for what htmx brings in --------------------------------------------------------------- */

/** @param {ParentNode} root */
function prepare(root) {
  for (const form of all("form[data-guard], form[data-keep]", root)) watch(/** @type {HTMLFormElement} */ (form));
  for (const hidden of all("[data-peek][hidden], [data-copy][hidden], [data-copy-from][hidden], [data-pick-all][hidden]", root)) {
    hidden.removeAttribute("hidden");
  }
  for (const form of all("form", root)) {
    if (form.querySelector("[data-needs-picked], [data-picked-count]")) countPicked(/** @type {HTMLFormElement} */ (form));
  }
  // On phones rows are laid out as cards, which would take their meaning as rows away.
  for (const row of all("table.list tr:not([role])", root)) row.setAttribute("role", "row");
  /** @type {HTMLElement | null} */ (root.querySelector("[data-focus]"))?.focus();
  tellTimes();
}

document.addEventListener("htmx:after:swap", () => prepare(document));
setInterval(tellTimes, 30000);
forgetWhatArrived();
prepare(document);
