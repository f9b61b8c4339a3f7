// The request as a person would write it: a curl command, a few lines of Python.

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function told(made, withToken, token) {
  const headers = { ...made.headers };
  return withToken ? { Authorization: `Bearer ${token}`, ...headers } : headers;
}

/** Write a curl command; the token comes from the variable TOKEN. */
export function asCurl(origin, made, withToken) {
  const lines = [`curl -i${made.method === "GET" ? "" : ` -X ${made.method}`} ${quoted(origin + made.url)}`];
  if (withToken) lines.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(made.headers)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
  if (made.text !== null) lines.push(`--data ${quoted(made.text)}`);
  else if (made.file) lines.push(`--data-binary @${quoted(made.file.name)}`);
  for (const part of made.files) {
    lines.push(`-F ${quoted(part.file ? `${part.name}=@${part.file.name}` : `${part.name}=${part.text}`)}`);
  }
  return lines.join(" \\\n  ");
}

/** Write Python with httpx; the token comes from the environment. */
export function asPython(origin, made, withToken) {
  const headers = told(made, false, "");
  const isJson = made.text !== null && (made.headers["Content-Type"] ?? "").includes("json");
  if (isJson) delete headers["Content-Type"];
  const lines = ["import os", "", "import httpx", ""];
  const parts = [`"${made.method}"`, JSON.stringify(origin + made.url)];
  const pairs = Object.entries(headers).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  if (withToken) pairs.unshift('"Authorization": f"Bearer {os.environ[\'TOKEN\']}"');
  if (pairs.length) parts.push(`headers={${pairs.join(", ")}}`);
  if (isJson) parts.push(`json=${pythonOf(made.text)}`);
  else if (made.text !== null) parts.push(`content=${JSON.stringify(made.text)}`);
  else if (made.file) parts.push(`content=open(${JSON.stringify(made.file.name)}, "rb")`);
  if (made.files.length) {
    const files = made.files.filter((part) => part.file)
      .map((part) => `${JSON.stringify(part.name)}: open(${JSON.stringify(part.file.name)}, "rb")`);
    const data = made.files.filter((part) => !part.file)
      .map((part) => `${JSON.stringify(part.name)}: ${JSON.stringify(part.text)}`);
    if (files.length) parts.push(`files={${files.join(", ")}}`);
    if (data.length) parts.push(`data={${data.join(", ")}}`);
  }
  lines.push(`answer = httpx.request(\n    ${parts.join(",\n    ")},\n)`, "print(answer.status_code, answer.text)");
  return lines.join("\n");
}

function pythonOf(text) {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    return JSON.stringify(text);
  }
  const plain = (one, indent) => {
    if (one === null) return "None";
    if (one === true) return "True";
    if (one === false) return "False";
    const inner = `${indent}    `;
    if (Array.isArray(one)) return one.length ? `[${one.map((each) => plain(each, indent)).join(", ")}]` : "[]";
    if (typeof one === "object") {
      const rows = Object.entries(one).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${plain(each, inner)},`);
      return rows.length ? `{\n${rows.join("\n")}\n${indent}}` : "{}";
    }
    return JSON.stringify(one);
  };
  return plain(value, "    ");
}
