// A click on a figure says how it comes about: its formula, its parts with their values, and the lines with their cells.
(function () {
  "use strict";
  var words = {/* words */}, told = JSON.parse(document.getElementById("reasons").textContent), at = {}, seen = [], box = null;
  Object.keys(told.tables).forEach(function (table) {
    Object.keys(told.tables[table]).forEach(function (name) {
      var column = told.tables[table][name];
      for (var row = 0; row * 8 < column.n.length; row++) {
        var number = column.n.substr(row * 8, 8);
        if (number.charAt(0) !== "-" && !at[number]) { at[number] = { table: table, name: name, row: row, column: column }; }
      }
    });
  });
  function make(tag, text, kind) {
    var made = document.createElement(tag);
    if (text) { made.textContent = text; }
    if (kind) { made.className = kind; }
    return made;
  }
  function grouped(text) {
    var parts = text.replace("-", "\u2212").split(".");
    parts[0] = parts[0].replace(/\B(?=(\d{3})+$)/g, ",");
    return parts.join(".");
  }
  function scaled(value, zeros, least) {
    var digits = String(Math.abs(value));
    while (digits.length <= zeros) { digits = "0" + digits; }
    var rest = digits.slice(-zeros).replace(/0+$/, "");
    while (rest.length < least) { rest += "0"; }
    return (value < 0 ? "-" : "") + digits.slice(0, -zeros) + (rest ? "." + rest : "");
  }
  function shown(value, meaning) {
    if (value === null) { return "—"; }
    if (typeof value === "string") { return value; }
    if (meaning === "money" || meaning === "money_wan") { return grouped(scaled(value, 4, 2)); }
    if (meaning === "qty") { return grouped(scaled(value, 4, 0)); }
    if (meaning === "price") { return grouped(scaled(value, 8, 2)); }
    if (meaning === "share") { return grouped((value * 100).toFixed(2)) + "%"; }
    if (meaning === "points") { return grouped((value * 100).toFixed(2)) + "pp"; }
    return grouped(String(Math.round(value * 10000) / 10000));
  }
  function close() { if (box) { box.remove(); box = null; } }
  function show(number, anchor) {
    var found = at[number];
    if (!found) { return; }
    var one = found.column, row = found.row, place = anchor.getBoundingClientRect(), added = (one.s || []).indexOf(row) >= 0,
      reason = one.c ? one.k[one.c[row]] : [one.f, one.p];
    close();
    box = make("div", "", "reason");
    box.setAttribute("role", "dialog");
    var top = make("p", "", "top-line"), quit = make("button", "×");
    quit.setAttribute("aria-label", words.close);
    quit.addEventListener("click", function () { seen = []; close(); anchor.focus(); });
    top.appendChild(make("span", "N-" + number, "number"));
    if (seen.length) {
      var back = make("button", "‹ " + words.back);
      back.addEventListener("click", function () { show(seen.pop(), anchor); });
      top.appendChild(back);
    }
    top.appendChild(quit);
    box.appendChild(top);
    box.appendChild(make("h4", named(anchor, one)));
    box.appendChild(make("p", shown(one.v[row], one.m), "amount"));
    box.appendChild(make("p", added ? words.sum : reason[0], "formula"));
    var list = make("table");
    (added ? [] : reason[1]).forEach(function (name) {
      var part = told.tables[found.table][name], line = list.insertRow(), value = shown(part.v[row], part.m);
      line.insertCell().textContent = part.h;
      var cell = line.insertCell(), code = part.n.substr(row * 8, 8);
      if (code.charAt(0) === "-" || code === number) { cell.textContent = value; return; }
      var link = make("a", value);
      link.href = "#N-" + code;
      link.addEventListener("click", function (event) {
        event.preventDefault();
        seen.push(number);
        at[code] = { table: found.table, name: name, row: row, column: part };
        show(code, anchor);
      });
      cell.appendChild(link);
    });
    if (list.rows.length) { box.appendChild(list); }
    ((one.l || [])[row] || []).forEach(function (ref) { box.appendChild(lines(ref, number, one)); });
    document.body.appendChild(box);
    // Within the page, and above the figure where there is no room below.
    var page = document.querySelector(".page").getBoundingClientRect(), seen_width = document.documentElement.clientWidth;
    var most = Math.min(page.right, seen_width) - box.offsetWidth - 12;
    box.style.left = Math.max(Math.max(page.left, 0) + 8, Math.min(place.left, most)) + window.scrollX + "px";
    var under = place.bottom + 4 + box.offsetHeight <= window.innerHeight || place.top < box.offsetHeight + 4;
    box.style.top = (under ? place.bottom + 4 : place.top - 4 - box.offsetHeight) + window.scrollY + "px";
    quit.focus({ preventScroll: true });
  }
  function named(anchor, one) {
    var row = anchor.closest("tr"), tile = anchor.closest(".tile"), said = [one.h];
    if (tile && tile.querySelector(".label").textContent !== one.h) { said.unshift(tile.querySelector(".label").textContent); }
    if (row) {
      Array.prototype.forEach.call(row.cells, function (cell) {
        var text = cell.textContent.trim();
        var figure = /\b(num|draw|bar|grade|date)\b/.test(cell.className) || cell.querySelector("a.why");
        if (!figure && text && said.length < 4) { said.splice(said.length - 1, 0, text); }
      });
    }
    return said.join(" · ");
  }
  function lines(ref, number, one) {
    var less = ref.charAt(0) === "-", parts = (less ? ref.slice(1) : ref).split("/");
    var days = /(?:^|&)on=([^&]*)\.\.([^&]*)/.exec(parts[3]), when = parts[2];
    if (days) { when = days[1] === days[2] ? days[1] : days[1] + " – " + days[2]; }
    var link = make("a", (less ? words.less + " " : "") + words.lines + (parts[2] in told.spans ? "" : " · " + when));
    var periods = told.spans[parts[2]] || [parts[2]];
    link.href = told.lines + "#kind=" + parts[0] + "&sum=" + parts[1] + "&in=" + periods.join(",") + (parts[3] ? "&" + parts[3] : "") +
      "&n=N-" + number;
    var held = make("p", "", "lines");
    held.appendChild(link);
    return held;
  }
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a.why") : null;
    if (link) {
      event.preventDefault();
      seen = [];
      show(link.getAttribute("href").slice(3), link);
    } else if (box && !box.contains(event.target) && document.contains(event.target)) { close(); }
  });
  document.addEventListener("keydown", function (event) { if (event.key === "Escape") { close(); } });
  function asked() {
    var link = Array.prototype.filter.call(document.querySelectorAll("a.why"), function (one) {
      return one.getAttribute("href") === location.hash;
    })[0];
    if (!link) { return; }
    if (link.closest("details")) { link.closest("details").open = true; }
    link.scrollIntoView({ block: "center" });
    show(location.hash.slice(3), link);
  }
  window.addEventListener("hashchange", asked);
  asked();
})();
