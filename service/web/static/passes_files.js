// Transits as files, written as the server writes them, and as what a script types.

const quoted = (text) => (/[",\n\r]/.test(text) || text === "" ? `"${text.replaceAll('"', '""')}"` : text);

function cell(value, capital) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return capital ? (value ? "True" : "False") : String(value);
  return quoted(typeof value === "object" ? JSON.stringify(value) : String(value));
}

/** Rows as CSV; with `capital`, booleans as ECSV has them. */
export function csv(columns, rows, capital = false) {
  const names = columns.map((each) => each.name);
  const lines = rows.map((row) => names.map((name) => cell(row[name], capital)).join(","));
  return [names.join(","), ...lines, ""].join("\n");
}

/** Rows as ECSV 1.0; JSON in its header is YAML. */
export function ecsv(columns, rows, meta) {
  const header = ["%ECSV 1.0", "---", "datatype:", ...columns.map((each) => `- ${JSON.stringify(each)}`)];
  header.push("delimiter: ','", `meta: ${JSON.stringify(meta)}`, "schema: astropy-2.0");
  return header.map((line) => `# ${line}\n`).join("") + csv(columns, rows, true);
}

/** Hand a text to the browser as a file. */
export function save(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** What asks the same in a shell, of the server and beside it. */
export function script(body, url) {
  return [
    "cat > exposures.json <<'END'", JSON.stringify(body), "END",
    `curl -s '${url}' -H 'Content-Type: application/json' -d @exposures.json`,
    "satvo passes --exposures exposures.json -o transits.ecsv",
  ].join("\n");
}
