// Sort, filter and show all rows. Totals stay at the foot. Works from a file share.
(function () {
  "use strict";
  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }
  function value(row, at) {
    var cell = row.cells[at], raw = cell.getAttribute("data-v");
    var text = raw === null ? cell.textContent.trim() : raw, number = Number(text);
    return text === "" || text === "None" || text === "—" ? null : isNaN(number) ? text : number;
  }
  function compare(a, b) {
    if (a === null || b === null) { return a === b ? 0 : a === null ? 1 : -1; }
    if (typeof a === "number" && typeof b === "number") { return b - a; }
    return String(a).localeCompare(String(b), document.documentElement.lang);
  }
  each("table.sortable", function (table) {
    var body = table.tBodies[0];
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (head, at) {
      if (!head.textContent.trim()) { return; }
      head.tabIndex = 0;
      function sort() {
        var up = head.getAttribute("aria-sort") === "descending";
        var rows = Array.prototype.slice.call(body.rows);
        var fixed = rows.filter(function (row) { return row.classList.contains("total"); });
        rows = rows.filter(function (row) { return !row.classList.contains("total"); });
        rows.sort(function (a, b) {
          var x = value(a, at), y = value(b, at);
          return x === null || y === null ? compare(x, y) : up ? -compare(x, y) : compare(x, y);
        });
        Array.prototype.forEach.call(table.tHead.rows[0].cells, function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        rows.concat(fixed).forEach(function (row) { body.appendChild(row); });
        table.classList.add("shown");
      }
      head.addEventListener("click", sort);
      head.addEventListener("keydown", function (event) {
        if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
      });
    });
  });
  each("input[data-filter]", function (input) {
    var table = input.parentNode.parentNode.querySelector("table");
    input.addEventListener("input", function () {
      var wanted = input.value.trim().toLowerCase();
      table.classList.toggle("filtering", wanted !== "");
      Array.prototype.forEach.call(table.tBodies[0].rows, function (row) {
        row.hidden = wanted !== "" && row.textContent.toLowerCase().indexOf(wanted) < 0;
      });
    });
  });
  each("button[data-all]", function (button) {
    var table = button.previousElementSibling, all = button.textContent;
    button.addEventListener("click", function () {
      var open = table.classList.toggle("shown");
      button.textContent = open ? button.getAttribute("data-fewer") : all;
    });
  });
})();
