// The agenda's editor: steps are sent one by one with the revision that was seen, what comes back is put into the page,
// and others' changes arrive by themselves. Nothing is ever overwritten unseen: the server refuses, and says by whom.
//
// Picking up, choosing a cell and dropping is in agenda_carry.js. Without this script every act is a link or a form.

import { carrying } from "./agenda_carry.js";

const POLL = 4000;

/** @typedef {{slot: number | null, room: number | null, html: string}} SentCard */
/** @typedef {{revision: number, program: string, said: string, cards: Record<string, SentCard>, marks: Record<string, {level: string, text: string}>, hard: number, soft: number, waiting: number, undo: boolean, redo: boolean}} Update */
/** @typedef {Record<string, unknown> & {do: string}} Step */

const root = document.getElementById("agenda");
if (root) start(root);

/** @param {HTMLElement} root */
function start(root) {
  const words = root.dataset;
  const url = words.url ?? "";
  const csrf = /** @type {HTMLInputElement} */ (document.getElementById("agenda-csrf")).value;
  const live = /** @type {HTMLElement} */ (document.getElementById("agenda-live"));
  const status = /** @type {HTMLElement} */ (root.querySelector("[data-status]"));
  const list = /** @type {HTMLElement} */ (root.querySelector("[data-list]"));
  let revision = Number(words.revision);
  let tag = words.tag ?? "";
  let sending = false;

  document.documentElement.classList.add("has-agenda-script");
  for (const place of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-how]"))) place.hidden = false;
  for (const card of cards()) upgrade(card);

  /** @returns {HTMLElement[]} */
  function cards() {
    return /** @type {HTMLElement[]} */ ([...root.querySelectorAll(".agenda-card")]);
  }

  /** @param {string} key @returns {HTMLElement | null} */
  const cardOf = (key) => document.getElementById(`s-${key}`);

  /** Say something to people who look and to people who listen. @param {string} text @param {"" | "bad"} [kind] */
  function say(text, kind = "") {
    live.textContent = "";
    live.textContent = text;
    status.textContent = text;
    status.classList.toggle("is-bad", kind === "bad");
  }

  /** Make the title a button that picks the session up, and show the lock. @param {HTMLElement} card */
  function upgrade(card) {
    const title = card.querySelector("span[data-handle]");
    if (title) {
      const button = document.createElement("button");
      button.type = "button";
      for (const { name, value } of title.attributes) button.setAttribute(name, value);
      button.setAttribute("aria-pressed", "false");
      button.append(...title.childNodes);
      title.replaceWith(button);
    }
    const lock = /** @type {HTMLElement | null} */ (card.querySelector("[data-lock]"));
    if (lock) lock.hidden = false;
  }

  /* ---- Sending ------------------------------------------------------------------------------------------------- */

  /**
   * Send one step; true when it was carried out. `seen` is the revision that the choice was made from.
   * @param {Step} step
   * @returns {Promise<boolean>}
   */
  async function send(step) {
    if (sending) {
      say(words.wait ?? "", "bad");
      return false;
    }
    sending = true;
    status.textContent = words.saving ?? "";
    let answer;
    try {
      answer = await fetch(`${url}/steps`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": csrf, "Accept-Language": document.documentElement.lang },
        body: JSON.stringify({ seen: revision, ...step }),
        signal: AbortSignal.timeout(20000),
      });
    } catch {
      say(words.offline ?? "", "bad");
      return false;
    } finally {
      sending = false;
    }
    /** @type {any} */
    const body = await answer.json().catch(() => ({}));
    if (answer.ok) {
      apply(body);
      say(body.said);
      return true;
    }
    if (body.update) apply(body.update);
    const fields = Object.values(body.fields ?? {}).join(" ");
    say(answer.status === 401 ? (words.signin ?? "") : `${body.detail ?? words.offline ?? ""} ${fields}`.trim(), "bad");
    return false;
  }

  /* ---- What comes back ----------------------------------------------------------------------------------------- */

  /** @param {Update} update */
  function apply(update) {
    revision = update.revision;
    root.dataset.revision = String(revision);
    const had = focused();
    for (const [key, sent] of Object.entries(update.cards)) put(key, sent);
    for (const card of cards()) mark(card, update.marks[card.dataset.key ?? ""]);
    for (const cell of root.querySelectorAll("td[data-slot]")) cell.classList.toggle("is-empty", !cell.querySelector(".agenda-card"));
    count(update);
    filter();
    had?.();
    carry.refresh(Object.keys(update.cards));
    if (update.program !== words.program) askToReload();
    void showConflicts(words.fragment ?? "");
  }

  /** Remembers where the focus is, so that it can be put back when its card is made anew. @returns {(() => void) | null} */
  function focused() {
    const active = document.activeElement;
    const card = /** @type {HTMLElement | null} */ (active?.closest(".agenda-card") ?? null);
    if (!active || !card || !root.contains(card)) return null;
    const part = active.matches("[data-lock]") ? "[data-lock]" : active.matches("[data-handle]") ? "[data-handle]" : "a";
    const key = card.dataset.key ?? "";
    return () => {
      if (document.activeElement === active && active.isConnected) return;
      const fresh = cardOf(key);
      const target = /** @type {HTMLElement | null} */ (fresh?.querySelector(part) ?? fresh?.querySelector("[data-handle]") ?? null);
      target?.focus({ preventScroll: true });
      target?.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    };
  }

  /** @param {string} key @param {SentCard} sent */
  function put(key, sent) {
    const holder = document.createElement("template");
    holder.innerHTML = sent.html;
    const card = /** @type {HTMLElement} */ (holder.content.firstElementChild);
    upgrade(card);
    cardOf(key)?.remove();
    const cell = sent.slot === null ? null : root.querySelector(`td[data-slot="${sent.slot}"][data-room="${sent.room ?? ""}"]`);
    (cell ?? list).append(card);
  }

  /** @param {HTMLElement} card @param {{level: string, text: string} | undefined} found */
  function mark(card, found) {
    const place = /** @type {HTMLElement | null} */ (card.querySelector("[data-mark]"));
    if (!place) return;
    place.hidden = !found;
    place.classList.toggle("is-hard", found?.level === "hard");
    place.classList.toggle("is-soft", found?.level === "soft");
    const text = place.querySelector("span");
    if (text) text.textContent = found?.text ?? "";
  }

  /** @param {Update} update */
  function count(update) {
    const place = root.querySelector("[data-count]");
    place?.classList.toggle("is-hard", update.hard > 0);
    const text = place?.querySelector("span");
    if (text) text.textContent = update.hard ? (words.hard ?? "").replace("{count}", String(update.hard)) : (words.sound ?? "");
    place?.querySelector("use")?.setAttribute("href", (place.querySelector("use")?.getAttribute("href") ?? "").replace(/#.*/, update.hard ? "#warn" : "#check"));
    const waiting = root.querySelector("[data-waiting-count]");
    if (waiting) waiting.textContent = String(update.waiting);
    const none = /** @type {HTMLElement | null} */ (root.querySelector("[data-none]"));
    if (none) none.hidden = update.waiting > 0;
    root.querySelector("[data-undo]")?.classList.toggle("is-off", !update.undo);
    root.querySelector("[data-redo]")?.classList.toggle("is-off", !update.redo);
  }

  let asked = false;
  function askToReload() {
    if (asked) return;
    asked = true;
    const box = document.createElement("p");
    box.className = "notice notice-warning";
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = words.reloadAct ?? "";
    link.addEventListener("click", (event) => {
      event.preventDefault();
      location.reload();
    });
    box.append(words.reload ?? "", " ", link);
    root.prepend(box);
    live.textContent = words.reload ?? "";
  }

  /* ---- What is wrong ------------------------------------------------------------------------------------------- */

  /** Show the list of conflicts anew. @param {string} address @param {string} [focus] id of what gets the focus */
  async function showConflicts(address, focus) {
    const place = root.querySelector("[data-conflicts]");
    if (!place) return;
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const html = await answer.text();
    const within = place.contains(document.activeElement);
    const id = focus ?? (within ? document.activeElement?.id : "");
    place.innerHTML = html;
    if (!within && !focus) return;
    (document.getElementById(id ?? "") ?? document.getElementById("conflicts"))?.focus();
  }

  root.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const mend = /** @type {HTMLElement | null} */ (target.closest("[data-mend]"));
    if (mend) {
      event.preventDefault();
      void showConflicts(mend.dataset.fragment ?? "", "ways");
    }
    const goto = /** @type {HTMLElement | null} */ (target.closest("[data-goto]"));
    const there = goto && cardOf(goto.dataset.goto ?? "");
    if (there) {
      event.preventDefault();
      /** @type {HTMLElement | null} */ (there.querySelector("[data-handle]"))?.focus();
      there.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    }
    const lock = target.closest("[data-lock]");
    const card = /** @type {HTMLElement | null} */ (lock?.closest(".agenda-card") ?? null);
    if (card) void send({ do: card.dataset.locked ? "unlock" : "lock", session: card.dataset.key });
  });

  root.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.matches("[data-filter]")) {
      event.preventDefault();
      return;
    }
    if (!form.matches("[data-step]")) return;
    event.preventDefault();
    const step = JSON.parse(/** @type {HTMLInputElement} */ (form.elements.namedItem("step")).value);
    if (step.do === "undo" || step.do === "redo") step.seen = revision;
    void send(step);
  });

  /* ---- The list of what waits ---------------------------------------------------------------------------------- */

  const filterForm = /** @type {HTMLFormElement | null} */ (root.querySelector("[data-filter]"));
  const filterButton = /** @type {HTMLElement | null} */ (root.querySelector("[data-filter-button]"));
  if (filterButton) filterButton.hidden = true;
  filterForm?.addEventListener("input", filter);

  function filter() {
    if (!filterForm) return;
    const value = (/** @type {string} */ name) => /** @type {HTMLInputElement | null} */ (filterForm.elements.namedItem(name))?.value ?? "";
    const wanted = value("q").normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll(".agenda-card")]);
    for (const card of all) {
      const fits =
        wanted.every((word) => (card.dataset.search ?? "").includes(word)) &&
        ["", card.dataset.track].includes(value("track")) &&
        ["", card.dataset.city].includes(value("city"));
      card.hidden = !fits;
      if (fits) shown += 1;
    }
    const place = filterForm.querySelector("[data-shown]");
    const text = shown === all.length ? "" : (words.shown ?? "").replace("{count}", String(shown)).replace("{total}", String(all.length));
    if (place && place.textContent !== text) place.textContent = text;
  }

  /* ---- Others' changes ----------------------------------------------------------------------------------------- */

  async function poll() {
    if (document.visibilityState !== "visible" || sending || carry.isDragging()) return;
    const answer = await fetch(`${url}?seen=${revision}`, {
      headers: { Accept: "application/json", "If-None-Match": tag, "Accept-Language": document.documentElement.lang },
      cache: "no-store",
    }).catch(() => null);
    if (answer?.status === 401 && status.textContent !== words.signin) say(words.signin ?? "", "bad");
    if (!answer || answer.status !== 200 || sending) return;
    /** @type {Update} */
    const update = await answer.json();
    tag = answer.headers.get("ETag") ?? "";
    if (update.revision === revision && update.program === words.program) return;
    if (update.revision < revision) return;
    apply(update);
    if (update.said) say(update.said);
  }
  setInterval(poll, POLL);
  document.addEventListener("visibilitychange", poll);

  const carry = carrying(root, { send, say, cardOf, upgrade, url: () => url, isBusy: () => sending });
}
