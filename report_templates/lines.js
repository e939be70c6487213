// Lists the lines that a figure is made of, adds them up, and names the cell of each. Data files stand beside this page.
(function () {
  "use strict";
  var words = {/* words */}, MOST = 3000, held = {}, waiting = null;
  window.closebookLines = function (about, data) { held[about[0] + "_" + about[1]] = data; };
  (window.closebookHeld || []).forEach(function (one) { window.closebookLines(one[0], one[1]); });
  function asked() {
    var found = { kind: "", sum: "", periods: [], where: {}, n: "" };
    location.hash.slice(1).split("&").forEach(function (pair) {
      var at = pair.indexOf("="), name = pair.slice(0, at), value = decodeURIComponent(pair.slice(at + 1));
      if (name === "kind" || name === "sum" || name === "n") { found[name] = value; }
      else if (name === "in") { found.periods = value.split(","); }
      else if (name) { found.where[name] = value; }
    });
    return found;
  }
  function make(tag, text, kind) {
    var made = document.createElement(tag);
    if (text !== undefined && text !== "") { made.textContent = text; }
    if (kind) { made.className = kind; }
    return made;
  }
  function counted(sum) { return words.counts.indexOf(sum) >= 0; }
  function grouped(text) { return text.replace(/\B(?=(\d{3})+$)/g, ","); }
  function amount(value, sum) {
    var digits = String(Math.abs(value)), least = sum === "qty" || sum === "new_customers" ? 0 : 2;
    if (counted(sum)) { return (value < 0 ? "\u2212" : "") + grouped(digits); }
    while (digits.length < 5) { digits = "0" + digits; }
    var rest = digits.slice(-4).replace(/0+$/, "");
    while (rest.length < least) { rest += "0"; }
    return (value < 0 ? "\u2212" : "") + grouped(digits.slice(0, -4)) + (rest ? "." + rest : "");
  }
  function named(column) { return words.columns[column] || column; }
  function coded(column, code) {
    if (words.values[column] && words.values[column][code]) { return words.values[column][code]; }
    var name = words.names[column] && words.names[column][code];
    return code === "" ? words.unassigned : name && name !== code ? code + " " + name : code;
  }
  function between(value) { return value.indexOf("..") > 0 ? value.split("..") : null; }
  function days(name, said) {
    var both = name === "on" && between(said);
    return both ? (both[0] === both[1] ? both[0] : both.join(" – ")) : said;
  }
  function place(data, row, sum) {
    var at = data.places[row[row.length - 2]], line = row[row.length - 1], cells = {}, said = [];
    if (!at || !at[0]) { return ""; }
    at[2].split(" ").forEach(function (pair) { var cut = pair.split("="); cells[cut[0]] = cut[1]; });
    var wanted = words.cells[sum] || [[sum, "gross_amount", "amount", "open_amount"], ""];
    if (cells["*"]) { said.push(cells["*"] + line); }
    else if (wanted[1]) { wanted[0].forEach(function (name) { if (cells[name]) { said.push(cells[name] + line); } }); }
    else { wanted[0].some(function (name) { if (cells[name]) { said.push(cells[name] + line); } return said.length; }); }
    return [at[0], at[1], said.join(" − ") || line].filter(Boolean).join("!");
  }
  function lines(one, period) {
    var data = held[one.kind + "_" + period];
    if (!data) { return []; }
    var sum = data.columns.indexOf(one.sum), tests = [], found = [];
    if (sum < 0 && one.sum !== "lines") { return []; }
    for (var name in one.where) {
      var at = data.columns.indexOf(name), value = one.where[name], days = name === "on" && between(value);
      if (at < 0) { if (value !== "") { return []; } continue; }
      tests.push([at, data.dicts[name] ? String(data.dicts[name].indexOf(value)) : value, days]);
    }
    data.text.split("\n").forEach(function (text) {
      var row = text.split("\t");
      function holds(test) {
        var is = row[test[0]], days = test[2];
        return days ? is >= days[0] && is <= days[1] : is === test[1];
      }
      if (tests.every(holds) && (sum < 0 || row[sum] !== "")) {
        found.push({ data: data, row: row, value: sum < 0 ? 1 : Number(row[sum]) });
      }
    });
    return found;
  }
  function show(one) {
    var target = document.getElementById("lines"), every = [], sums = [];
    target.textContent = "";
    one.periods.forEach(function (period) {
      var found = lines(one, period), total = 0;
      found.forEach(function (line) { total += line.value; });
      if (found.length) { sums.push([period, total, found.length]); every = every.concat(found); }
    });
    var about = [words.kinds[one.kind] || one.kind, named(one.sum)];
    for (var name in one.where) { about.push(named(name) + ": " + days(name, coded(name, one.where[name]))); }
    var total = sums.reduce(function (all, sum) { return all + sum[1]; }, 0);
    target.appendChild(make("h2", about.join(" · ")));
    target.appendChild(make("p", (one.n ? one.n + " · " : "") + sums.map(function (sum) { return sum[0]; }).join(", "), "soft"));
    target.appendChild(make("p", amount(total, one.sum), "amount"));
    target.appendChild(make("p", every.length + " " + words.counted, "soft"));
    if (!every.length) { target.appendChild(make("p", words.nothing)); return; }
    if (sums.length > 1) {
      var by = make("table", "", "periods"), head = by.createTHead().insertRow();
      head.appendChild(make("th", words.period));
      head.appendChild(make("th", named(one.sum), "n"));
      sums.forEach(function (sum) {
        var row = by.insertRow(), link = make("a", sum[0]);
        link.href = location.hash.replace(/([#&]in=)[^&]*/, "$1" + sum[0]);
        row.insertCell().appendChild(link);
        row.appendChild(make("td", amount(sum[1], one.sum), "n"));
      });
      target.appendChild(by);
    }
    target.appendChild(listed(one, every, total));
    if (every.length > MOST) { target.appendChild(make("p", words.more.replace("{shown}", MOST).replace("{n}", every.length), "soft")); }
  }
  // Of a line of comparison: the amounts and quantities of its two sides, which lead to their own lines where these add up to them.
  var SIDES = [["base_qty", "base", "qty"], ["base_amount", "base", "net_amount"], ["actual_qty", "actual", "qty"], ["actual_amount", "actual", "net_amount"]];
  function sides(line) {
    var data = line.data, said = {};
    data.columns.forEach(function (name, at) { said[name] = data.dicts[name] ? data.dicts[name][Number(line.row[at])] : line.row[at]; });
    return SIDES.map(function (side) {
      var cell = make("td", "", "n"), value = said[side[0]], text = value ? amount(Number(value), side[2]) : "";
      var about = words.leads[(side[1] === "base" ? said.base : "actual") + " " + said.span];
      if (!about || (said.leads || "").split(" ").indexOf(side[1]) < 0) { cell.textContent = text; return cell; }
      var link = make("a", text), plan = about.kind === "plan", where = words.leaf.map(function (name) { return name + "=" + encodeURIComponent(said[name]); });
      if (plan) { where.push("measure=" + side[2], "layer=" + encodeURIComponent(about.layer[side[2]])); }
      else { where.push("unit=" + encodeURIComponent(said.unit)); }
      link.href = "#" + ["kind=" + about.kind, "sum=" + (plan ? "value" : side[2]), "in=" + about["in"].join(",")].concat(where).join("&");
      cell.appendChild(link);
      return cell;
    });
  }
  function listed(one, every, total) {
    var shown = every.slice(0, MOST), texts = [], table = make("table"), head = table.createTHead().insertRow();
    shown[0].data.columns.forEach(function (name, at) {
      var last = at >= shown[0].data.columns.length - 2;
      if (!last && shown[0].data.amounts.indexOf(name) < 0 && (!(name in one.where) || between(one.where[name])) &&
          words.hidden.indexOf(name) < 0 && (name !== "unit" || one.sum === "qty") &&
          (shown[0].data.dicts[name] || shown.some(function (line) { return line.row[line.data.columns.indexOf(name)]; }))) {
        texts.push(name);
      }
    });
    var both = one.kind === "causes";
    texts.forEach(function (name) { head.appendChild(make("th", named(name))); });
    if (both) { SIDES.forEach(function (side) { head.appendChild(make("th", named(side[0]), "n")); }); }
    head.appendChild(make("th", named(one.sum), "n"));
    head.appendChild(make("th", words.place));
    var body = table.createTBody();
    shown.forEach(function (line) {
      var row = body.insertRow();
      texts.forEach(function (name) {
        var at = line.data.columns.indexOf(name), value = at < 0 ? "" : line.row[at], dict = line.data.dicts[name];
        var cell = row.insertCell();
        if (/^(on|dated_on|document_no)$/.test(name)) { cell.className = "t"; }
        if (dict && value !== "") { value = coded(name, dict[Number(value)]); }
        else if (value !== "" && (line.data.coded || []).indexOf(name) >= 0) { value = coded(name, value); }
        cell.textContent = value;
      });
      if (both) { sides(line).forEach(function (cell) { row.appendChild(cell); }); }
      row.appendChild(make("td", amount(line.value, one.sum), "n"));
      row.appendChild(make("td", place(line.data, line.row, one.sum), "place"));
    });
    var foot = body.insertRow();
    foot.className = "total";
    texts.forEach(function (_, at) { foot.insertCell().textContent = at ? "" : words.total; });
    if (both) { SIDES.forEach(function () { foot.insertCell(); }); }
    foot.appendChild(make("td", amount(total, one.sum), "n"));
    foot.insertCell();
    return table;
  }
  function start() {
    var one = asked(), known = words.periods[one.kind] || [];
    if (!one.kind) { return; }
    if (one.periods.length === 1 && one.periods[0] === "ever") { one.periods = known; }
    one.periods = one.periods.filter(function (period) { return known.indexOf(period) >= 0; });
    Array.prototype.forEach.call(document.querySelectorAll("a[data-keep]"), function (link) {
      link.href = link.getAttribute("href").split("#")[0] + location.hash;
    });
    var mine = waiting = {}, missing = one.periods.filter(function (period) { return !held[one.kind + "_" + period]; }), left = missing.length;
    function loaded() { if (!left && waiting === mine) { show(one); } }
    missing.forEach(function (period) {
      var file = document.createElement("script");
      file.src = one.kind + "_" + encodeURIComponent(period) + ".js";
      file.onload = function () { left -= 1; loaded(); };
      file.onerror = function () {
        left = -1;
        document.getElementById("lines").textContent = words.missing + ": " + one.kind + "_" + period + ".js";
      };
      document.head.appendChild(file);
    });
    loaded();
  }
  window.addEventListener("hashchange", start);
  start();
})();
