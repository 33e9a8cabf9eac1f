// Streamlit's chart library takes a second to start. It is loaded as soon as the pointer or the
// keyboard reaches a link to a page with charts, while the page itself is still requested.
const library = new URL("static/js/__CHUNK__", document.baseURI).href;
const EVENTS = ["pointerover", "focusin"];
const prefetch = (event) => {
  if (!event.target.closest?.('a[href*="/map"], a[href^="map"]')) return;
  for (const kind of EVENTS) document.removeEventListener(kind, prefetch, true);
  import(library);
};
for (const kind of EVENTS) document.addEventListener(kind, prefetch, true);
