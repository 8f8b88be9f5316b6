// The form of /passes: what it says, as the JSON of POST /api/passes, and what an address fills in.

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
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

/** The JSON of POST /api/passes that the form asks for; throws `Mistake`. */
export function asked(form) {
  const way = (name) => form.elements[name].value;
  const text = (name) => form.elements[name].value.trim();
  const observer = way("site") === "name"
    ? text("observer")
    : { lon: number(form, "lon"), lat: number(form, "lat"), height: number(form, "elevation") };
  if (observer === "") throw new Mistake("observer", "observer is empty: a site's name or an MPC code is accepted");
  const centre = way("target") === "radec"
    ? { ra: angle(form, "ra", true), dec: angle(form, "dec", false) }
    : { az: number(form, "az"), alt: number(form, "alt") };
  const view = way("field") === "circle"
    ? { radius: number(form, "radius") }
    : { width: number(form, "width"), height: number(form, "height"), pa: number(form, "pa") };
  const start = NUMBER.test(text("start")) ? Number(text("start")) : text("start");
  const options = {};
  if (form.elements.illuminated_only.checked) options.illuminated_only = true;
  if (text("mag_limit")) options.mag_limit = number(form, "mag_limit");
  const ticked = [...form.querySelectorAll("[name=population]:checked")].map((each) => each.value);
  if (ticked.length) options.populations = ticked;
  const exposure = { id: "1", ...centre, start, duration: number(form, "duration"), ...view };
  return { observer, exposures: [exposure], options };
}

/** Show the fields of the ways that are chosen; the others take no part. */
export function showWays(form) {
  for (const group of form.querySelectorAll("[data-of]")) {
    const [name, value] = group.dataset.of.split("=");
    group.hidden = form.elements[name].value !== value;
    for (const input of group.querySelectorAll("input, select")) input.disabled = group.hidden;
  }
}

/** Fill the form from the address; whether it says to go. */
export function fill(form, search) {
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
  return given.has("go");
}

/** The coming midnight of mean solar time at a longitude, ISO in UTC. */
export function midnight(now, longitude) {
  const shift = (longitude / 15) * HOUR_MS;
  const local = Math.floor((now + shift) / (24 * HOUR_MS) + 1) * 24 * HOUR_MS;
  return new Date(Math.round((local - shift) / 60_000) * 60_000).toISOString().slice(0, 19);
}

/** The longitude of the observer that the form has, 0 where it cannot be known here. */
export function longitude(form) {
  if (form.elements.site.value === "place") return Number(form.elements.lon.value) || 0;
  const word = form.elements.observer.value.trim().toLowerCase();
  const known = [...form.querySelectorAll("#sites option")];
  const found = known.find((each) => each.value.toLowerCase() === word || each.label.toLowerCase() === word);
  return Number(found?.dataset.lon) || Number(word.split(",")[1] && word.split(",")[0]) || 0;
}
