// The table of transits, sorted by what is clicked.

const fixed = (digits) => (value) => value.toFixed(digits);

function columns(clock) {
  return [
    ["#", "place", String], ["Satellite", "object_name", String], ["NORAD", "norad_id", String],
    ["Enters (UTC)", "t_min", clock], ["Leaves (UTC)", "t_max", clock], ["± s", "t_err", fixed(2)],
    ["In field s", "t_cross", fixed(2)], ["″/s", "rate", fixed(0)], ["V mag", "mag", fixed(1)],
    ["Sunlit", "illuminated", (lit) => (lit ? "yes" : "no")], ["Altitude °", "alt_max", fixed(1)],
    ["Range km", "range_min", fixed(0)], ["P", "p_cross", fixed(2)],
    ["Elements' age d", "gp_age", fixed(2)], ["Doubts", "warning", String],
  ];
}

function compare(name, down) {
  return (a, b) => {
    const [x, y] = [a[name], b[name]];
    if (x === null || y === null) return (x === null) - (y === null); // what is not known comes last
    const order = typeof x === "string" ? x.localeCompare(y) : x - y;
    return down ? -order : order;
  };
}

function line(row, shown, link, chosen) {
  const tr = document.createElement("tr");
  tr.dataset.row = row.place - 1;
  for (const [, name, words] of shown) {
    const td = tr.insertCell();
    const value = row[name];
    const text = value === null || value === undefined ? "" : words(value);
    if (typeof value === "number") td.className = "number";
    if (name === "norad_id" && row.gp_id !== null) {
      const a = document.createElement("a");
      a.href = link(row);
      a.textContent = text;
      td.append(a);
    } else {
      td.textContent = text;
    }
  }
  for (const event of ["mouseenter", "focusin"]) tr.addEventListener(event, () => chosen(row.place - 1));
  for (const event of ["mouseleave", "focusout"]) tr.addEventListener(event, () => chosen(-1));
  return tr;
}

/** Fill a table with rows; `link` makes the address of a row's elements, `chosen` is told which row is looked at. */
export function tabulate(table, rows, { clock, link, chosen }) {
  const shown = columns(clock);
  const numbered = rows.map((row, i) => ({ ...row, place: i + 1 }));
  const head = table.tHead;
  head.replaceChildren();
  const titles = head.insertRow();
  const sort = (th, name) => {
    const down = th.getAttribute("aria-sort") === "ascending";
    for (const each of titles.cells) each.removeAttribute("aria-sort");
    th.setAttribute("aria-sort", down ? "descending" : "ascending");
    const sorted = [...numbered].sort(compare(name, down));
    table.tBodies[0].replaceChildren(...sorted.map((row) => line(row, shown, link, chosen)));
  };
  for (const [title, name] of shown) {
    const th = document.createElement("th");
    th.scope = "col";
    if (rows.some((row) => typeof row[name] === "number") || name === "place") th.className = "number";
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = title;
    button.addEventListener("click", () => sort(th, name));
    th.append(button);
    titles.append(th);
    if (name === "t_min") queueMicrotask(() => sort(th, name));
  }
}
