// Full-width digits and signs, as an IME types them, become plain ones while a person types a number.

const WIDE = "０１２３４５６７８９．。，－＋";
const PLAIN = "0123456789..,-+";

/**
 * The text with full-width digits, points, commas and signs as ASCII; anything else stays as it is.
 * @param {string} text
 * @returns {string}
 */
export function fold(text) {
  return text.replace(/[０-９．。，－＋]/g, (wide) => PLAIN[WIDE.indexOf(wide)]);
}

/**
 * Fold what stands in the input, the caret where it was. Not in the middle of a composition: that would break the IME.
 * @param {HTMLInputElement} input
 */
export function foldInput(input) {
  const folded = fold(input.value);
  if (folded === input.value) return;
  const caret = input.selectionStart;
  input.value = folded;
  if (caret !== null) input.setSelectionRange(caret, caret);
}

document.addEventListener("input", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !("fold" in input.dataset)) return;
  if (event instanceof InputEvent && event.isComposing) return;
  foldInput(input);
}, true);

document.addEventListener("compositionend", (event) => {
  if (event.target instanceof HTMLInputElement && "fold" in event.target.dataset) foldInput(event.target);
}, true);
