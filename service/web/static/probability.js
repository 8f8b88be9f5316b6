// The page /probability: starts a UWS job, waits for it and shows what it made. Everything is set as text.

import { Mistake, begin, clear, complainOf } from "./form.js";
import { asked } from "./probability_form.js";

const WAIT_S = 20;
const ENDED = ["COMPLETED", "ERROR", "ABORTED"];
const at = (id) => document.getElementById(id);
const form = at("ask");
let running = null;

/** The message of an answer that is an error. */
async function trouble(reply) {
  const text = (await reply.text()).trim();
  return text.split("\n")[0].slice(0, 500) || `the server answered ${reply.status} ${reply.statusText}`;
}

/** The job as JSON; waits for it to leave the phase that it was in. */
async function look(address, phase, signal) {
  const wait = phase ? `?${new URLSearchParams({ WAIT: WAIT_S, PHASE: phase })}` : "";
  const reply = await fetch(address + wait, { headers: { Accept: "application/json" }, signal });
  if (!reply.ok) throw new Mistake("", await trouble(reply));
  return reply.json();
}

/** Start a job; its address on this host, whatever the service calls itself in public. */
async function started(kind, parameters, signal) {
  const reply = await fetch(`${form.dataset.jobs}/${kind}`, {
    method: "POST",
    body: new URLSearchParams({ ...parameters, PHASE: "RUN" }),
    headers: { Accept: "application/json" },
    signal,
  });
  if (!reply.ok) throw new Mistake("", await trouble(reply));
  const { jobId } = await reply.json();
  return `${form.dataset.jobs}/${kind}/${encodeURIComponent(jobId)}`;
}

const ownAddress = (address, result) => `${address}/results/${encodeURIComponent(result.id)}`;

function link(address, result) {
  const item = document.createElement("li");
  const a = document.createElement("a");
  a.href = ownAddress(address, result);
  a.textContent = result.id;
  const size = result.size === null || result.size === undefined ? "" : `, ${(result.size / 1024).toFixed(0)} KiB`;
  item.append(a, ` (${result["mime-type"]}${size})`);
  return item;
}

function figure(address, result) {
  const made = document.createElement("figure");
  const img = document.createElement("img");
  img.src = ownAddress(address, result);
  img.alt = result.id;
  made.append(img);
  return made;
}

function show(address, job) {
  const isPicture = (result) => result["mime-type"] === "image/png";
  at("pictures").replaceChildren(...job.results.filter(isPicture).map((each) => figure(address, each)));
  at("files").replaceChildren(...job.results.map((each) => link(address, each)));
  at("answer").hidden = false;
}

async function follow(address, signal) {
  let job = await look(address, "", signal);
  while (!ENDED.includes(job.phase)) {
    at("progress").hidden = false;
    if (job.progress) at("progress").value = job.progress;
    else at("progress").removeAttribute("value");
    at("told").textContent = job.phase === "QUEUED" ? "Waiting for its turn …" : "Computing …";
    const [before, began] = [job.phase, Date.now()];
    job = await look(address, before, signal);
    // a server with many who wait answers at once
    if (job.phase === before && Date.now() - began < 1000) await new Promise((go) => setTimeout(go, 1000));
  }
  at("progress").hidden = true;
  if (job.phase !== "COMPLETED") throw new Mistake("", job.errorSummary?.message ?? `the job ended as ${job.phase}`);
  const seconds = (Date.parse(job.endTime) - Date.parse(job.startTime)) / 1000;
  at("told").textContent = `Computed in ${seconds.toFixed(1)} s. The files stay until ${job.destruction.slice(0, 16).replace("T", " ")} UTC.`;
  show(address, job);
}

/** What asks the same in a shell. */
function script(kind, parameters) {
  const fields = Object.entries({ ...parameters, PHASE: "RUN" }).map(([key, value]) => `  --data-urlencode '${key}=${value.replaceAll("'", "'\\''")}'`);
  return [`curl -s -L '${form.dataset.url}/${kind}'`, ...fields].join(" \\\n");
}

async function ask() {
  running?.abort();
  running = new AbortController();
  const { signal } = running;
  clear(form, "answer", "again", "progress");
  try {
    const { kind, parameters } = asked(form);
    at("again").hidden = false;
    at("script").textContent = script(kind, parameters);
    at("told").textContent = "Asking …";
    await follow(await started(kind, parameters, signal), signal);
  } catch (error) {
    at("progress").hidden = true;
    complainOf(form, error);
  }
}

begin(form, "time", ask);
