// What is said of one file: its picture, what was found in it, what is missing, and where it is now.

const ADDRESSES = [
  ["page_url", "page"], ["access_url", "file"], ["links_url", "DataLink"], ["preview_url", "preview"],
];
const SHOWN = [
  ["obs_publisher_did", ""], ["s_ra", "°"], ["s_dec", "°"], ["s_pixel_scale", "″ a pixel"], ["s_region", ""],
  ["t_min", "MJD, UTC"], ["t_exptime", "s"], ["filter_name", ""], ["facility_name", ""], ["instrument_name", ""],
  ["checksum", "SHA-256"],
];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

/** Draw a PNG in base64; no address of it is needed, which the policy of the page would forbid. */
async function draw(canvas, base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
  [canvas.width, canvas.height] = [picture.width, picture.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

function row(body, kind, words, mark) {
  const line = body.insertRow();
  const first = line.insertCell();
  if (mark) first.append(element("span", kind, `mark ${mark}`));
  else first.append(element("code", kind));
  line.insertCell().textContent = words;
}

function table(report) {
  const made = element("table", undefined, "list");
  const body = made.createTBody();
  for (const [name, unit] of SHOWN) {
    if (report[name] !== undefined) row(body, name, `${report[name]} ${unit}`.trim());
  }
  for (const { kind, text } of report.messages ?? []) row(body, kind, text, kind);
  return made;
}

function links(report) {
  const made = element("p");
  for (const [name, words] of ADDRESSES) {
    if (!/^https?:/.test(report[name] ?? "")) continue;
    const link = element("a", words);
    link.href = new URL(report[name]).pathname + new URL(report[name]).search;
    made.append(link, " ");
  }
  return made;
}

/** The part of the page that tells of one file. */
export function reported(report) {
  const made = element("article", undefined, "report");
  const title = element("h2", `${report.file} `);
  title.append(element("span", report.status, `mark ${report.status}`));
  made.append(title);
  if (report.reason) made.append(element("p", report.reason, "error"));
  if (report.status === "new" || report.status === "unchanged") made.append(links(report));
  const figure = element("figure");
  if (report.preview) {
    const canvas = element("canvas");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${report.file}, as it will be shown`);
    figure.append(canvas);
    draw(canvas, report.preview).catch(() => canvas.remove());
  }
  if (report.status !== "refused") made.append(figure, table(report));
  return made;
}
