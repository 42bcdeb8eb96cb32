// Adds the viewer's own clock to times whose two cities show another one, and brings "now and next" up to date.

/** @param {Date} moment @param {string} zone @returns {string} how far that zone's clock is from UTC then */
const offset = (moment, zone) =>
  new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(moment)
    .find((part) => part.type === "timeZoneName")?.value ?? "";

const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
const language = document.documentElement.lang || "en";
const word = document.querySelector("[data-own-clock]")?.getAttribute("data-own-clock") ?? own;
const clock = new Intl.DateTimeFormat(language, {
  month: "short",
  day: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

for (const line of document.querySelectorAll("[data-starts]")) {
  if (!(line instanceof HTMLElement) || !own) continue;
  const start = new Date(line.dataset.starts ?? "");
  const shown = (line.dataset.zones ?? "").split(" ").filter(Boolean);
  if (Number.isNaN(start.getTime()) || shown.some((zone) => offset(start, zone) === offset(start, own))) continue;
  const added = document.createElement("span");
  added.className = "own-time";
  added.textContent = `${clock.format(start)} ${word}`;
  line.append(added);
}

const changing = document.querySelector("[data-changes-at]");
if (changing instanceof HTMLElement) {
  const wait = new Date(changing.dataset.changesAt ?? "").getTime() - Date.now();
  // A little after the moment, so that all viewers don't come at once and the server has passed it, too.
  if (wait > 0 && wait < 86_400_000) setTimeout(() => location.reload(), wait + 1000 + Math.random() * 4000);
}
