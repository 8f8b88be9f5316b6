// The page /upload: sends files to POST /api/images and shows what is said of them. Everything of it is set as text.

import { clear, complain, complainOf, Mistake } from "./form.js";
import { reported } from "./upload_report.js";

const KEPT = "satvo.token";
const at = (id) => document.getElementById(id);
const form = at("ask");
const frames = form.elements.file;
const companions = ["mask", "truthmask", "truthcatalogue", "pair"];
let dropped = [];
let running = null;

const size = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

/** Every file of the form, each with the name of its part. */
function files() {
  const chosen = dropped.length ? dropped : [...frames.files];
  const rest = companions.flatMap((part) => [...form.elements[part].files].map((file) => [part, file]));
  return [...chosen.map((file) => ["file", file]), ...rest];
}

/** What is told beside the files, by name; the terms of a case with commas between. */
function told() {
  const given = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && value.trim() && name !== "token");
  const terms = given.filter(([name]) => name === "case_terms").map(([, value]) => value);
  const rest = given.filter(([name]) => name !== "case_terms");
  return terms.length ? [...rest, ["case_terms", terms.join(",")]] : rest;
}

function body(validate) {
  const parts = new FormData();
  for (const [name, value] of told()) parts.append(name, value.trim());
  parts.append("VALIDATE", String(validate));
  for (const [part, file] of files()) parts.append(part, file, file.name);
  return parts;
}

function checked() {
  const came = files();
  if (!came.some(([part]) => part === "file")) throw new Mistake("file", "choose a frame, or drop one on the field for files");
  const bytes = came.reduce((sum, [, file]) => sum + file.size, 0);
  const most = Number(form.dataset.most);
  if (bytes > most) throw new Mistake("file", `${size(bytes)} together: at most ${size(most)} are accepted at once`);
  for (const name of ["token", "licence", "obs_collection"]) {
    if (!form.elements[name].value.trim()) throw new Mistake(name, `${name} is needed`);
  }
}

/** Send it with a progress bar, which fetch cannot show; what the server answers. */
function send(parts, token) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    running = request;
    request.open("POST", form.dataset.api);
    request.setRequestHeader("Authorization", `Bearer ${token}`);
    request.responseType = "text";
    request.upload.addEventListener("progress", (event) => {
      at("progress").value = event.lengthComputable ? event.loaded / event.total : 0;
      at("told").textContent = event.loaded < event.total ? `Sending: ${size(event.loaded)} of ${size(event.total)}` : "Looking at the files …";
    });
    request.addEventListener("load", () => resolve(request));
    request.addEventListener("error", () => reject(new Error("the connection broke off, or the server refused to read on")));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    request.send(parts);
  });
}

function read(request) {
  try {
    return JSON.parse(request.responseText);
  } catch {
    return { error: request.responseText.slice(0, 500) || `the server answered ${request.status}` };
  }
}

/** A word in single quotes, as a shell reads it. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function script() {
  const given = told().map(([name, value]) => `  -F ${quoted(`${name}=${value.trim()}`)}`);
  const sent = files().map(([part, file]) => `  -F ${quoted(`${part}=@${file.name}`)}`);
  return [`curl -H "Authorization: Bearer $TOKEN" ${quoted(form.dataset.url)}`, ...given, ...sent].join(" \\\n");
}

function showChosen() {
  const lines = files().filter(([part]) => part === "file").map(([, file]) => `${file.name}, ${size(file.size)}`);
  at("chosen").replaceChildren(...lines.map((words) => {
    const item = document.createElement("li");
    item.textContent = words;
    return item;
  }));
}

async function ask(validate) {
  running?.abort();
  clear(form, "answer", "again");
  at("told").textContent = "";
  try {
    checked();
    const token = form.elements.token.value.trim();
    sessionStorage.setItem(KEPT, token);
    at("again").hidden = false;
    at("script").textContent = script();
    at("progress").hidden = at("stop").hidden = false;
    const request = await send(body(validate), token);
    const answer = read(request);
    const registered = request.status === 201;
    at("told").textContent = request.status >= 400 ? "" : registered ? "Registered." : validate ? "Valid; nothing is kept yet." : "All of it is in the archive already.";
    if (request.status >= 400) complain(form, answer.error ?? `the server answered ${request.status}`);
    if (answer.files?.length) {
      at("answer").replaceChildren(...answer.files.map(reported));
      at("answer").hidden = false;
    }
  } catch (error) {
    if (error.name === "AbortError") at("told").textContent = "Stopped; nothing is kept.";
    complainOf(form, error);
  } finally {
    at("progress").hidden = at("stop").hidden = true;
    at("progress").value = 0;
    running = null;
  }
}

function takeDropped(event) {
  event.preventDefault();
  at("drop").classList.remove("over");
  if (event.type !== "drop" || !event.dataTransfer.files.length) return;
  dropped = [...event.dataTransfer.files];
  frames.value = "";
  showChosen();
}

form.noValidate = true;
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(event.submitter?.value !== "register");
});
frames.addEventListener("change", () => {
  dropped = [];
  showChosen();
});
for (const kind of ["dragenter", "dragover"]) {
  at("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    at("drop").classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) at("drop").addEventListener(kind, takeDropped);
at("stop").addEventListener("click", () => running?.abort());
form.elements.token.value = sessionStorage.getItem(KEPT) ?? "";
showChosen();
