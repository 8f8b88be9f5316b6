// The page /passes: asks POST /api/passes and shows the answer. Everything of it is set as text.

import { begin, clear, complain, complainOf } from "./form.js";
import { asked } from "./passes_form.js";
import { csv, ecsv, save, script } from "./passes_files.js";
import { draw } from "./passes_picture.js";
import { tabulate } from "./passes_table.js";

const EPOCH_MS = Date.UTC(1858, 10, 17); // of MJD
const DAY_MS = 86_400_000;
const REASONS = {
  "in-shadow": "stay in the Earth's shadow",
  faint: "are fainter than the limit",
  decayed: "had come down",
  "not-yet-launched": "were not launched yet",
  "old-elements": "have elements too old to tell",
};
const at = (id) => document.getElementById(id);
const form = at("ask");
const columns = JSON.parse(at("columns").textContent);
let running = null;
let shown = null;

/** Hours, minutes and seconds of an MJD. */
function clock(mjd, digits = 1) {
  const unit = digits ? 100 : 1000;
  const time = new Date(EPOCH_MS + Math.round((mjd * DAY_MS) / unit) * unit);
  return time.toISOString().slice(11, digits ? 21 : 19);
}

function choose(index) {
  for (const each of document.querySelectorAll(".chosen")) each.classList.remove("chosen");
  for (const each of document.querySelectorAll(`[data-row="${index}"]`)) each.classList.add("chosen");
}

function leftOut(reasons) {
  const lines = Object.entries(reasons).map(([reason, count]) => `${count} ${REASONS[reason] ?? reason}`);
  at("left-out").replaceChildren(...(lines.length ? lines : ["nothing"]).map((words) => {
    const item = document.createElement("li");
    item.textContent = words;
    return item;
  }));
}

function elementsOf(row) {
  const query = `SELECT *\nFROM satvo.gp\nWHERE gp_id = ${Number(row.gp_id)}`;
  return `${form.dataset.query}?${new URLSearchParams({ QUERY: query })}`;
}

function show(body, { transits, meta }) {
  const [field, centre] = [body.exposures[0], meta.fields[0]];
  shown = { transits, meta: { observer: meta.observer, field, frame: meta.frame, time_scale: meta.time_scale } };
  const { lon, lat, height } = meta.observer;
  const name = typeof body.observer === "string" ? meta.observer.name : "";
  const place = lon === undefined ? "" : ` (${lon.toFixed(4)}°, ${lat.toFixed(4)}°, ${height.toFixed(0)} m)`;
  const found = transits.length === 1 ? "1 transit" : `${transits.length} transits`;
  at("told").textContent = meta.satellites
    ? `${found} of ${meta.satellites.toLocaleString("en")} satellites searched, seen from ${name || "the place given"}${place}.`
    : "No satellite was searched: the archive has no element sets near that time. Tick a simulated constellation, or ask for another time.";
  at("answer").hidden = false;
  const how = draw(at("picture"), field, centre, transits, clock);
  const size = field.radius === undefined ? `${field.width}° by ${field.height}°` : `radius ${field.radius}°`;
  const day = transits.length ? ` of ${new Date(EPOCH_MS + transits[0].t_min * DAY_MS).toISOString().slice(0, 10)}` : "";
  at("caption").textContent = `${size} about RA ${centre.ra.toFixed(4)}°, Dec ${centre.dec.toFixed(4)}°; ${how}. Times are UTC${day}.`;
  leftOut(meta.left_out);
  tabulate(at("transits"), transits, { clock, link: elementsOf, chosen: choose });
}

function queued(job) {
  const link = document.createElement("a");
  link.href = /^https?:/.test(job) ? job : "#";
  link.textContent = job;
  at("told").replaceChildren("The exposure is long, so a job computes it. Its transits will be at ", link);
}

async function ask() {
  running?.abort();
  running = new AbortController();
  clear(form, "answer", "again");
  try {
    const body = asked(form);
    at("again").hidden = false;
    at("script").textContent = script(body, form.dataset.url);
    at("told").textContent = "Searching …";
    const headers = { "Content-Type": "application/json" };
    const reply = await fetch(form.dataset.api, { method: "POST", headers, body: JSON.stringify(body), signal: running.signal });
    const told = await reply.json().catch(() => ({ error: `the server answered ${reply.status} ${reply.statusText}` }));
    if (reply.status === 202) queued(String(told.job));
    else if (reply.ok) show(body, told);
    else complain(form, told.error ?? `the server answered ${reply.status}`);
  } catch (error) {
    complainOf(form, error);
  }
}

at("csv").addEventListener("click", () => save("transits.csv", csv(columns, shown.transits)));
at("ecsv").addEventListener("click", () => save("transits.ecsv", ecsv(columns, shown.transits, shown.meta)));

begin(form, "start", ask);
