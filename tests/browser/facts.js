// What is true of the page at hand, for tests/browser/test_every_page.py.
() => {
  const page = document.documentElement;

  /** Whether an element stands in a run that says it is in another language than the page. */
  const isForeign = (element) => {
    const own = element.closest("[lang]");
    return own !== page && own.lang !== page.lang;
  };

  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode()); ) {
    const holder = node.parentElement;
    const unseen = holder.closest("script, style, bdi, code, template, textarea");
    if (node.textContent.trim() && !unseen && !isForeign(holder)) texts.push(node.textContent.trim());
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"]) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (!isForeign(element)) texts.push(element.getAttribute(name));
    }
  }

  const hasName = (control) =>
    ["aria-label", "aria-labelledby", "title"].some((name) => control.getAttribute(name)) ||
    control.textContent.trim() ||
    [...(control.labels ?? [])].some((label) => label.textContent.trim());
  const controls = ["a[href]", "button", "input:not([type=hidden])", "select", "textarea", "iframe"];
  const shown = (selectors) => [...document.querySelectorAll(selectors)].filter((one) => !one.closest("[hidden]"));
  const ids = shown("[id]:not(input[type=hidden])").map((element) => element.id);

  return {
    lang: page.lang,
    title: document.title,
    headings: document.querySelectorAll("h1").length,
    width: page.scrollWidth,
    texts: [...new Set(texts)],
    nameless: shown(controls.join()).filter((one) => !hasName(one)).map((one) => one.outerHTML.slice(0, 120)),
    twice: ids.filter((id, at) => ids.indexOf(id) !== at),
    pictures: document.querySelectorAll("img:not([alt])").length,
  };
};
