// What the forms of the pages share: their fields, what an address fills in, and what is wrong with them.

export const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const PARTS = /^([+-]?)(\d+)(?:[:\shd°]+(\d+(?:\.\d+)?))(?:[:\sm'′]+(\d+(?:\.\d+)?))?[\ss"″]*$/i;
const HOUR_MS = 3_600_000;

/** A mistake in one field of the form. */
export class Mistake extends Error {
  constructor(name, message) {
    super(message);
    this.field = name;
  }
}

/** The number in a field. */
export function number(form, name) {
  const text = form.elements[name].value.trim().replace("−", "-");
  if (!NUMBER.test(text)) throw new Mistake(name, `${name}=${text || "(empty)"}: a number is accepted`);
  return Number(text);
}

/** Degrees of an angle in degrees, or in parts: of hours if `hours`, of degrees if not. */
export function angle(form, name, hours) {
  const text = form.elements[name].value.trim().replace("−", "-");
  if (NUMBER.test(text)) return Number(text);
  const parts = PARTS.exec(text);
  if (!parts || Number(parts[3]) >= 60 || Number(parts[4] ?? 0) >= 60) {
    const example = hours ? "52.0, 3:28:00 or 3h28m0s" : "-27.8, -27:48:00 or -27d48m0s";
    throw new Mistake(name, `${name}=${text || "(empty)"}: an angle is accepted, e.g. ${example}`);
  }
  const size = Number(parts[2]) + Number(parts[3]) / 60 + Number(parts[4] ?? 0) / 3600;
  const degrees = (parts[1] === "-" ? -size : size) * (hours ? 15 : 1);
  return Number(degrees.toFixed(9));
}

/** Show the fields of the ways that are chosen; the others take no part. */
function showWays(form) {
  for (const group of form.querySelectorAll("[data-of]")) {
    const [name, value] = group.dataset.of.split("=");
    group.hidden = form.elements[name].value !== value;
    for (const input of group.querySelectorAll("input, select")) input.disabled = group.hidden;
  }
}

/** Fill the form from the address; whether it says to go. */
function fill(form, search) {
  const given = new URLSearchParams(search);
  const ways = [["site", "place", "lon"], ["target", "altaz", "az"], ["field", "rectangle", "width"]];
  for (const [name, other, sign] of ways) if (given.has(sign) && !given.has(name)) given.set(name, other);
  for (const input of form.querySelectorAll("input")) {
    const values = given.getAll(input.name);
    if (!values.length) continue;
    if (input.name === "illuminated_only") input.checked = !["0", "false", ""].includes(values[0]);
    else if (input.type === "radio" || input.type === "checkbox") input.checked = values.includes(input.value);
    else input.value = values[0];
  }
  if (given.has("population")) for (const each of form.querySelectorAll("details")) each.open = true;
  for (const chosen of form.querySelectorAll("select")) {
    const value = given.get(chosen.name);
    if ([...chosen.options].some((each) => each.value === value)) chosen.value = value;
  }
  return given.has("go");
}

/** The coming midnight of mean solar time at a longitude, ISO in UTC. */
export function midnight(now, longitude) {
  const shift = (longitude / 15) * HOUR_MS;
  const local = Math.floor((now + shift) / (24 * HOUR_MS) + 1) * 24 * HOUR_MS;
  return new Date(Math.round((local - shift) / 60_000) * 60_000).toISOString().slice(0, 19);
}

/** The longitude of the observer that the form has, 0 where it cannot be known here. */
function longitude(form) {
  if (form.elements.site.value === "place") return Number(form.elements.lon.value) || 0;
  const word = form.elements.observer.value.trim().toLowerCase();
  const known = [...form.querySelectorAll("#sites option")];
  const found = known.find((each) => each.value.toLowerCase() === word || each.label.toLowerCase() === word);
  return Number(found?.dataset.lon) || Number(word.split(",")[1] && word.split(",")[0]) || 0;
}

/** Say what went wrong, beside the field if it is one's fault. */
export function complain(form, message, name) {
  document.getElementById("error").textContent = message;
  document.getElementById("error").hidden = false;
  document.getElementById("told").textContent = "";
  const input = name && form.elements[name];
  if (input?.setAttribute) {
    input.setAttribute("aria-invalid", "true");
    input.focus();
  }
}

/** Hide what an earlier answer showed: elements by their ids, and the error. */
export function clear(form, ...ids) {
  for (const id of ["error", ...ids]) document.getElementById(id).hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
}

/** Tell the error that ended a request; nothing where another request took its place. */
export function complainOf(form, error) {
  if (error.name === "AbortError") return;
  const message = error instanceof Mistake ? error.message : `the server cannot be reached: ${error.message}`;
  complain(form, message, error.field);
}

/** Fill the form, keep it alive and ask when it is sent; its time is the coming midnight until someone sets it. */
export function begin(form, time, ask) {
  const clock = form.elements[time];
  const start = () => {
    if (!clock.dataset.own) clock.value = midnight(Date.now(), longitude(form));
  };
  form.addEventListener("change", () => {
    showWays(form);
    start();
  });
  clock.addEventListener("input", () => {
    clock.dataset.own = clock.value;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = [...new FormData(form)].filter(([, value]) => value !== "");
    history.replaceState(null, "", `?${new URLSearchParams([...given, ["go", "1"]])}`);
    ask();
  });
  const go = fill(form, location.search);
  if (clock.value) clock.dataset.own = "1";
  showWays(form);
  start();
  if (go) ask();
}
