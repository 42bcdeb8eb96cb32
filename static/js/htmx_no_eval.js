// htmx 4 has no setting against evaluating code in attributes (hx-on:*, "js:" values, trigger filters); the content
// security policy stops it with an error in the middle of htmx's own work. This extension, the only one that the
// meta tag approves, puts a refusal in the place of both constructors, so the rest of the element still works.
(() => {
  const tell = (element) => console.error("htmx: code in attributes is not run on this site", element);
  const refuse = function () {
    return { call: tell };
  };
  const refuseLater = function () {
    return { call: async (element) => tell(element) };
  };
  window.htmx.registerExtension("no-eval", {
    init(api) {
      api.initSecurity(null, refuse, refuseLater);
    },
  });
})();
