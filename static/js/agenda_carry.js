// Moving a session in the agenda's editor: picked up by key, click or pointer, carried from cell to cell, dropped.
//
// What the session would find in each cell is asked of the server once it is picked up; cells say in words and with a
// sign whether they are free. While it is carried by keyboard the focus stays on the session's title.

/** @typedef {{free: boolean, why: string, short: string, over: number, interpreter: string}} Cell */
/** @typedef {{send: (step: any) => Promise<boolean>, say: (text: string, kind?: "" | "bad") => void, cardOf: (key: string) => HTMLElement | null, upgrade: (card: HTMLElement) => void, url: () => string, isBusy: () => boolean}} Editor */
/** @typedef {{key: string, title: string, place: string, home: HTMLElement, target: HTMLElement | null, cells: Record<string, Cell> | null}} Carried */

const FAR = 6; // pixels after which a pressed pointer drags
const EDGE = 60; // pixels from the window's edge where it scrolls

/**
 * @param {HTMLElement} root
 * @param {Editor} editor
 */
export function carrying(root, editor) {
  const words = root.dataset;
  const waiting = /** @type {HTMLElement} */ (root.querySelector("[data-waiting]"));
  /** @type {Carried | null} */
  let carried = null;
  /** @type {{card: HTMLElement, x: number, y: number, ghost: HTMLElement | null} | null} */
  let pressed = null;
  let justDragged = false;
  let swallow = false;

  const rows = () => /** @type {HTMLTableRowElement[]} */ ([...root.querySelectorAll("[data-grid] tbody tr")]);
  /** @param {Element} row */
  const cellsOf = (row) => /** @type {HTMLElement[]} */ ([...row.querySelectorAll("td[data-slot]")]);
  const allCells = () => /** @type {HTMLElement[]} */ ([...root.querySelectorAll("td[data-slot]")]);
  /** @param {HTMLElement} cell */
  const nameOf = (cell) => `${cell.dataset.slot}/${cell.dataset.room}`;

  /** @param {string | undefined} text @param {Record<string, string | number>} values */
  const fill = (text, values) => Object.entries(values).reduce((made, [name, value]) => made.replace(`{${name}}`, String(value)), text ?? "");

  /* ---- Picking up ---------------------------------------------------------------------------------------------- */

  /** @param {HTMLElement} card @param {boolean} quiet */
  async function pickUp(card, quiet) {
    const title = card.querySelector("[data-handle]")?.textContent ?? "";
    if (card.dataset.locked) {
      editor.say(fill(words.locked, { title }), "bad");
      return;
    }
    const home = /** @type {HTMLElement} */ (card.closest("td[data-slot]") ?? waiting);
    const mine = { key: card.dataset.key ?? "", title, place: card.dataset.where ?? "", home, target: null, cells: null };
    carried = mine;
    look(card, true);
    aim(home, true);
    const cells = await ask(mine.key);
    if (carried !== mine || !cells) return;
    mine.cells = cells;
    light();
    const free = Object.values(cells).filter((cell) => cell.free).length;
    if (!quiet) editor.say(fill(words.picked, { title, place: mine.place, free }));
  }

  /** @param {string} key @returns {Promise<Record<string, Cell> | null>} */
  async function ask(key) {
    const answer = await fetch(`${editor.url()}/sessions/${key}/cells`, { headers: { Accept: "application/json", "Accept-Language": document.documentElement.lang } }).catch(() => null);
    return answer?.ok ? (await answer.json()).cells : null;
  }

  /** @param {HTMLElement | null} card @param {boolean} on */
  function look(card, on) {
    root.classList.toggle("is-carrying", on);
    card?.classList.toggle("is-carried", on);
    card?.querySelector("[data-handle]")?.setAttribute("aria-pressed", String(on));
  }

  /** Say in each cell whether it is free. */
  function light() {
    for (const cell of allCells()) {
      cell.querySelector(".agenda-note")?.remove();
      cell.classList.remove("is-free", "is-busy", "is-over");
      const found = carried?.cells?.[nameOf(cell)];
      if (!carried || !found || cell === carried.home) continue;
      const kind = !found.free ? "busy" : found.over ? "over" : "free";
      cell.classList.add(`is-${kind}`);
      const note = document.createElement("span");
      note.className = "agenda-note";
      note.setAttribute("aria-hidden", "true");
      note.dataset.sign = { free: "✓", over: "!", busy: "✕" }[kind];
      note.textContent = kind === "busy" ? found.short : kind === "over" ? (words.overWord ?? "") : found.interpreter || (words.freeWord ?? "");
      cell.append(note);
    }
  }

  /* ---- Choosing a cell ----------------------------------------------------------------------------------------- */

  /** @param {HTMLElement | null} place @param {boolean} [quiet] */
  function aim(place, quiet = false) {
    if (!carried) return;
    for (const old of root.querySelectorAll(".is-target")) old.classList.remove("is-target");
    carried.target = place;
    place?.classList.add("is-target");
    if (quiet || !place) return;
    place.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
    editor.say(describe(place));
  }

  /** @param {HTMLElement} place */
  function describe(place) {
    if (place === waiting) return words.atList ?? "";
    const values = { time: place.dataset.time ?? "", room: place.dataset.name ?? "" };
    const found = carried?.cells?.[nameOf(place)];
    if (place === carried?.home) return fill(words.atHome, values);
    if (found && !found.free) return fill(words.atBusy, { ...values, why: found.why });
    if (found?.over) return fill(words.atOver, { ...values, over: found.over });
    return found ? fill(words.atFree, values) : `${values.time}, ${values.room}`;
  }

  /** The cell that an arrow key leads to. @param {string} key @returns {HTMLElement | null} */
  function next(key) {
    const here = carried?.target ?? waiting;
    const all = rows();
    if (here === waiting) {
      const first = allCells().find((cell) => carried?.cells?.[nameOf(cell)]?.free) ?? allCells()[0];
      return ["ArrowRight", "ArrowDown", "f"].includes(key) ? (first ?? null) : waiting;
    }
    const row = /** @type {HTMLTableRowElement} */ (here.closest("tr"));
    const columns = cellsOf(row);
    const column = columns.indexOf(here);
    const at = all.indexOf(row);
    /** @param {number} to */
    const inRow = (to) => {
      const line = all[Math.max(0, Math.min(all.length - 1, to))];
      const there = line ? cellsOf(line) : [];
      return there[Math.min(column, there.length - 1)] ?? here;
    };
    switch (key) {
      case "ArrowUp":
        return inRow(at - 1);
      case "ArrowDown":
        return inRow(at + 1);
      case "ArrowLeft":
        return column > 0 ? columns[column - 1] : waiting;
      case "ArrowRight":
        return columns[Math.min(column + 1, columns.length - 1)];
      case "Home":
        return columns[0];
      case "End":
        return columns[columns.length - 1];
      case "PageUp":
      case "PageDown":
        return inOtherDay(row, key === "PageDown" ? 1 : -1, column) ?? here;
      case "f":
        return nextFree(here) ?? here;
      default:
        return null;
    }
  }

  /** @param {HTMLElement} row @param {1 | -1} step @param {number} column */
  function inOtherDay(row, step, column) {
    const tables = [...root.querySelectorAll("[data-grid]")];
    const table = tables[tables.indexOf(/** @type {Element} */ (row.closest("[data-grid]"))) + step];
    const line = table?.querySelector("tbody tr");
    const there = line ? cellsOf(line) : [];
    return there[Math.min(column, there.length - 1)];
  }

  /** @param {HTMLElement} here */
  function nextFree(here) {
    const cells = allCells();
    const at = cells.indexOf(here);
    return [...cells.slice(at + 1), ...cells.slice(0, at)].find((cell) => carried?.cells?.[nameOf(cell)]?.free);
  }

  /* ---- Dropping ------------------------------------------------------------------------------------------------ */

  /** @param {HTMLElement | null} place */
  async function drop(place) {
    const mine = carried;
    if (!mine) return;
    if (!place || place === mine.home) {
      cancel();
      return;
    }
    end();
    if (place === waiting) await editor.send({ do: "unplace", session: mine.key });
    else {
      const room = place.dataset.room ? Number(place.dataset.room) : null;
      await editor.send({ do: "place", session: mine.key, slot: Number(place.dataset.slot), room });
    }
  }

  function cancel() {
    const mine = carried;
    end();
    if (mine) editor.say(fill(words.canceled, { title: mine.title, place: mine.place }));
  }

  function end() {
    const mine = carried;
    carried = null;
    look(mine && editor.cardOf(mine.key), false);
    for (const old of root.querySelectorAll(".is-target")) old.classList.remove("is-target");
    light();
  }

  /* ---- Keys and clicks ----------------------------------------------------------------------------------------- */

  root.addEventListener("keydown", (event) => {
    if (!carried || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {Element} */ (event.target);
    if (event.key === "Escape") {
      event.preventDefault();
      cancel();
    } else if ((event.key === " " || event.key === "Enter") && target.matches("[data-handle]")) {
      event.preventDefault();
      swallow = event.key === " ";
      void drop(carried.target);
    } else if (target.matches("[data-handle]")) {
      const to = next(event.key.length === 1 ? event.key.toLowerCase() : event.key);
      if (!to) return;
      event.preventDefault();
      aim(to);
    }
  });
  // A button is pressed when Space is let go: that of the drop must not pick up again.
  root.addEventListener("keyup", (event) => {
    if (event.key === " " && swallow) event.preventDefault();
    swallow = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && carried && !event.defaultPrevented) cancel();
  });

  root.addEventListener("click", (event) => {
    if (justDragged) {
      justDragged = false;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    const target = /** @type {Element} */ (event.target);
    const handle = target.closest("button[data-handle]");
    const card = /** @type {HTMLElement | null} */ (handle?.closest(".agenda-card") ?? null);
    if (carried) {
      if (target.closest("a, [data-lock], form")) return;
      if (card?.dataset.key === carried.key) cancel();
      else void drop(/** @type {HTMLElement | null} */ (target.closest("td[data-slot], [data-waiting]")));
    } else if (card && !editor.isBusy()) void pickUp(card, false);
  });

  /* ---- Dragging ------------------------------------------------------------------------------------------------ */

  root.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const card = /** @type {HTMLElement | null} */ (target.closest(".agenda-card"));
    justDragged = false;
    // A finger scrolls; it taps the title, then the cell.
    if (!card || carried || event.button !== 0 || event.pointerType === "touch" || target.closest("a, [data-lock]") || editor.isBusy()) return;
    pressed = { card, x: event.clientX, y: event.clientY, ghost: null };
  });

  document.addEventListener("pointermove", (event) => {
    if (!pressed) return;
    if (!pressed.ghost) {
      if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < FAR) return;
      void pickUp(pressed.card, true);
      if (!carried) {
        pressed = null;
        return;
      }
      pressed.ghost = ghostOf(pressed.card);
    }
    event.preventDefault();
    pressed.ghost.style.transform = `translate(${event.clientX + 8}px, ${event.clientY + 8}px)`;
    const under = /** @type {HTMLElement | null} */ (document.elementFromPoint(event.clientX, event.clientY)?.closest("td[data-slot], [data-waiting]") ?? null);
    if (under !== carried?.target) aim(under && root.contains(under) ? under : null, true);
    scrollAtEdge(event);
  });

  /** @param {HTMLElement} card */
  function ghostOf(card) {
    const ghost = document.createElement("div");
    ghost.className = "agenda-ghost";
    ghost.setAttribute("aria-hidden", "true");
    ghost.textContent = card.querySelector("[data-handle]")?.textContent ?? "";
    document.body.append(ghost);
    return ghost;
  }

  /** @param {PointerEvent} event */
  function scrollAtEdge(event) {
    if (event.clientY < EDGE) window.scrollBy(0, -20);
    else if (event.clientY > window.innerHeight - EDGE) window.scrollBy(0, 20);
    const wide = carried?.target?.closest(".agenda-scroll");
    if (!wide) return;
    const box = wide.getBoundingClientRect();
    if (event.clientX > box.right - EDGE) wide.scrollLeft += 20;
    else if (event.clientX < box.left + EDGE) wide.scrollLeft -= 20;
  }

  /** @param {boolean} dropped */
  function release(dropped) {
    const was = pressed;
    pressed = null;
    if (!was?.ghost) return;
    was.ghost.remove();
    justDragged = true;
    setTimeout(() => (justDragged = false), 0);
    if (dropped) void drop(carried?.target ?? null);
    else cancel();
  }
  document.addEventListener("pointerup", () => release(true));
  document.addEventListener("pointercancel", () => release(false));

  return {
    isDragging: () => pressed?.ghost != null,
    /** Others' changes have come. @param {string[]} keys */
    refresh(keys) {
      const mine = carried;
      if (!mine) return;
      if (keys.includes(mine.key)) {
        end();
        return;
      }
      void ask(mine.key).then((cells) => {
        if (carried !== mine || !cells) return;
        mine.cells = cells;
        light();
      });
    },
  };
}
