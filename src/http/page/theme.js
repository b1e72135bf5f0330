// The reader's choice of colours, applied before the first paint. Without a choice the system's counts.
(function () {
  "use strict";
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function stored() {
    try { return window.localStorage.getItem("copydesk-theme"); } catch (_) { return null; }
  }
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
  }
  function label() {
    var button = document.getElementById("theme");
    if (!button) { return; }
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  }

  var choice = stored();
  if (choice === "dark" || choice === "light") { root.dataset.theme = choice; }
  document.addEventListener("DOMContentLoaded", function () {
    label();
    dark.addEventListener("change", label);
    document.getElementById("theme").addEventListener("click", function () {
      root.dataset.theme = isDark() ? "light" : "dark";
      try { window.localStorage.setItem("copydesk-theme", root.dataset.theme); } catch (_) { /* for this visit only */ }
      label();
    });
  });
})();
