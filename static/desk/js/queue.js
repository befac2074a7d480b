/* The queue: a cursor moved by keys, chosen rows, the panel of conditions. */
(function () {
  "use strict";
  const desk = window.desk;
  const STORE = "desk.queue.cursor";

  const rows = () => Array.from(document.querySelectorAll("tr[data-url]"));
  const current = () => document.querySelector("tr.is-cursor");

  function move(row, focus) {
    if (!row) return;
    rows().forEach((other) => other.classList.toggle("is-cursor", other === row));
    row.scrollIntoView({ block: "nearest" });
    if (focus) row.querySelector("a.no").focus({ preventScroll: true });
    try { window.sessionStorage.setItem(STORE, row.dataset.url); } catch (error) { /* storage may be off; the cursor then starts at the top */ }
  }

  function step(by) {
    const all = rows();
    if (!all.length) return false;
    const index = all.indexOf(current());
    move(all[Math.min(Math.max(index + by, 0), all.length - 1)], true);
    return true;
  }

  function boxes() { return Array.from(document.querySelectorAll("td.pick input")); }

  function showChosen() {
    const bar = document.getElementById("chosen");
    if (!bar) return;
    const chosen = boxes().filter((box) => box.checked);
    let fen = 0;
    boxes().forEach((box) => {
      const row = box.closest("tr");
      if (box.checked) { row.setAttribute("aria-selected", "true"); fen += Number(row.dataset.fen || 0); } else row.removeAttribute("aria-selected");
    });
    bar.hidden = !chosen.length;
    document.getElementById("chosen-count").textContent = `已选 ${chosen.length} 件`;
    document.getElementById("chosen-sum").textContent = (fen / 100).toLocaleString("zh-CN", { minimumFractionDigits: 2 });
    const list = document.getElementById("chosen-cases");
    list.replaceChildren(...chosen.map((box) => {
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = "case";
      field.value = box.value;
      return field;
    }));
    const all = document.getElementById("pick-all");
    all.checked = chosen.length > 0 && chosen.length === boxes().length;
    all.indeterminate = chosen.length > 0 && !all.checked;
  }

  function clearChosen() {
    boxes().forEach((box) => { box.checked = false; });
    showChosen();
  }

  function toggleFilters(open) {
    const panel = document.getElementById("filters");
    const button = document.getElementById("filters-open");
    if (!panel || !button) return;
    panel.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) panel.querySelector("select, input:not([type=hidden])").focus(); else button.focus();
  }

  desk.onKey((event, key, typing) => {
    if (typing) {
      const panel = document.getElementById("filters");
      if (key === "Escape" && panel && panel.contains(event.target)) { toggleFilters(false); return true; }
      return false;
    }
    if (key === "ArrowDown" || key === "j") return step(1);
    if (key === "ArrowUp" || key === "k") return step(-1);
    if (key === "x") {
      const box = current() && current().querySelector("td.pick input");
      if (!box) return false;
      box.checked = !box.checked;
      showChosen();
      return true;
    }
    if (key === "Enter") {
      const at = document.activeElement;
      if (at && at !== document.body && !at.matches("tr *, #rows, #main")) return false;
      if (at && at.matches("a, button, input")) return at.matches("input") ? (current() && (desk.go(current().dataset.url), true)) : false;
      if (!current()) return false;
      desk.go(current().dataset.url);
      return true;
    }
    if (key === "Escape") {
      const panel = document.getElementById("filters");
      if (panel && !panel.hidden) { toggleFilters(false); return true; }
      if (boxes().some((box) => box.checked)) { clearChosen(); return true; }
    }
    return false;
  });

  document.addEventListener("change", (event) => {
    if (event.target.id === "pick-all") { boxes().forEach((box) => { box.checked = event.target.checked; }); showChosen(); }
    if (event.target.closest("td.pick")) { move(event.target.closest("tr"), false); showChosen(); }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#filters-open")) toggleFilters(document.getElementById("filters").hidden);
    if (event.target.closest("#chosen-clear")) clearChosen();
    const row = event.target.closest("tr[data-url]");
    if (!row || event.target.closest("a, input, button")) return;
    move(row, false);
    if (!String(window.getSelection())) desk.go(row.dataset.url);
  });
  document.addEventListener("focusin", (event) => {
    const row = event.target.closest && event.target.closest("tr[data-url]");
    if (row) move(row, false);
  });

  document.addEventListener("DOMContentLoaded", () => {
    let last = "";
    try { last = window.sessionStorage.getItem(STORE) || ""; } catch (error) { last = ""; }
    move(rows().find((row) => row.dataset.url === last) || rows()[0], false);
    showChosen();
    if (document.querySelector("#filters [aria-invalid]")) toggleFilters(true);
  });
})();
