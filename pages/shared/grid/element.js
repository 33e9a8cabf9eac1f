// Small helpers to make and to change elements. Text only ever goes through textContent and
// attributes, so nothing that a file or a person wrote can become markup.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children);
  return element;
}

function setAttribute(element, name, value) {
  const wanted = value === null || value === undefined || value === false ? null : String(value);
  if (element.getAttribute(name) === wanted) return;
  if (wanted === null) element.removeAttribute(name);
  else element.setAttribute(name, wanted);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// Draw a part of a card again only where what it shows is another.
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
