// Elements by id and made anew; texts are only ever set as text, never as markup.

export const at = (id) => document.getElementById(id);

export function made(tag, options = {}, ...children) {
  const { text, on, ...rest } = options;
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(rest)) {
    if (value !== undefined && value !== null) element.setAttribute(name, value);
  }
  if (text !== undefined) element.textContent = text;
  for (const [event, listener] of Object.entries(on ?? {})) element.addEventListener(event, listener);
  element.append(...children);
  return element;
}

export function shown(id, isShown = true) {
  at(id).hidden = !isShown;
}

// A message that is an alert, brought to where it is seen: empty hides it.
export function problem(id, text) {
  at(id).textContent = text;
  at(id).hidden = !text;
  if (text) at(id).scrollIntoView({ block: "nearest" });
}

export function megabytes(bytes) {
  return bytes < 100_000 ? `${Math.max(1, Math.round(bytes / 1_000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
