/* The case page: findings and their evidence, the decision bar with its faces, drafts that survive a reload of the case. */
(function () {
  "use strict";
  const desk = window.desk;
  const drafts = new Map();
  let face = "choose";
  let opener = null;
  let resume = "";

  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));
  const page = () => $("main.case");

  /* -- Findings ------------------------------------------------------------------------------------------------ */
  function choose(element, focus) {
    if (!element) return false;
    $$("[data-finding]").forEach((other) => {
      const on = other === element;
      other.classList.toggle("is-current", on);
      const button = $(".f__t", other);
      if (button) button.setAttribute("aria-pressed", String(on));
      if (other.matches(".ok")) {
        other.setAttribute("aria-expanded", String(on));
        $(".more", other).hidden = !on;
      }
    });
    const rule = element.dataset.finding;
    const strips = $$("[data-strip]");
    const own = strips.find((strip) => strip.dataset.strip === rule);
    strips.forEach((strip) => { strip.hidden = own ? strip !== own : true; });
    element.scrollIntoView({ block: "nearest" });
    if (focus) ($(".f__t", element) || element).focus({ preventScroll: true });
    element.dataset.seen = "1";
    const codes = element.dataset.documents.split(",").filter(Boolean);
    if (codes.length) desk.viewer.open(codes);
    seen();
    return true;
  }

  function step(by) {
    const all = $$(".f[data-finding]");
    if (!all.length) return false;
    const index = all.findIndex((item) => item.classList.contains("is-current"));
    return choose(all[(index + by + all.length) % all.length], true);
  }

  function passes(open) {
    const list = $("#passes");
    if (!list) return;
    list.hidden = !open;
    $("#passes-toggle").setAttribute("aria-expanded", String(open));
  }

  function seen() {
    const target = $("#seen");
    if (!target || target.dataset.fixed) return;
    const documents = $$("[data-doc]");
    const findings = $$(".f[data-finding]");
    target.textContent = `材料已看 ${documents.filter((tab) => tab.classList.contains("is-seen")).length} / ${documents.length}`
      + (findings.length ? `　结论已看 ${findings.filter((item) => item.dataset.seen).length} / ${findings.length}` : "");
  }
  document.addEventListener("desk:seen", seen);

  /* -- Faces of the decision bar ------------------------------------------------------------------------------- */
  function show(name) {
    face = name;
    $$("[data-face]").forEach((row) => { row.hidden = row.dataset.face !== name; });
    $$("[data-drawer]").forEach((drawer) => { drawer.hidden = drawer.dataset.drawer !== name; });
  }

  function openFace(button) {
    const name = button.dataset.faceOpen;
    if (button.getAttribute("aria-disabled") === "true") {
      button.focus();
      const why = $("#why");
      const text = document.getElementById(button.getAttribute("aria-describedby")).textContent;
      const word = document.createElement("b");
      word.textContent = text;
      why.replaceChildren(word);
      desk.say(text);
      return;
    }
    opener = button;
    show(name);
    const drawer = $(`[data-drawer="${name}"]`);
    const row = $(`[data-face="${name}"]`);
    if (drawer) {
      counted(drawer);
      const comment = $("textarea[aria-required]", drawer);
      (comment || $("h2", drawer)).focus();
    } else $("[data-confirm]", row).focus();
    desk.say($(".dec__why", row).textContent);
  }

  function closeFace() {
    show("choose");
    if (opener && document.contains(opener)) opener.focus();
  }

  function confirmFace() {
    const form = $(`form[data-face="${face}"], [data-drawer="${face}"] form`);
    if (form) form.requestSubmit();
    return Boolean(form);
  }

  function counted(drawer) {
    const chosen = $$('input[name="reasons"]:checked', drawer).map((box) => box.value);
    const count = $("[data-count]", drawer);
    if (count) count.textContent = chosen.length ? `已选 ${chosen.length}，可多选` : "可多选";
    const row = $(`[data-face="${drawer.dataset.drawer}"] [data-chosen]`);
    if (row && chosen.length) row.textContent = `${$("h2", drawer).textContent} ${chosen.length} 项：${chosen.join("、")}`;
    else if (row) row.textContent = $("h2", drawer).textContent;
  }

  /* -- Drafts: what was typed is kept while the case is drawn anew --------------------------------------------- */
  const draftKey = (element) => `${page().dataset.case} ${element.dataset.draft}`;

  function keep(element) {
    if (!element.dataset || !element.dataset.draft || !page()) return;
    drafts.set(draftKey(element), element.type === "checkbox" ? element.checked : element.value);
  }

  function restore() {
    $$("[data-draft]").forEach((element) => {
      const value = drafts.get(draftKey(element));
      if (value === undefined) return;
      if (element.type === "checkbox") element.checked = value; else element.value = value;
    });
  }

  /* -- A case was drawn ---------------------------------------------------------------------------------------- */
  function start() {
    if (!page()) return;
    document.title = page().dataset.title;
    show("choose");
    desk.viewer.start();
    restore();
    const first = $(".f[data-finding]");
    if (first) choose(first, false);
    if ($("#seen") && $("#seen").textContent.trim()) $("#seen").dataset.fixed = "1";
    seen();
    if (page().dataset.done) { status(page().dataset.done); desk.say(page().dataset.done); }
    if (resume) {
      const button = $(`[data-face-open="${resume}"]`);
      resume = "";
      if (button) openFace(button);
    }
  }

  function status(text) {
    $$(".status").forEach((old) => old.remove());
    const box = document.createElement("div");
    box.className = "status";
    box.textContent = text;
    (page() || document.body).append(box);
    window.setTimeout(() => box.remove(), 4000);
  }

  desk.showTab = function showTab(name) {
    if (!page() || !desk.visible($(".tabs"))) return;
    page().dataset.tab = name;
    $$(".tabs [role=tab]").forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
      tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
    });
    window.dispatchEvent(new Event("resize"));
  };

  document.addEventListener("click", (event) => {
    const target = event.target;
    const tab = target.closest(".tabs [data-tab]");
    if (tab) { desk.showTab(tab.dataset.tab); return; }
    const action = target.closest("[data-face-open]");
    if (action) { openFace(action); return; }
    if (target.closest("[data-face-close]")) { closeFace(); return; }
    if (target.closest("#passes-toggle")) { passes($("#passes").hidden); return; }
    if (target.closest("[data-resume]")) resume = face === "choose" ? "" : face;
    if (target.closest("[data-dismiss]")) { $("#banner").replaceChildren(); page().focus(); return; }
    if (target.closest("#reveal-open")) { const form = $("#reveal"); form.hidden = false; target.closest("#reveal-open").setAttribute("aria-expanded", "true"); $("select", form).focus(); return; }
    if (target.closest("#reveal-close")) { $("#reveal").hidden = true; $("#reveal-open").setAttribute("aria-expanded", "false"); $("#reveal-open").focus(); return; }
    const finding = target.closest("[data-finding]");
    if (finding && !target.closest("form, [data-open]")) choose(finding, false);
  });

  document.addEventListener("input", (event) => {
    keep(event.target);
    if (event.target.matches("[data-filter]")) {
      const wanted = event.target.value.trim().toLowerCase();
      $$(".rc", event.target.closest("form")).forEach((line) => {
        line.hidden = Boolean(wanted) && !line.dataset.text.toLowerCase().includes(wanted);
      });
    }
  });
  document.addEventListener("change", (event) => {
    keep(event.target);
    const drawer = event.target.closest("[data-drawer]");
    if (drawer) counted(drawer);
  });

  desk.onKey((event, key, typing) => {
    if (!page()) return false;
    const at = event.target;
    if (key === "Escape") {
      if (face !== "choose") { closeFace(); return true; }
      if (typing) { at.blur(); page().focus(); return true; }
      desk.go(page().dataset.back);
      return true;
    }
    if (key === "Enter") {
      if (face === "choose") {
        const form = event.ctrlKey && at.closest("form");
        if (form) { const first = $("button", form); if (first) form.requestSubmit(first); return true; }
        return false;
      }
      if (typing && at.tagName === "TEXTAREA" && !event.ctrlKey) return false;
      if (at.closest("[data-face-close], a, .docs, .pane__bar") && !event.ctrlKey) return false;
      return confirmFace();
    }
    if (typing) return false;
    if (/^[1-9]$/.test(key)) return choose($(`[data-number="${key}"]`), true);
    if (key === "[") return step(-1);
    if (key === "]") return step(1);
    return false;
  });

  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "main" || event.detail.elt.id === "main") {
      start();
      if (!document.activeElement || document.activeElement === document.body) page().focus();
    }
  });
  document.addEventListener("htmx:sendError", () => failed("网络中断，内容已保留在本页，恢复后可重试。"));
  document.addEventListener("htmx:responseError", (event) => {
    const code = event.detail.xhr.status;
    if (code === 401 || code === 403) failed("登录已失效或没有权限。请在新页面登录后回到本页重试，已填内容没有丢失。");
    else if (code === 404) failed("本件不在您的权限范围内，或已移交。");
    else failed("系统没有完成这次提交，内容已保留在本页，请稍后重试。");
  });

  function failed(text) {
    const banner = $("#banner");
    if (!banner) return;
    const box = document.createElement("div");
    box.className = "ban ban--bad";
    const words = document.createElement("div");
    const head = document.createElement("b");
    head.textContent = "没有提交成功";
    words.append(head, text);
    box.append(words);
    banner.replaceChildren(box);
  }

  document.addEventListener("DOMContentLoaded", start);
})();
