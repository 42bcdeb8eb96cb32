// The page of a device at the door. Every entry is decided here at once, kept on the device and reported when there is a
// network; what the server says of it later is shown, too. Nothing that was scanned is lost by closing or reloading.

import { isPossible, watch } from "./door_camera.js";
import { decideCode, decideGuest, eventDay, finds } from "./door_decide.js";
import { Store } from "./door_store.js";

/** @typedef {import("./door_store.js").Guest} Guest */
/** @typedef {import("./door_store.js").Report} Report */
/** @typedef {import("./door_store.js").Line} Line */
/** @typedef {import("./door_decide.js").Verdict} Verdict */

const SYNC_EVERY = 10_000;
const LIST_EVERY = 20_000;
const PATIENCE = 8_000;
const WAIT_FOR_SERVER = 1_200; // how long somebody at the door waits for the server's word while there is a network
const BATCH = 50;
const LINES_SHOWN = 30;

const page = /** @type {HTMLElement | null} */ (document.getElementById("door"));
if (page) start(page);

/** @param {HTMLElement} root */
async function start(root) {
  const words = JSON.parse(root.dataset.words ?? "{}");
  const { api = "", token = "", roadshow = "", worker = "", reader = "" } = root.dataset;
  const element = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
  const input = (/** @type {string} */ id) => /** @type {HTMLInputElement} */ (document.getElementById(id));

  const store = await Store.open(roadshow);
  /** @type {{event: import("./door_decide.js").Event | null, stamp: string, guests: Map<string, Guest>, arrivals: Map<string, string>, day: string, counts: {kind: string, inside: number, expected: number}[], ahead: number}} */
  const known = { event: null, stamp: "", guests: new Map(), arrivals: new Map(), day: "", counts: [], ahead: 0 };
  /** @type {Map<string, (answer: any) => void>} */
  const awaited = new Map();
  let isOnline = false;
  let isGone = false;
  let listAt = 0;
  /** @type {Promise<void> | null} */
  let syncing = null;
  let again = false;
  let isLoud = (await store.get("loud")) ?? true;
  /** @type {AudioContext | null} */
  let audio = null;
  let turn = 0;

  /* ---- What is kept ------------------------------------------------------------------------------------------ */

  const list = await store.get("list");
  if (list) {
    Object.assign(known, { event: list.event, stamp: list.stamp, guests: new Map(list.guests.map((/** @type {Guest} */ guest) => [guest.key, guest])) });
  }
  const inside = await store.get("inside");
  if (inside) Object.assign(known, { arrivals: new Map(inside.arrivals), day: inside.day, counts: inside.counts, ahead: inside.ahead });

  const keepList = () => store.put("list", { event: known.event, stamp: known.stamp, guests: [...known.guests.values()] });
  const keepInside = () => store.put("inside", { arrivals: [...known.arrivals], day: known.day, counts: known.counts, ahead: known.ahead });

  /** The time by the server's clock, as far as the device knows it. */
  const now = () => new Date(Date.now() - known.ahead);

  /** @param {string} moment */
  const clock = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: known.event?.zone });

  function nonce() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* ---- One entry --------------------------------------------------------------------------------------------- */

  function knowledge() {
    const event = /** @type {import("./door_decide.js").Event} */ (known.event);
    const moment = now();
    const day = eventDay(event, moment);
    if (day !== null && day !== known.day) {
      known.day = day;
      known.arrivals.clear();
    }
    return { event, guests: known.guests, arrivals: known.arrivals, now: moment };
  }

  /** @param {string} code */
  async function scan(code) {
    if (!code.trim()) return;
    if (!known.event) return sayNotReady();
    await enter({ code }, await decideCode(code, knowledge()));
  }

  /** @param {Guest} guest */
  async function admit(guest) {
    if (!known.event) return sayNotReady();
    await enter({ guest: guest.key }, decideGuest(guest, knowledge()));
  }

  /** Show what becomes of it, keep it, report it. @param {object} what @param {Verdict} verdict @param {string} [name] */
  async function enter(what, verdict, name = "") {
    const mine = ++turn;
    const report = /** @type {Report} */ ({ nonce: nonce(), at: new Date().toISOString(), ...what });
    const line = {
      nonce: report.nonce,
      at: report.at,
      outcome: verdict.outcome,
      reason: verdict.reason,
      name: verdict.guest?.name ?? name,
      guest: verdict.key,
      sent: false,
      undone: false,
    };
    if (verdict.outcome === "admitted" && verdict.key) {
      known.arrivals.set(verdict.key, now().toISOString());
      if (verdict.guest) count(verdict.guest.kind, 1);
    }
    await store.enqueue(report, line);
    await keepInside();
    await drawState();
    const answer = isOnline ? await answerTo(report.nonce) : null;
    if (!answer) void sync();
    if (mine !== turn) return; // the next guest stands there already
    show(answer ? fromServer(answer, verdict) : verdict, line.name);
    await drawLines();
  }

  /** The server's word, or null when it takes too long. @param {string} name @returns {Promise<any>} */
  function answerTo(name) {
    return new Promise((resolve) => {
      const limit = setTimeout(() => finish(null), WAIT_FOR_SERVER);
      const finish = (/** @type {any} */ answer) => {
        clearTimeout(limit);
        awaited.delete(name);
        resolve(answer);
      };
      awaited.set(name, finish);
      void sync();
    });
  }

  /** @param {any} answer @param {Verdict} verdict @returns {Verdict} */
  const fromServer = (answer, verdict) => ({ outcome: answer.outcome, reason: answer.reason || answer.note, guest: answer.guest ?? verdict.guest, key: verdict.key, at: answer.arrived_at });

  /** @param {Line} line */
  async function undo(line) {
    turn += 1;
    await store.enqueue({ nonce: nonce(), at: new Date().toISOString(), undoes: line.nonce }, { ...line, undone: true });
    if (line.outcome === "admitted" && known.arrivals.delete(line.guest)) {
      const guest = known.guests.get(line.guest);
      if (guest) count(guest.kind, -1);
      await keepInside();
    }
    await drawState();
    paint("undone", words.undone, line.name);
    await drawLines();
    void sync();
  }

  /* ---- What is shown ----------------------------------------------------------------------------------------- */

  /** @param {Verdict} verdict @param {string} [name] */
  function show(verdict, name = "") {
    const { guest } = verdict;
    const about = guest ? [guest.latin !== guest.name ? guest.latin : "", guest.organization, words.kinds[guest.kind], guest.seat ? `${words.seat} ${guest.seat}` : ""] : [];
    const isRefused = verdict.outcome === "refused";
    const reason = isRefused ? words.reasons[verdict.reason] ?? "" : words.notes[verdict.reason] ?? "";
    const title = verdict.outcome === "already_in" && verdict.at ? words.already_at.replace("{time}", clock(verdict.at)) : words[verdict.outcome];
    paint(verdict.outcome, title, guest?.name ?? name, about.filter(Boolean).join(" · "), reason, isRefused ? words.hints[verdict.reason] ?? "" : "");
    signal(verdict.outcome);
  }

  /** @param {string} outcome @param {string} title @param {string} [name] @param {string} [about] @param {string} [reason] @param {string} [hint] */
  function paint(outcome, title, name = "", about = "", reason = "", hint = "") {
    const box = element("verdict");
    box.dataset.outcome = outcome;
    element("verdict-title").textContent = title;
    element("verdict-name").textContent = name;
    element("verdict-about").textContent = about;
    element("verdict-reason").textContent = reason;
    element("verdict-hint").textContent = hint;
    for (const drawing of box.querySelectorAll("[data-for]")) drawing.toggleAttribute("hidden", /** @type {HTMLElement} */ (drawing).dataset.for !== outcome);
  }

  const sayNotReady = () => paint("refused", words.not_ready, "", "", "", words.not_ready_hint);

  /** A tone and a shake, so that nobody has to look up. @param {string} outcome */
  function signal(outcome) {
    navigator.vibrate?.(outcome === "admitted" ? 60 : outcome === "already_in" ? [60, 80, 60] : [250, 100, 250]);
    if (!isLoud) return;
    try {
      audio ??= new AudioContext();
      void audio.resume();
      const tones = { admitted: [[1047, 0.12]], already_in: [[660, 0.1], [660, 0.1]] }[outcome] ?? [[220, 0.35]];
      let at = audio.currentTime;
      for (const [pitch, length] of tones) {
        const tone = audio.createOscillator();
        const loudness = audio.createGain();
        loudness.gain.value = 0.2;
        tone.frequency.value = pitch;
        tone.connect(loudness).connect(audio.destination);
        tone.start(at);
        tone.stop(at + length);
        at += length + 0.06;
      }
    } catch {
      // A browser without sound.
    }
  }

  /** @param {string} kind @param {number} by */
  function count(kind, by) {
    const found = known.counts.find((one) => one.kind === kind);
    if (found) found.inside = Math.max(found.inside + by, 0);
    else known.counts.push({ kind, inside: Math.max(by, 0), expected: 0 });
    drawCounts();
  }

  function drawCounts() {
    const total = known.counts.reduce((sum, one) => [sum[0] + one.inside, sum[1] + one.expected], [0, 0]);
    element("total").textContent = `${total[0]} / ${total[1]}`;
    element("counts").replaceChildren(
      ...known.counts.map((one) => {
        const row = document.createElement("li");
        const label = document.createElement("span");
        const figure = document.createElement("span");
        label.textContent = words.kinds[one.kind];
        figure.textContent = `${one.inside} / ${one.expected}`;
        row.append(label, figure);
        return row;
      }),
    );
  }

  async function drawState() {
    const waiting = await store.waitingCount();
    const box = element("connection");
    box.dataset.state = isGone ? "gone" : isOnline ? "online" : "offline";
    element("connection-text").textContent = isGone ? words.gone : isOnline ? words.online : words.offline;
    const queue = element("waiting");
    queue.hidden = waiting === 0 || (isOnline && waiting < 3); // one on its way is no news
    queue.dataset.count = String(waiting);
    queue.textContent = words.waiting.replace("{count}", String(waiting));
    element("clock-note").hidden = Math.abs(known.ahead) < 120_000;
    element("list-size").textContent = known.event ? words.list_size.replace("{count}", String(known.guests.size)) : words.not_ready;
  }

  async function drawLines() {
    const lines = await store.lines();
    void store.trim(lines);
    element("lines").replaceChildren(...lines.slice(0, LINES_SHOWN).map(lineRow));
    element("no-lines").hidden = lines.length > 0;
  }

  /** @param {Line} line */
  function lineRow(line) {
    const row = document.createElement("li");
    const outcome = line.undone ? "undone" : line.outcome;
    row.dataset.outcome = outcome;
    const time = document.createElement("span");
    time.className = "line-time";
    time.textContent = clock(new Date(Date.parse(line.at) - known.ahead).toISOString());
    const text = document.createElement("span");
    text.className = "line-text";
    const name = document.createElement("bdi");
    name.textContent = line.name || words.unknown;
    const state = document.createElement("span");
    state.className = "line-state";
    const reason = line.outcome === "refused" ? words.reasons[line.reason] ?? words.refused : words.notes[line.reason] ?? "";
    state.textContent = [line.undone ? words.undone : words.past[line.outcome], reason, line.sent ? "" : words.not_sent].filter(Boolean).join(" · ");
    text.append(name, state);
    row.append(time, text);
    if (!line.undone && line.outcome === "admitted") {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-small";
      button.textContent = words.undo;
      button.setAttribute("aria-label", `${words.undo}: ${line.name}`);
      button.addEventListener("click", () => undo(line));
      row.append(button);
    }
    return row;
  }

  /* ---- Reporting and fetching -------------------------------------------------------------------------------- */

  /** One after the other; whoever asks meanwhile gets one more round. @returns {Promise<void>} */
  function sync() {
    if (syncing) {
      again = true;
      return syncing;
    }
    syncing = (async () => {
      do {
        again = false;
        await exchange();
      } while (again && !isGone);
    })().finally(() => {
      syncing = null;
    });
    return syncing;
  }

  async function exchange() {
    if (isGone) return;
    const waiting = await store.waiting(BATCH);
    const wantsList = !known.event || Date.now() - listAt > LIST_EVERY;
    try {
      const response = await fetch(api, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Door-Token": token, "Accept-Language": document.documentElement.lang },
        body: JSON.stringify({ sent_at: new Date().toISOString(), reports: waiting.map(([, report]) => report), ...(wantsList ? { stamp: known.stamp } : {}) }),
        signal: AbortSignal.timeout(PATIENCE),
        cache: "no-store",
      });
      if (response.status === 401 || response.status === 404) return await leave();
      if (!response.ok) throw new Error(String(response.status));
      await take(await response.json(), waiting);
      isOnline = true;
      if ((await store.waitingCount()) > 0) again = true;
    } catch {
      isOnline = false;
      for (const finish of [...awaited.values()]) finish(null);
    }
    await drawState();
  }

  /** @param {any} found @param {[IDBValidKey, Report][]} waiting */
  async function take(found, waiting) {
    known.ahead = Math.abs(Date.now() - Date.parse(found.now)) < 2000 ? 0 : Date.now() - Date.parse(found.now);
    await store.sent(waiting.map(([key]) => key));
    for (const answer of found.answers) await takeAnswer(answer, waiting);
    if (found.event) {
      known.event = found.event;
      known.stamp = found.stamp;
      if (found.guests) known.guests = new Map(found.guests.map((/** @type {Guest} */ guest) => [guest.key, guest]));
      listAt = Date.now();
      await keepList();
    }
    if ((await store.waitingCount()) === 0) {
      // Only now do the server's counts hold everything that this device has seen.
      known.counts = found.counts;
      if (found.day !== known.day) known.arrivals.clear();
      known.day = found.day;
      if (found.arrivals) known.arrivals = new Map(Object.entries(found.arrivals));
      drawCounts();
    }
    await keepInside();
    await drawLines();
  }

  /** @param {any} answer @param {[IDBValidKey, Report][]} waiting */
  async function takeAnswer(answer, waiting) {
    const undoes = waiting.find(([, report]) => report.nonce === answer.nonce)?.[1].undoes;
    const line = (await store.lines()).find((one) => one.nonce === (undoes ?? answer.nonce));
    const finish = awaited.get(answer.nonce);
    if (line && undoes) await store.write({ ...line, sent: true });
    else if (line) {
      const differs = answer.outcome !== line.outcome && answer.outcome !== "undone";
      const outcome = differs ? answer.outcome : line.outcome;
      await store.write({ ...line, outcome, reason: answer.reason || answer.note || "", name: answer.guest?.name ?? line.name, guest: answer.guest?.key ?? line.guest, sent: true });
      if (differs && answer.outcome === "refused" && line.guest) known.arrivals.delete(line.guest);
      if (differs && !finish) announce(`${answer.guest?.name ?? line.name}: ${answer.outcome === "refused" ? words.reasons[answer.reason] ?? words.refused : words[answer.outcome]}`);
    }
    finish?.(answer);
  }

  /** What the server says of an entry of a while ago. @param {string} text */
  function announce(text) {
    const row = document.createElement("li");
    row.textContent = text;
    element("afterwards").append(row);
    element("afterwards-box").hidden = false;
  }

  /** The link was revoked: the guests leave the device; what could not be sent stays for a new link. */
  async function leave() {
    isGone = true;
    await store.forget();
    known.event = null;
    known.guests.clear();
    element("desk").hidden = true;
    paint("refused", words.gone, "", "", "", words.gone_hint);
    await drawState();
  }

  /* ---- Hands and eyes ---------------------------------------------------------------------------------------- */

  element("scan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = input("code");
    const typed = field.value;
    field.value = "";
    field.focus();
    void scan(typed);
  });

  // A USB scanner types wherever the focus is: what takes no text hands it to the field, and so the Enter behind it, which
  // would press that button or follow that link.
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
    if (target.matches("input:not([type=checkbox]), textarea, select")) return;
    if (event.key === " " && target.matches("input, button, summary")) return; // who has no mouse presses it by that
    input("code").focus();
  });

  // A finger or a mouse leaves the focus on what it pressed; who presses by key stays there.
  document.addEventListener("click", (event) => {
    const isByKey = event.detail === 0;
    const target = /** @type {HTMLElement} */ (event.target);
    if (!isByKey && target.closest("button, summary")) input("code").focus({ preventScroll: true });
  });

  input("find").addEventListener("input", () => {
    const typed = input("find").value.trim();
    const found = typed ? [...known.guests.values()].filter((guest) => finds(typed, guest)).slice(0, 12) : [];
    element("found").replaceChildren(...found.map(foundRow));
    element("found-none").hidden = !typed || found.length > 0;
  });

  /** @param {Guest} guest */
  function foundRow(guest) {
    const row = document.createElement("li");
    const text = document.createElement("span");
    const name = document.createElement("bdi");
    const rest = document.createElement("small");
    name.textContent = guest.name;
    rest.textContent = [guest.latin !== guest.name ? guest.latin : "", guest.organization, words.kinds[guest.kind]].filter(Boolean).join(" · ");
    text.append(name, rest);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-primary btn-small";
    button.textContent = words.let_in;
    button.setAttribute("aria-label", `${words.let_in}: ${guest.name}`);
    button.addEventListener("click", () => {
      input("find").value = "";
      element("found").replaceChildren();
      input("code").focus();
      void admit(guest);
    });
    row.append(text, button);
    return row;
  }

  element("walk-in-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.target);
    const data = new FormData(form);
    const text = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
    const walk_in = { name: text("name"), latin: text("latin"), organization: text("organization"), kind: text("kind"), language: text("language"), agreed: data.get("agreed") === "y" };
    if (!walk_in.name || !walk_in.agreed) return;
    form.reset();
    /** @type {HTMLDetailsElement} */ (form.closest("details")).open = false;
    count(walk_in.kind, 1);
    void enter({ walk_in }, { outcome: "admitted", reason: "", guest: null, key: "", at: null }, walk_in.name);
  });

  const loud = element("loud");
  const drawLoud = () => {
    loud.setAttribute("aria-pressed", String(isLoud));
    element("loud-text").textContent = isLoud ? words.sound_on : words.sound_off;
  };
  loud.addEventListener("click", () => {
    isLoud = !isLoud;
    drawLoud();
    void store.put("loud", isLoud);
  });

  /** @type {(() => void) | null} */
  let stopCamera = null;
  const camera = element("camera");
  if (isPossible()) camera.hidden = false;
  else element("camera-note").hidden = false;
  camera.addEventListener("click", async () => {
    const video = /** @type {HTMLVideoElement} */ (element("video"));
    if (stopCamera) {
      stopCamera();
      stopCamera = null;
    } else {
      try {
        video.hidden = false;
        stopCamera = await watch(video, reader, (code) => void scan(code));
      } catch {
        element("camera-note").hidden = false;
      }
    }
    video.hidden = !stopCamera;
    camera.setAttribute("aria-pressed", String(Boolean(stopCamera)));
  });

  /* ---- Beginning --------------------------------------------------------------------------------------------- */

  async function liveWithoutNetwork() {
    if (!("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register(worker);
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map((entry) => new URL(entry.name)).filter((address) => address.origin === location.origin && address.pathname.startsWith("/static/"));
    const keep = [...new Set([location.pathname, reader, ...loaded.map((address) => address.pathname)])];
    const channel = new MessageChannel();
    channel.port1.onmessage = () => root.setAttribute("data-kept", "yes");
    active?.postMessage({ keep }, [channel.port2]);
  }

  drawLoud();
  drawCounts();
  await drawLines();
  await drawState();
  input("code").focus();
  void liveWithoutNetwork().catch(() => {});
  addEventListener("online", () => void sync());
  addEventListener("offline", () => {
    isOnline = false;
    void drawState();
  });
  setInterval(() => void sync(), SYNC_EVERY);
  await sync();
  root.setAttribute("data-ready", "yes");
}
