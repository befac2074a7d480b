/* Documents: two panes over a list of pages that are zoomed, turned and leafed through. The portal draws every page
   (pictures and PDF alike) as an image of its own, so a pane knows only images. */
(function () {
  "use strict";
  const desk = window.desk;
  const MOST = 6;
  const LEAST = 0.1;
  let panes = [];
  let active = 0;

  const $ = (selector, root) => (root || document).querySelector(selector);
  const $$ = (selector, root) => Array.from((root || document).querySelectorAll(selector));

  /* One leaf of one file: what a pane shows at a time. */
  function leaves(code) {
    const found = [];
    $$(`#pages li[data-code="${window.CSS.escape(code)}"]`).forEach((item) => {
      const count = Number(item.dataset.count || 1);
      for (let leaf = 1; leaf <= count; leaf += 1) found.push({ item, leaf });
    });
    return found;
  }

  class Pane {
    constructor(element) {
      this.element = element;
      this.well = $("[data-well]", element);
      this.code = "";
      this.index = 0;
      this.turn = 0;
      this.scale = 0;
      this.size = null;
      this.ticket = 0;
      this.watch = new window.ResizeObserver(() => { if (this.size && !this.scale) this.lay(); });
      this.watch.observe(this.well);
      this.drag();
    }

    open(code, index) {
      const all = leaves(code);
      if (!all.length) return;
      this.code = code;
      this.index = Math.min(Math.max(index || 0, 0), all.length - 1);
      this.turn = 0;
      this.scale = 0;
      this.show(all);
    }

    show(all) {
      const { item, leaf } = all[this.index];
      const data = item.dataset;
      $("[data-name]", this.element).textContent = data.title;
      $("[data-page]", this.element).textContent = data.kind === "none" ? "未提交" : `第 ${this.index + 1} / ${all.length} 页`;
      const confirm = $("[data-confirm]", this.element);
      confirm.replaceChildren();
      const template = $("template", item);
      if (template) {
        confirm.append(template.content.cloneNode(true));
        if (window.htmx) window.htmx.process(confirm);
      }
      const alone = all.length < 2;
      $('[data-act="prev"]', this.element).hidden = alone;
      $('[data-act="next"]', this.element).hidden = alone;
      const none = data.kind === "none";
      ["in", "out", "rotate", "fit"].forEach((act) => { $(`[data-act="${act}"]`, this.element).hidden = none; });
      mark(this.code);
      this.draw(data, leaf);
    }

    draw(data, leaf) {
      this.ticket += 1;
      const ticket = this.ticket;
      this.size = null;
      if (data.kind === "none") { this.message(data.none, ""); return; }
      const wait = window.setTimeout(() => { if (ticket === this.ticket) this.skeleton(); }, 300);
      const done = () => window.clearTimeout(wait);
      this.drawImage(data, leaf, ticket).then(done, () => {
        done();
        if (ticket === this.ticket) this.message("材料没有载入", "网络中断或文件不可读。请重试；仍不能打开的，可退回补正。");
      });
    }

    drawImage(data, leaf, ticket) {
      const image = new window.Image();
      image.alt = `${data.title}，第 ${this.index + 1} 页`;
      image.draggable = false;
      image.src = `${data.url}${leaf}/`;
      return image.decode().then(() => {
        if (ticket !== this.ticket) return;
        this.leaf(image);
      });
    }

    leaf(image) {
      const leaf = document.createElement("div");
      leaf.className = "leaf";
      leaf.append(image);
      this.well.replaceChildren(leaf);
      this.size = { leaf, face: image, width: image.naturalWidth, height: image.naturalHeight };
      this.lay();
    }

    skeleton() {
      const bars = document.createElement("div");
      bars.className = "sk";
      bars.setAttribute("aria-busy", "true");
      bars.setAttribute("aria-label", "正在载入");
      for (let n = 0; n < 5; n += 1) bars.append(document.createElement("i"));
      this.well.replaceChildren(bars);
    }

    message(title, text) {
      const box = document.createElement("div");
      box.className = "pane__none";
      const head = document.createElement("b");
      head.textContent = title;
      const body = document.createElement("span");
      body.textContent = text;
      box.append(head, body);
      this.well.replaceChildren(box);
    }

    sideways() { return this.turn % 180 !== 0; }

    fit() {
      const { width, height } = this.size;
      const wide = this.sideways() ? height : width;
      const style = window.getComputedStyle(this.well);
      const room = this.well.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return Math.max(room / wide, LEAST);
    }

    whole() {
      const { width, height } = this.size;
      const [wide, high] = this.sideways() ? [height, width] : [width, height];
      return Math.max(Math.min((this.well.clientWidth - 20) / wide, (this.well.clientHeight - 20) / high), LEAST);
    }

    lay() {
      if (!this.size) return;
      const { leaf, face, width, height } = this.size;
      const scale = this.scale || this.fit();
      const [wide, high] = this.sideways() ? [height, width] : [width, height];
      leaf.style.width = `${wide * scale}px`;
      leaf.style.height = `${high * scale}px`;
      face.style.width = `${width * scale}px`;
      face.style.height = `${height * scale}px`;
      face.style.transform = `translate(-50%, -50%) rotate(${this.turn}deg)`;
    }

    zoom(by) {
      if (!this.size) return;
      const before = this.scale || this.fit();
      const middle = [this.well.scrollLeft + this.well.clientWidth / 2, this.well.scrollTop + this.well.clientHeight / 2];
      this.scale = Math.min(Math.max(before * by, LEAST), Math.max(MOST, this.fit() * 4));
      this.lay();
      const grown = this.scale / before;
      this.well.scrollLeft = middle[0] * grown - this.well.clientWidth / 2;
      this.well.scrollTop = middle[1] * grown - this.well.clientHeight / 2;
    }

    act(name) {
      const all = leaves(this.code);
      if (name === "in") this.zoom(1.25);
      if (name === "out") this.zoom(0.8);
      if (name === "rotate" && this.size) { this.turn = (this.turn + 90) % 360; this.scale = 0; this.lay(); }
      if (name === "fit" && this.size) { this.scale = this.scale && this.scale === this.whole() ? 0 : this.whole(); this.lay(); }
      if (name === "prev" || name === "next") {
        const index = this.index + (name === "next" ? 1 : -1);
        if (index < 0 || index >= all.length) return;
        this.open(this.code, index);
        desk.say(`第 ${this.index + 1} 页，共 ${all.length} 页`);
      }
    }

    drag() {
      let from = null;
      this.well.addEventListener("pointerdown", (event) => {
        if (event.button !== 0 || event.pointerType === "touch" || !event.target.closest(".leaf")) return;
        from = { x: event.clientX, y: event.clientY, left: this.well.scrollLeft, top: this.well.scrollTop };
        this.well.classList.add("is-drag");
        this.well.setPointerCapture(event.pointerId);
      });
      this.well.addEventListener("pointermove", (event) => {
        if (!from) return;
        this.well.scrollLeft = from.left - (event.clientX - from.x);
        this.well.scrollTop = from.top - (event.clientY - from.y);
      });
      const stop = () => { from = null; this.well.classList.remove("is-drag"); };
      this.well.addEventListener("pointerup", stop);
      this.well.addEventListener("pointercancel", stop);
      this.well.addEventListener("wheel", (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoom(event.deltaY < 0 ? 1.1 : 0.9);
      }, { passive: false });
    }
  }

  function mark(code) {
    const tab = document.getElementById(`doc-${code}`);
    if (tab) {
      tab.classList.add("is-seen");
      tab.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    const open = panes.filter((pane) => !pane.element.hidden).map((pane) => pane.code);
    $$("[data-doc]").forEach((other) => {
      const chosen = open.includes(other.dataset.doc);
      other.setAttribute("aria-selected", String(chosen));
    });
    const roving = $$("[data-doc]");
    const first = roving.find((other) => other.dataset.doc === (panes[active] || {}).code) || roving[0];
    roving.forEach((other) => { other.tabIndex = other === first ? 0 : -1; });
    desk.seen = new Set($$("[data-doc].is-seen").map((other) => other.dataset.doc));
    document.dispatchEvent(new CustomEvent("desk:seen"));
  }

  function activate(index) {
    active = index;
    panes.forEach((pane, n) => pane.element.classList.toggle("is-active", n === index));
  }

  function comparing() { return panes.length > 1 && !panes[1].element.hidden; }

  function compare(on) {
    if (panes.length < 2) return;
    panes[1].element.hidden = !on;
    $("#panes").classList.toggle("panes--one", !on);
    $("#compare").setAttribute("aria-pressed", String(on));
    if (!on) activate(0);
    if (on && !panes[1].code) {
      const other = $$("[data-doc]").find((tab) => tab.dataset.doc !== panes[0].code);
      if (other) panes[1].open(other.dataset.doc, 0);
    }
    panes.forEach((pane) => pane.lay());
    if (panes[0].code) mark(panes[0].code);
  }

  const viewer = {
    /* Opens the documents that a finding points to: one, or two side by side. */
    open(codes) {
      const known = codes.filter((code) => document.getElementById(`doc-${code}`));
      if (!known.length || !panes.length) return;
      panes[0].open(known[0], 0);
      if (known.length > 1) {
        panes[1].open(known[1], 0);
        compare(true);
      }
      activate(0);
    },
    start() {
      panes.forEach((pane) => pane.watch.disconnect());
      panes = $$("[data-pane]").map((element) => new Pane(element));
      active = 0;
      if (!panes.length) return;
      const tabs = $$("[data-doc]").filter((tab) => leaves(tab.dataset.doc)[0].item.dataset.kind !== "none");
      if (window.innerWidth >= 1700 && tabs.length > 1) viewer.open(tabs.slice(-2).map((tab) => tab.dataset.doc));
      else if (tabs.length) panes[0].open(tabs[0].dataset.doc, 0);
      else if ($("[data-doc]")) panes[0].open($("[data-doc]").dataset.doc, 0);
      activate(0);
    },
  };
  desk.viewer = viewer;

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-doc]");
    if (tab) { panes[active].open(tab.dataset.doc, 0); return; }
    const source = event.target.closest("[data-open]");
    if (source) { panes[active].open(source.dataset.open, 0); desk.showTab && desk.showTab("documents"); return; }
    if (event.target.closest("#compare")) { compare(!comparing()); return; }
    const element = event.target.closest("[data-pane]");
    if (!element) return;
    const index = panes.findIndex((pane) => pane.element === element);
    activate(index);
    const act = event.target.closest("[data-act]");
    if (act) panes[index].act(act.dataset.act);
  });
  document.addEventListener("focusin", (event) => {
    const element = event.target.closest && event.target.closest("[data-pane]");
    if (element) activate(panes.findIndex((pane) => pane.element === element));
  });

  desk.onKey((event, key, typing) => {
    if (typing || !panes.length) return false;
    const tab = event.target.closest && event.target.closest("[data-doc]");
    if (tab && (key === "ArrowRight" || key === "ArrowLeft")) {
      const all = $$("[data-doc]");
      const next = all[(all.indexOf(tab) + (key === "ArrowRight" ? 1 : all.length - 1)) % all.length];
      next.focus();
      next.click();
      return true;
    }
    const act = { "+": "in", "=": "in", "-": "out", 0: "fit", z: "rotate", PageDown: "next", PageUp: "prev" }[key];
    if (!act) return false;
    panes[active].act(act);
    return true;
  });
})();
