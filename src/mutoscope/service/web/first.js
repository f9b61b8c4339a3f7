// Runs before anything is painted, as a plain script: it sets the theme, so that nothing flashes, and it
// answers where the modules do not start at all.
(function () {
  var kept = null;
  try {
    kept = localStorage.getItem("mutoscope.theme");
  } catch (_error) {
    kept = null; // storage is switched off
  }
  var light = window.matchMedia && window.matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = kept === "light" || kept === "dark" ? kept : light ? "light" : "dark";

  function broken() {
    var place = document.getElementById("broken");
    if (place && !("mutoscopeStarted" in window)) place.hidden = false;
  }
  window.addEventListener(
    "error",
    function (event) {
      var where = event.target;
      if (where instanceof HTMLScriptElement) broken();
    },
    true,
  );
  window.addEventListener("load", function () {
    setTimeout(broken, 4000);
  });
})();
