// The form of /passes as the JSON of POST /api/passes.

import { Mistake, NUMBER, angle, number } from "./form.js";

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
