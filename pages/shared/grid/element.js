// Helpers to create and change elements. Text is set only through textContent and attributes, so
// that no text of a file or user can become markup.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

function setAttribute(element, name, value) {
  const text = value === null || value === undefined || value === false ? null : String(value);
  if (element.getAttribute(name) === text) return;
  if (text === null) element.removeAttribute(name);
  else element.setAttribute(name, text);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Redraw a part of a card only if its value changed.
function setPart(element, value, draw) {
  const signature = JSON.stringify(value);
  if (element.drawn === signature) return;
  element.drawn = signature;
  element.replaceChildren(...draw(value));
}

const JAPANESE = /[\u3040-\u30ff\u3400-\u9fff]/;

function setTitle(element, text) {
  setText(element, text);
  setAttribute(element, "title", text || null);
  setAttribute(element, "lang", JAPANESE.test(text) ? "ja" : null);
}
