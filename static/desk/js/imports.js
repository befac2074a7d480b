/* The import page: the name of the chosen file beside its button, and a new choice clears the old result. */
(function () {
  "use strict";
  document.addEventListener("change", (event) => {
    if (event.target.id !== "import-file" && event.target.id !== "import-scheme") return;
    const file = document.getElementById("import-file").files[0];
    document.getElementById("import-name").textContent = file ? file.name : "未选择文件";
    document.getElementById("import-result").replaceChildren();
  });
})();
