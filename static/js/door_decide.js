// What a device at the door decides by itself: whether a code is a ticket of ours, and whether its guest may come in.
// The server decides in the same way (roadshows/operations/door.py) as soon as it hears of it.

const FORM = /^(JT1([A-Z2-7]{6})([2-9A-HJKMNP-Z]{12})([A-Z2-7]{3}))([A-Z2-7]{103})$/;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** @typedef {import("./door_store.js").Guest} Guest */
/** @typedef {{id: number, state: string, zone: string, days: {on: string, zone: string, until?: string | null}[], public_key: JsonWebKey}} Event */
/** @typedef {{event: Event, guests: Map<string, Guest>, arrivals: Map<string, string>, now: Date}} Known */
/** @typedef {{outcome: "admitted" | "already_in" | "refused", reason: string, guest: Guest | null, key: string, at: string | null}} Verdict */

/** @param {string} text @returns {number} */
function value(text) {
  return [...text].reduce((sum, digit) => sum * 32 + DIGITS.indexOf(digit), 0);
}

/** Capital letters without white space, full-width ones folded. @param {string} typed */
export function tidy(typed) {
  return typed.slice(0, 400).normalize("NFKC").replace(/\s/g, "").toUpperCase();
}

/** 64 bytes out of 103 characters, or null where the last one carries bits that are not ours. @param {string} text */
function signatureOf(text) {
  const bytes = new Uint8Array(64);
  let bits = 0;
  let held = 0;
  let place = 0;
  for (const digit of text) {
    held = (held << 5) | DIGITS.indexOf(digit);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes[place++] = (held >> bits) & 255;
      held &= (1 << bits) - 1;
    }
  }
  return held === 0 ? bytes : null;
}

/** @type {Map<string, Promise<CryptoKey>>} */
const imported = new Map();

/** @param {JsonWebKey} key */
function verifying(key) {
  const name = `${key.x}.${key.y}`;
  const found = imported.get(name) ?? crypto.subtle.importKey("jwk", key, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
  imported.set(name, found);
  return found;
}

/** True or false; null where the browser can't tell: without HTTPS it has no means.
 * @param {string} head @param {string} written @param {JsonWebKey} key @returns {Promise<boolean | null>} */
async function isSigned(head, written, key) {
  const signature = signatureOf(written);
  if (!signature) return false;
  if (!globalThis.crypto?.subtle) return null;
  const bytes = new TextEncoder().encode(head);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, await verifying(key), signature, bytes);
}

/** The date that the clocks of `zone` show. @param {Date} moment @param {string} zone */
export function dateIn(moment, zone) {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return parts.format(moment);
}

/** The day of the event that it is, or null. A day goes on after midnight until its last slot ends; of two such days it is
 * the earlier. @param {Event} event @param {Date} now @returns {string | null} */
export function eventDay(event, now) {
  if (!event.days.length) return dateIn(now, event.zone);
  const holding = event.days.filter(({ on, zone, until }) => {
    const shown = dateIn(now, zone);
    return shown === on || (shown > on && Boolean(until) && now.getTime() < Date.parse(until ?? ""));
  });
  return holding.map((day) => day.on).sort()[0] ?? null;
}

/** @param {string} reason @param {Guest | null} [guest] @returns {Verdict} */
const refuse = (reason, guest = null) => ({ outcome: "refused", reason, guest, key: guest?.key ?? "", at: null });

/** Whether a guest may come in. @param {Guest} guest @param {Known} known @returns {Verdict} */
export function decideGuest(guest, known) {
  return decide(guest.key, guest, known, "");
}

/** The same for one who may not be on the list yet, null then. @param {string} key @param {Guest | null} guest
 * @param {Known} known @param {string} note what to say of who is let in @returns {Verdict} */
function decide(key, guest, known, note) {
  if (known.event.state === "canceled") return refuse("canceled_event", guest);
  if (guest && guest.state !== "confirmed") return refuse("not_confirmed", guest);
  if (eventDay(known.event, known.now) === null) return refuse("wrong_day", guest);
  const at = known.arrivals.get(key) ?? null;
  return at ? { outcome: "already_in", reason: "", guest, key, at } : { outcome: "admitted", reason: note, guest, key, at };
}

/** Whether a scanned code lets somebody in. A genuine ticket of a guest who registered after the list was fetched lets in
 * once a day, too: the server looks at it later. @param {string} typed @param {Known} known @returns {Promise<Verdict>} */
export async function decideCode(typed, known) {
  const found = FORM.exec(tidy(typed));
  if (!found) return refuse(/[\u3130-\u318f\uac00-\ud7a3\u4e00-\u9fff]/.test(typed) ? "keyboard" : "unknown_code");
  const [, head, roadshow, writtenKey, number, written] = found;
  const signed = await isSigned(head, written, known.event.public_key);
  if (signed === false) return refuse("forged");
  if (value(roadshow) !== known.event.id) return refuse("other_event");
  if (known.event.state === "canceled") return refuse("canceled_event");
  const key = writtenKey.toLowerCase();
  const guest = known.guests.get(key) ?? null;
  if (!guest && !signed) return refuse("unknown_guest");
  if (guest && (value(number) < guest.ticket || (signed === null && value(number) !== guest.ticket))) return refuse("revoked_ticket", guest);
  return decide(key, guest, known, value(number) === guest?.ticket ? "" : "new_ticket");
}

/** Whether every word that is typed stands under what the guest can be found by. @param {string} typed @param {Guest} guest */
export function finds(typed, guest) {
  const plain = typed.normalize("NFKC").toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC");
  const words = plain.replace(/[-'’·.,()（）]/g, " ").split(/\s+/).filter(Boolean);
  return words.every((word) => (guest.find ?? "").includes(word));
}
