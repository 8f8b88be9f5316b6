// The form of /probability: what it says, as the parameters of a job.

import { Mistake, angle, number } from "./form.js";

const YEAR = /^\d{4}$/;

function optional(form, name, as, into) {
  if (form.elements[name].value.trim()) into[as] = String(number(form, name));
}

function site(form) {
  if (form.elements.site.value === "place") {
    return { LON: String(number(form, "lon")), LAT: String(number(form, "lat")), HEIGHT: String(number(form, "elevation")) };
  }
  const name = form.elements.observer.value.trim();
  if (!name) throw new Mistake("observer", "observer is empty: a site's name or an MPC code is accepted");
  return { OBSERVER: name };
}

function satellites(form) {
  if (form.elements.population.value === "catalogue") return { CATALOGUE: "true" };
  const ticked = [...form.querySelectorAll("[name=constellation]:checked")].map((each) => each.value);
  if (!ticked.length) throw new Mistake("constellation", "no constellation is ticked: tick one or more");
  return { CONSTELLATION: ticked.join(",") };
}

/** The kind of job that the form asks for and its parameters; throws `Mistake`. */
export function asked(form) {
  const text = (name) => form.elements[name].value.trim();
  const parameters = {
    ...satellites(form), ...site(form),
    EXPTIME: String(number(form, "exposure")), RADIUS: String(number(form, "radius")),
  };
  optional(form, "depth", "DEPTH", parameters);
  optional(form, "mag_limit", "MAGLIM", parameters);
  if (form.elements.product.value === "map") {
    if (!text("time")) throw new Mistake("time", "time is empty: a time in UTC is accepted, e.g. 2026-11-23T01:00:00");
    return { kind: "passprobability", parameters: { ...parameters, TIME: text("time"), NSIDE: text("nside"), FRAME: text("frame") } };
  }
  if (!YEAR.test(text("year"))) throw new Mistake("year", `year=${text("year") || "(empty)"}: four digits are accepted, e.g. 2026`);
  const target = `${angle(form, "ra", true)},${angle(form, "dec", false)}`;
  return { kind: "passcalendar", parameters: { ...parameters, TARGET: target, YEAR: text("year") } };
}
