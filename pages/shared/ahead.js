// Streamlit's chart library takes a second to start. Whoever points at a link to a page of charts
// will want it, so it starts then, while the page is still being asked for.
const library = new URL("static/js/__CHUNK__", document.baseURI).href;
const begin = (event) => {
  if (!event.target.closest?.('a[href*="/map"], a[href^="map"]')) return;
  for (const kind of ["pointerover", "focusin"]) document.removeEventListener(kind, begin, true);
  import(library);
};
for (const kind of ["pointerover", "focusin"]) document.addEventListener(kind, begin, true);
