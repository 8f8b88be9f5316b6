// The field on the sky as SVG: the tangent plane at its centre, north up and east to the left.

const SVG = "http://www.w3.org/2000/svg";
const RAD = Math.PI / 180;
const HALF = 250;
const WIDE = 60; // Beyond these degrees the tangent plane runs away, and angles from the centre are kept.
const NAMED = 25;

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const mix = (a, u, b, v) => a.map((each, i) => u * each + v * b[i]);

function unit(ra, dec) {
  const c = Math.cos(dec * RAD);
  return [c * Math.cos(ra * RAD), c * Math.sin(ra * RAD), Math.sin(dec * RAD)];
}

/** Points along the great circle from one direction to another, both ends among them. */
function arc(a, b, pieces) {
  const angle = Math.acos(Math.min(1, Math.max(-1, dot(a, b))));
  if (angle < 1e-9) return [a, b];
  return Array.from({ length: pieces + 1 }, (_, i) => {
    const t = i / pieces;
    return mix(a, Math.sin((1 - t) * angle) / Math.sin(angle), b, Math.sin(t * angle) / Math.sin(angle));
  });
}

function axes(centre) {
  const [ra, dec] = [centre.ra * RAD, centre.dec * RAD];
  const to = unit(centre.ra, centre.dec);
  const east = [-Math.sin(ra), Math.cos(ra), 0];
  const north = [-Math.sin(dec) * Math.cos(ra), -Math.sin(dec) * Math.sin(ra), Math.cos(dec)];
  return { to, east, north };
}

/** Outline of a field as directions. */
function outline(field, { to, east, north }) {
  if (field.radius !== undefined) {
    const [c, s] = [Math.cos(field.radius * RAD), Math.sin(field.radius * RAD)];
    return Array.from({ length: 181 }, (_, i) => {
      const turn = 2 * i * RAD;
      return mix(to, c, mix(east, Math.sin(turn), north, Math.cos(turn)), s);
    });
  }
  const pa = field.pa * RAD;
  const up = mix(north, Math.cos(pa), east, Math.sin(pa));
  const left = mix(east, Math.cos(pa), north, -Math.sin(pa));
  const [x, y] = [Math.tan((field.width / 2) * RAD), Math.tan((field.height / 2) * RAD)];
  const corners = [[x, y], [-x, y], [-x, -y], [x, -y], [x, y]].map(([a, b]) => {
    const at = mix(mix(to, 1, left, a), 1, up, b);
    return at.map((each) => each / Math.hypot(...at));
  });
  return corners.slice(1).flatMap((corner, i) => arc(corners[i], corner, 24));
}

function drawn(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** A projection of directions to the picture, and whether it is the tangent plane. */
function projection(edge, { to, east, north }) {
  const most = Math.max(...edge.map((v) => Math.acos(Math.min(1, dot(v, to)))));
  const tangent = most < WIDE * RAD;
  const far = (angle) => (tangent ? Math.tan(Math.min(angle, 89 * RAD)) : angle);
  const scale = (HALF * 0.86) / far(most);
  const place = (v) => {
    const [x, y] = [dot(v, east), dot(v, north)];
    const off = Math.hypot(x, y);
    const size = off ? (scale * far(Math.atan2(off, dot(v, to)))) / off : 0;
    return [-x * size, -y * size]; // east to the left, and y of SVG points down
  };
  return { place, tangent };
}

const path = (points) => points.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");

function swath(region) {
  const corners = [];
  for (let i = 0; i + 1 < region.length; i += 2) corners.push(unit(region[i], region[i + 1]));
  return corners.flatMap((corner, i) => arc(corner, corners[(i + 1) % corners.length], 8));
}

/** Width of a trail in the picture: brighter is wider. */
export function trailWidth(mag) {
  return mag === null ? 1.2 : Math.min(7, Math.max(1.2, 8 - 0.7 * mag));
}

function trail(row, index, place, label) {
  const light = row.illuminated === false ? "dark" : "lit";
  const group = drawn("g", { "data-row": index });
  group.append(drawn("title", {}, label));
  if (row.s_region) group.append(drawn("polygon", { class: `swath ${light}`, points: path(swath(row.s_region).map(place)) }));
  const [first, middle, last] = [["ra_start", "dec_start"], ["s_ra", "s_dec"], ["ra_end", "dec_end"]]
    .map(([ra, dec]) => unit(row[ra], row[dec]));
  const line = [...arc(first, middle, 8), ...arc(middle, last, 8)].map(place);
  group.append(drawn("polyline", { class: `trail ${light}`, "stroke-width": trailWidth(row.mag).toFixed(1), points: path(line) }));
  const [x, y] = line[0];
  group.append(drawn("circle", { class: `entry ${light}`, cx: x.toFixed(2), cy: y.toFixed(2), r: 3.5 }));
  return { group, at: place(middle) };
}

function compass() {
  const group = drawn("g", { "aria-hidden": "true" });
  group.append(drawn("polyline", { class: "compass", points: "190,225 225,225 225,190" }));
  group.append(drawn("text", { x: 225, y: 184, "text-anchor": "middle" }, "N"));
  group.append(drawn("text", { x: 183, y: 229, "text-anchor": "end" }, "E"));
  return group;
}

/** Texts beside the middles of trails: moved until each stands free, or where there are many, only those that do. */
function texts(middles) {
  const taken = [184, 196, 208, 220, 232].map((y) => ({ x: 172, y, wide: 78 })); // the compass
  const few = middles.length <= NAMED;
  return middles.flatMap(({ at, words }) => {
    const wide = 6.7 * words.length;
    const x = Math.max(-244, Math.min(at[0] + 7, 244 - wide));
    let y = Math.max(-236, Math.min(at[1] - 4, 240));
    const step = y > 0 ? -12 : 12;
    const crowded = () => taken.some((t) => Math.abs(t.y - y) < 12 && x < t.x + t.wide && t.x < x + wide);
    while (few && crowded()) y += step;
    if (crowded()) return [];
    taken.push({ x, y, wide });
    return [drawn("text", { x: x.toFixed(1), y: y.toFixed(1) }, words)];
  });
}

/** Draw transits into an svg; returns what its caption says of the projection. */
export function draw(svg, field, centre, rows, clock) {
  const frame = axes(centre);
  const edge = outline(field, frame);
  const { place, tangent } = projection(edge, frame);
  svg.replaceChildren(drawn("polygon", { class: "field", points: path(edge.map(place)) }));
  const middles = rows.map((row, i) => {
    const name = row.object_name || String(row.norad_id);
    const { group, at } = trail(row, i, place, `${name}, ${clock(row.t_min)} to ${clock(row.t_max)} UTC`);
    svg.append(group);
    return { at, words: rows.length <= NAMED ? `${i + 1} ${name} ${clock(row.t_mid, 0)}` : String(i + 1) };
  });
  svg.append(...texts(middles), compass());
  return tangent ? "tangent plane, north up, east left" : "angles from the centre kept, north up, east left";
}
