// Marks the entries of a judge's list whose scores are still in this browser only.

const note = document.getElementById("unsent");
if (note) {
  // The page's address without its language is the sheets' address without "/api/v1/sheets".
  const place = (note.dataset.prefix ?? "").replace(/^\/\w+\/j/, "");
  const start = `jiachi:marks:${note.dataset.person}:/api/v1/sheets${place}/`;
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith(start)) continue;
    const row = document.querySelector(`[data-sheet="${CSS.escape(key.slice(start.length))}"]`);
    if (!row) continue;
    row.classList.add("is-unsent");
    note.hidden = false;
  }
}
