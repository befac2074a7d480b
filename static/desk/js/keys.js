/* Keys, help and the live region: what every page shares. No key acts while a text field has the focus. */
(function () {
  "use strict";

  const TEXT = "input:not([type=checkbox]):not([type=radio]):not([type=file]):not([type=button]):not([type=submit]), textarea, select, [contenteditable]";
  const handlers = [];
  let chord = "";
  let chordTimer = 0;

  const desk = {
    /* A page registers handler(event, key); it returns true when it used the key. */
    onKey(handler) { handlers.push(handler); },
    inText(element) { return Boolean(element && element.matches && element.matches(TEXT)); },
    say(text) {
      const region = document.getElementById("say");
      if (!region) return;
      region.textContent = "";
      window.requestAnimationFrame(() => { region.textContent = text; });
    },
    visible(element) { return Boolean(element && element.getClientRects().length); },
    press(element) {
      if (!element) return false;
      element.focus({ preventScroll: true });
      element.click();
      return true;
    },
    go(url) { window.location.assign(url); },
  };
  window.desk = desk;

  function help() {
    const dialog = document.getElementById("help");
    if (!dialog) return;
    if (dialog.open) dialog.close(); else dialog.showModal();
  }

  function search() {
    const field = document.getElementById("find");
    if (!field) return false;
    field.focus();
    field.select();
    return true;
  }

  function goChord(key) {
    window.clearTimeout(chordTimer);
    chord = "";
    const chip = document.querySelector(`[data-go="${key}"]`);
    if (chip) chip.click();
    return Boolean(chip);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    const dialog = document.getElementById("help");
    if (dialog && dialog.open) {
      if (event.key === "?") { event.preventDefault(); dialog.close(); }
      return;
    }
    const typing = desk.inText(event.target);
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.altKey || event.metaKey || (event.ctrlKey && key !== "Enter")) return;
    if (typing && key !== "Escape" && key !== "Enter") return;
    if (typing && key === "Escape" && event.target.id === "find") {
      event.preventDefault();
      event.target.blur();
      return;
    }
    if (!typing) {
      if (chord === "g" && /^[1-8]$/.test(key)) { event.preventDefault(); goChord(key); return; }
      if (key === "?") { event.preventDefault(); help(); return; }
      if (key === "/" && search()) { event.preventDefault(); return; }
      if (key === "g" && document.querySelector("[data-go]")) {
        chord = "g";
        window.clearTimeout(chordTimer);
        chordTimer = window.setTimeout(() => { chord = ""; }, 1500);
        event.preventDefault();
        return;
      }
      chord = "";
    }
    for (const handler of handlers) {
      if (handler(event, key, typing)) { event.preventDefault(); return; }
    }
    if (!typing && key.length === 1) {
      const target = Array.from(document.querySelectorAll(`[data-key="${window.CSS.escape(key)}"]`)).find(desk.visible);
      if (target) { event.preventDefault(); desk.press(target); }
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-help]")) help();
  });

  /* A thin line says that something is on its way; it shows only when an answer takes more than 300 ms. */
  let pending = 0;
  let pendingTimer = 0;
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-quiet")) return;
    pending += 1;
    window.clearTimeout(pendingTimer);
    pendingTimer = window.setTimeout(() => {
      const line = document.getElementById("busy");
      if (pending && line) line.classList.add("is-on");
    }, 300);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.elt.hasAttribute("data-quiet")) return;
    pending = Math.max(pending - 1, 0);
    if (pending) return;
    window.clearTimeout(pendingTimer);
    const line = document.getElementById("busy");
    if (line) line.classList.remove("is-on");
  });
})();
