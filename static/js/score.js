// The score screen: every field is saved by itself, compared with what others saved, and kept on the device until the
// server has confirmed it. Scores are whole numbers of steps here too: no binary fraction ever stands in a total.
//
// What is not confirmed lies in localStorage under the judge's and the sheet's name, so that nobody else's browser session
// sends it, with the very request that got no answer: sent again under the same op_id it does nothing twice.

import { fold } from "./fold.js";

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("sheet"));
if (form) start(form);

/** @typedef {{input: HTMLInputElement | HTMLTextAreaElement, name: string, mark: boolean, base: string, bad: string, clash: boolean}} Field */
/** @typedef {{op_id: string, version: number, marks: Record<string, string | null>, comment?: string, private_note?: string}} Op */

/** @param {HTMLFormElement} form */
function start(form) {
  const words = form.dataset;
  const url = words.url ?? "";
  const store = `jiachi:marks:${words.person}:${url}`;
  const writable = words.writable === "yes";
  const element = (/** @type {string} */ id) => document.getElementById(id);

  /** @type {Field[]} */
  const fields = [...form.querySelectorAll("[data-key], [data-text]")].map((place) => {
    const input = /** @type {HTMLInputElement} */ (place);
    const mark = input.dataset.key !== undefined;
    return { input, mark, name: (mark ? input.dataset.key : input.dataset.text) ?? "", base: input.dataset.stored ?? "", bad: "", clash: false };
  });
  const marks = fields.filter((field) => field.mark);
  const versionField = /** @type {HTMLInputElement} */ (form.elements.namedItem("version"));

  if (!writable) {
    showWhatWasNeverSent();
    keysOfReading();
    return;
  }

  let version = Number(versionField.value);
  /** @type {Op | null} */
  let op = null;
  /** @type {Promise<boolean> | null} */
  let sending = null;
  let wait = 0;
  let closed = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let soon;

  /* ---- Scores as whole numbers -------------------------------------------------------------------------------- */

  /** @param {HTMLElement} input @returns {{places: number, least: bigint, most: bigint, step: bigint}} */
  function scale(input) {
    const [places, least, most, step] = (input.dataset.scale ?? "0 0 0 1").split(" ");
    return { places: Number(places), least: BigInt(least), most: BigInt(most), step: BigInt(step) };
  }

  /** A plain decimal as [digits, number of decimals], or null. @param {string} text @returns {[bigint, number] | null} */
  function decimal(text) {
    const found = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/.exec(text);
    if (!found) return null;
    const decimals = (found[3] ?? "").replace(/0+$/, "");
    const digits = BigInt(found[2] + decimals);
    return [found[1] ? -digits : digits, decimals.length];
  }

  /** What is typed, in the form that the server takes. @param {Field} field */
  function value(field) {
    if (!field.mark) return field.input.value.replace(/\r\n?/g, "\n");
    const text = fold(field.input.value).trim().replace(",", ".").replace(/\.$/, "");
    return text.replace(/^(-?)0+(?=\d)/, "$1");
  }

  /** The score in units of the scale, or why it can't stand. @param {Field} field @returns {bigint | string | null} */
  function units(field) {
    const text = value(field);
    if (text === "") return null;
    const number = decimal(text);
    if (!number || text.startsWith("-0")) return words.number ?? "";
    const { places, least, most, step } = scale(field.input);
    const show = (/** @type {bigint} */ n) => plain(n, places);
    if (number[1] > places) return (words.steps ?? "").replace("{step}", show(step));
    const found = number[0] * 10n ** BigInt(places - number[1]);
    if (found < least || found > most) return (words.range ?? "").replace("{least}", show(least)).replace("{most}", show(most));
    return (found - least) % step === 0n ? found : (words.steps ?? "").replace("{step}", show(step));
  }

  /** @param {bigint} number @param {number} places @returns {string} */
  function plain(number, places) {
    const sign = number < 0n ? "-" : "";
    const digits = String(number < 0n ? -number : number).padStart(places + 1, "0");
    const decimals = places ? digits.slice(-places).replace(/0+$/, "") : "";
    return sign + (places ? digits.slice(0, -places) : digits) + (decimals ? `.${decimals}` : "");
  }

  /** @param {bigint} numerator @param {bigint} denominator @param {number} places @returns {string} */
  function halfUp(numerator, denominator, places) {
    const size = numerator < 0n ? -numerator : numerator;
    const scaled = (2n * size * 10n ** BigInt(places) + denominator) / (2n * denominator);
    return plain(numerator < 0n ? -scaled : scaled, places);
  }

  function showTotal() {
    const places = Math.max(0, ...marks.map((field) => scale(field.input).places));
    const weights = marks.map((field) => decimal(field.input.dataset.weight ?? "1") ?? [1n, 0]);
    const finest = Math.max(0, ...weights.map((weight) => weight[1]));
    const whole = weights.map(([digits, decimals]) => digits * 10n ** BigInt(finest - decimals));
    let sum = 0n;
    marks.forEach((field, index) => {
      const found = units(field);
      if (typeof found === "bigint") sum += whole[index] * found * 10n ** BigInt(places - scale(field.input).places);
    });
    let divisor = 10n ** BigInt(places + finest);
    const exact = plain(sum, places + finest);
    if (words.normalized) divisor = 10n ** BigInt(places) * (whole.reduce((a, b) => a + b, 0n) || 1n);
    const place = element("total");
    if (place) place.textContent = words.normalized || words.places ? halfUp(sum, divisor, Number(words.places)) : exact;
  }

  /** @param {Field} field */
  function showBand(field) {
    const found = units(field);
    const places = scale(field.input).places;
    let chosen = false;
    for (const band of /** @type {HTMLElement[]} */ ([...(element(`${field.input.id}-bands`)?.children ?? [])])) {
      const from = decimal(band.dataset.from ?? "");
      const here = !chosen && typeof found === "bigint" && from !== null && found >= from[0] * 10n ** BigInt(places - from[1]);
      band.classList.toggle("is-here", here);
      chosen ||= here;
    }
  }

  /* ---- What is shown beside a field and on top ---------------------------------------------------------------- */

  /** @param {Field} field @param {string} text */
  function complain(field, text) {
    const place = element(`${field.input.id}-error`);
    if (!place) return;
    place.hidden = text === "";
    const inner = place.querySelector("span");
    if (inner) inner.textContent = text;
    field.input.toggleAttribute("aria-invalid", text !== "");
    if (text) field.input.setAttribute("aria-invalid", "true");
    field.input.closest(".criterion, .field")?.classList.toggle("field-bad", text !== "");
  }

  /** @param {string} text @param {"good" | "busy" | "bad"} kind @param {[string, string]} [link] */
  function status(text, kind, link) {
    const place = element("saved-text");
    if (!place) return;
    place.className = `saved-${kind}`;
    place.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      [anchor.textContent, anchor.href] = link;
      place.append(" ", anchor);
    }
  }

  const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  /* ---- Kept on the device ------------------------------------------------------------------------------------- */

  function keep() {
    const values = Object.fromEntries(unsent().map((field) => [field.name, [field.base, value(field)]]));
    try {
      if (op || Object.keys(values).length) localStorage.setItem(store, JSON.stringify({ at: Date.now(), version, op, values }));
      else localStorage.removeItem(store);
    } catch {
      // Storage is full or switched off: what is typed stays on the page.
    }
  }

  /** @returns {{version: number, op: Op | null, values: Record<string, [string, string]>} | null} */
  function kept() {
    try {
      return JSON.parse(localStorage.getItem(store) ?? "null");
    } catch {
      return null;
    }
  }

  /** Equal as the server sees it: "7.50" is 7.5, and white space at the ends of a text is nothing. @param {Field} field @param {string} a @param {string} b */
  function same(field, a, b) {
    if (a === b) return true;
    if (!field.mark) return a.replace(/\s+/g, " ").trim() === b.replace(/\s+/g, " ").trim();
    const [one, other] = [decimal(a), decimal(b)];
    return one !== null && other !== null && one[0] === other[0] && one[1] === other[1];
  }

  const unsent = () => fields.filter((field) => !same(field, value(field), field.base));

  /* ---- Sending ------------------------------------------------------------------------------------------------- */

  /** @returns {Op | null} */
  function nextOp() {
    const ready = unsent().filter((field) => !field.clash && field.bad !== value(field) && !(field.mark && typeof units(field) === "string"));
    if (!ready.length) return null;
    /** @type {Op} */
    const made = { op_id: crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join(""), version, marks: {} };
    for (const field of ready) {
      if (field.mark) made.marks[field.name] = value(field) === "" ? null : value(field);
      else made[/** @type {"comment" | "private_note"} */ (field.name)] = value(field);
    }
    return made;
  }

  /** What an op says of a field, undefined for nothing. @param {Op} sent @param {Field} field @returns {string | undefined} */
  function said(sent, field) {
    if (field.mark) return field.name in sent.marks ? (sent.marks[field.name] ?? "") : undefined;
    return sent[/** @type {"comment" | "private_note"} */ (field.name)];
  }

  /** Send all that can be sent. Resolves to whether nothing is left unsent. @returns {Promise<boolean>} */
  function flush() {
    clearTimeout(soon);
    sending ??= run().finally(() => (sending = null));
    return sending;
  }

  async function run() {
    while (!closed) {
      op ??= nextOp();
      keep();
      if (!op) break;
      status(words.saving ?? "", "busy");
      let response;
      try {
        response = await fetch(url, {
          method: "PUT",
          headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": /** @type {HTMLInputElement} */ (form.elements.namedItem("csrf_token")).value, "Accept-Language": document.documentElement.lang },
          body: JSON.stringify(op),
        });
      } catch {
        return later();
      }
      /** @type {any} */
      const answer = await response.json().catch(() => ({}));
      if (response.ok) confirmed(answer);
      else if (response.status === 409 && answer.stored) clash(answer.stored);
      else if (response.status === 422) refused(answer);
      else if (response.status === 409 || response.status === 404) {
        closed = answer.detail ?? "";
        status((words.refused ?? "").replace("{why}", closed), "bad");
        return false;
      } else if ([400, 401, 403].includes(response.status)) {
        status(words.signin ?? "", "bad", [words.signinLabel ?? "", location.href]);
        return false;
      } else return later();
      wait = 0;
    }
    const left = unsent().length;
    if (left) status(words.bad ?? "", "bad");
    return left === 0;
  }

  function later() {
    status(words.offline ?? "", "bad");
    wait = Math.min(30, Math.max(2, wait * 2));
    clearTimeout(soon);
    soon = setTimeout(flush, wait * 1000);
    return false;
  }

  /** @param {{version: number, saved_at: string}} answer */
  function confirmed(answer) {
    for (const field of fields) {
      const sent = op && said(op, field);
      if (sent !== undefined && sent !== null) field.base = sent;
    }
    op = null;
    setVersion(answer.version);
    keep();
    if (!unsent().length) status((words.saved ?? "").replace("{time}", clock.format(new Date(answer.saved_at))), "good");
  }

  /** @param {{detail?: string, fields?: Record<string, string>}} answer */
  function refused(answer) {
    const texts = answer.fields ?? {};
    let named = false;
    for (const field of fields) {
      const text = texts[field.mark ? `marks.${field.name}` : field.name];
      if (text === undefined) continue;
      named = true;
      field.bad = (op && said(op, field)) ?? value(field);
      complain(field, text);
    }
    op = null;
    if (!named) {
      closed = answer.detail ?? "";
      status((words.refused ?? "").replace("{why}", closed), "bad");
    }
    keep();
  }

  /**
   * Somebody (another window of the same judge) saved meanwhile. Fields that only one side changed are no conflict.
   * @param {{version: number, state: string, marks: Record<string, string>, comment: string, private_note: string}} stored
   */
  function clash(stored) {
    op = null;
    setVersion(stored.version);
    for (const field of fields) takeStored(field, (field.mark ? stored.marks[field.name] : stored[/** @type {"comment" | "private_note"} */ (field.name)]) ?? "");
    keep();
    if (stored.state !== "open") location.reload();
    showTotal();
  }

  /** @param {Field} field @param {string} theirs */
  function takeStored(field, theirs) {
    const mine = value(field);
    const touched = !same(field, mine, field.base);
    const moved = !same(field, theirs, field.base);
    field.base = theirs;
    if (!moved || same(field, mine, theirs)) return;
    if (!touched) {
      field.input.value = theirs;
      if (field.mark) showBand(field);
      return;
    }
    ask(field, mine, theirs);
  }

  /** @param {Field} field @param {string} mine @param {string} theirs */
  function ask(field, mine, theirs) {
    const place = element(`${field.input.id}-conflict`);
    if (!place) return;
    field.clash = true;
    const short = (/** @type {string} */ text) => (text === "" ? (words.none ?? "") : text.length > 60 ? `${text.slice(0, 59)}…` : text);
    const choice = (/** @type {string} */ label, /** @type {string} */ chosen) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-small";
      button.textContent = label.replace("{value}", short(chosen));
      button.addEventListener("click", () => {
        field.clash = false;
        field.input.value = chosen;
        place.hidden = true;
        field.input.focus();
        changed(field, 0);
      });
      return button;
    };
    place.replaceChildren(words.conflict ?? "", " ", choice(words.mine ?? "", mine), " ", choice(words.theirs ?? "", theirs));
    place.hidden = false;
  }

  /** @param {number} number */
  function setVersion(number) {
    version = number;
    versionField.value = String(number);
  }

  /* ---- Typing -------------------------------------------------------------------------------------------------- */

  /** @param {Field} field @param {number} delay */
  function changed(field, delay) {
    field.bad = "";
    if (field.mark) {
      showTotal();
      showBand(field);
    }
    const problem = field.mark ? units(field) : "";
    if (typeof problem !== "string" || delay === 0) complain(field, typeof problem === "string" ? problem : "");
    keep();
    if (closed) return;
    clearTimeout(soon);
    if (unsent().length) {
      status(words.saving ?? "", "busy");
      soon = setTimeout(flush, delay);
    }
  }

  for (const field of fields) {
    field.input.addEventListener("input", (event) => {
      if (!(event instanceof InputEvent && event.isComposing)) changed(field, field.mark ? 700 : 1500);
    });
    field.input.addEventListener("compositionend", () => changed(field, field.mark ? 700 : 1500));
    field.input.addEventListener("change", () => changed(field, 0));
  }

  /** @param {Field} field @param {number} by */
  function stepBy(field, by) {
    const { places, least, most, step } = scale(field.input);
    const now = units(field);
    let next = typeof now === "bigint" ? now + step * BigInt(by) : by > 0 ? least : most;
    if (next < least) next = least;
    if (next > most) next = most;
    field.input.value = plain(next, places);
    field.input.select();
    changed(field, 700);
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      go(words.after || words.list);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = marks.findIndex((field) => field.input === document.activeElement);
    const typing = document.activeElement instanceof HTMLTextAreaElement || document.activeElement instanceof HTMLSelectElement;
    if (at >= 0) {
      if (event.key === "Enter") {
        event.preventDefault();
        focus(at + (event.shiftKey ? -1 : 1));
        return;
      }
      const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 }[event.key];
      if (by) {
        event.preventDefault();
        stepBy(marks[at], by);
        return;
      }
    }
    if (!typing && (event.key === "n" || event.key === "N" || event.key === "p" || event.key === "P")) {
      event.preventDefault();
      go(event.key.toLowerCase() === "n" ? words.after : words.before);
    }
  });

  /** @param {number} index */
  function focus(index) {
    if (index < 0) return;
    const next = index < marks.length ? marks[index].input : (fields.find((field) => !field.mark)?.input ?? element("submit"));
    next?.focus();
    if (next instanceof HTMLInputElement) next.select();
  }

  /** @param {string | undefined} address */
  async function go(address) {
    if (address && (await flush())) location.href = address;
  }

  for (const id of ["to-list", "to-before", "to-after"]) {
    element(id)?.addEventListener("click", (event) => {
      if (!unsent().length || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      go(/** @type {HTMLAnchorElement} */ (event.currentTarget).href);
    });
  }

  /* ---- Submitting: only what is saved, and only when nothing is missing ----------------------------------------- */

  element("save")?.setAttribute("hidden", "");
  let sure = false;
  form.addEventListener("submit", async (event) => {
    if (sure) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
    /** @type {Field[]} */
    const wrong = [];
    for (const field of marks) {
      const found = units(field);
      const text = found === null ? (words.missing ?? "") : typeof found === "string" ? found : field.bad === value(field) && field.bad ? (element(`${field.input.id}-error`)?.textContent?.trim() ?? "") : "";
      complain(field, text);
      if (text) wrong.push(field);
    }
    const first = wrong[0] ?? fields.find((field) => field.clash);
    if (first) {
      first.input.focus();
      first.input.scrollIntoView({ block: "center" });
      return;
    }
    if (!(await flush())) return;
    // With nothing left to send we are still inside this event, where the browser ignores a second submission.
    await new Promise((resume) => setTimeout(resume));
    sure = true;
    form.requestSubmit(button ?? undefined);
  }, true);
  window.addEventListener("pageshow", () => (sure = false));

  /* ---- Coming back --------------------------------------------------------------------------------------------- */

  window.addEventListener("online", () => flush());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") keep();
    else if (op || unsent().length) flush();
  });
  window.addEventListener("pagehide", keep);

  const left = kept();
  if (left) {
    for (const field of fields) {
      const pair = left.values[field.name];
      if (!pair) continue;
      const [base, mine] = pair;
      if (same(field, mine, field.base)) continue;
      // The page shows what is stored now; what was typed goes on top of it, unless it was changed elsewhere since.
      field.input.value = mine;
      if (!same(field, base, field.base) && !(left.op && same(field, said(left.op, field) ?? "\0", field.base))) ask(field, mine, field.base);
    }
    // The request that got no answer goes first, word for word: if it had arrived, this finds out.
    op = left.op;
    flush();
  }
  for (const field of marks) showBand(field);
  showTotal();
  const focused = /** @type {HTMLInputElement | null} */ (form.querySelector("[autofocus]"));
  if (focused && matchMedia("(min-width: 62rem)").matches) {
    focused.focus();
    focused.select();
  }

  /* ---- A sheet that can only be read --------------------------------------------------------------------------- */

  function showWhatWasNeverSent() {
    const box = element("unsent-lost");
    const place = element("unsent-values");
    const remaining = kept();
    if (!box || !place || !remaining) return;
    const differing = fields
      .map((field) => /** @type {const} */ ([field, remaining.values[field.name]?.[1] ?? (remaining.op ? said(remaining.op, field) : undefined)]))
      .filter(([field, mine]) => mine !== undefined && !same(field, mine, field.base));
    if (!differing.length) {
      localStorage.removeItem(store);
      return;
    }
    place.textContent = differing.map(([field, mine]) => `${document.querySelector(`label[for="${field.input.id}"]`)?.textContent?.trim() ?? field.name}: ${mine || words.none}`).join(" · ");
    box.hidden = false;
    element("unsent-discard")?.addEventListener("click", () => {
      localStorage.removeItem(store);
      box.hidden = true;
    });
  }

  function keysOfReading() {
    document.addEventListener("keydown", (event) => {
      if (event.altKey || (event.target instanceof HTMLTextAreaElement)) return;
      const address = event.key === "Enter" && (event.ctrlKey || event.metaKey) ? words.after || words.list : event.ctrlKey || event.metaKey ? "" : { n: words.after, p: words.before }[event.key.toLowerCase()];
      if (address) location.href = address;
    });
  }
}
