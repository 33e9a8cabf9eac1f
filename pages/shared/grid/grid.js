// The grid: draws the list it is given, re-using the card of each anime, and tells of clicks.

const grids = new WeakMap();
const MOTION = { duration: 160, easing: "cubic-bezier(.2, .7, .2, 1)" };
const REPEAT_AFTER = 1500; // ms; a click not acknowledged for so long is told again

export default function mount({ data, parentElement, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid) {
    grid = makeGrid(parentElement);
    grids.set(parentElement, grid);
  }
  grid.tell = () => setTriggerValue("events", grid.outbox);
  if (grid.version !== data.version) {
    grid.version = data.version;
    update(grid, JSON.parse(data.text));
    setAttribute(grid.root, "data-version", data.version);
  }
}

function makeGrid(parent) {
  const root = make("section", { class: "grid", "data-testid": "grid" });
  const status = make("p", { class: "status", role: "status" });
  const notice = make("p", { class: "notice", "data-testid": "notice" });
  parent.append(make("div", { class: "frame" }, root, status, notice));
  const grid = { parent, root, status, notice, outbox: [], last: 0, cards: new Map() };
  for (const place of [root, notice]) {
    place.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-action]");
      if (button) act(grid, button);
    });
  }
  root.addEventListener("keydown", (event) => {
    const step = event.target.closest(".step");
    const chosen = step && keyOnRating(event, step);
    if (chosen) act(grid, chosen);
  });
  return grid;
}

// A click: show at once that it was heard, and put it in the outbox until the server has it.
function act(grid, button) {
  const { action } = button.dataset;
  const card = button.closest(".card");
  const id = card ? card.data.id : Number(button.dataset.animeId);
  const value = action === "rate" ? Number(button.dataset.value) : null;
  const waiting = grid.outbox.some((one) => one.anime_id === id && one.action === action && one.value === value);
  if (waiting) return;
  grid.last = Math.max(Date.now(), grid.last + 1);
  grid.outbox.push({ action, anime_id: id, value, sequence: grid.last });
  if (card) {
    setAttribute(card, "data-waiting", action);
    if (action === "rate") {
      patchRating(card.parts.rating, card.data.title, value);
      setText(card.parts.rating.firstChild, `${value} · saving…`);
      card.parts.rating.drawn = "saving";
    } else {
      setAttribute(button, "data-busy", "");
    }
    setText(grid.status, `${button.getAttribute("aria-label")}, saving`);
  }
  grid.tell();
}

function update(grid, data) {
  grid.last = Math.max(grid.last, data.handled);
  grid.outbox = grid.outbox.filter((one) => one.sequence > data.handled);
  const kind = `${data.mode} ${data.actions}`;
  if (grid.kind !== kind) {
    grid.kind = kind;
    grid.cards.clear();
    grid.root.replaceChildren();
    setAttribute(grid.root, "data-mode", data.mode);
  }
  const focus = focusOf(grid);
  const before = places(grid);
  drawCards(grid, data);
  drawEmpty(grid, data);
  drawNotice(grid, data.notice);
  restoreFocus(grid, focus);
  animate(grid, before);
  const [oldest] = grid.outbox;
  if (oldest && Date.now() - oldest.sequence > REPEAT_AFTER) grid.tell();
}

function drawCards(grid, data) {
  const wanted = new Map(data.cards.map((card) => [card.id, card]));
  for (const [id, card] of grid.cards) {
    if (wanted.has(id)) continue;
    card.remove();
    grid.cards.delete(id);
  }
  const places = new Map([...grid.root.children].map((card, place) => [card, place]));
  const waiting = new Set(grid.outbox.map((one) => one.anime_id));
  const cards = [...wanted].map(([id, one]) => {
    let card = grid.cards.get(id);
    if (!card) {
      card = makeCard(id, data.actions);
      grid.cards.set(id, card);
      patchCard(card, one);
    } else if (!waiting.has(id)) {
      settle(card, one);
    }
    return card;
  });
  const staying = longestRise(cards.map((card) => places.get(card) ?? -1));
  cards.reduceRight((next, card, place) => {
    if (!staying.has(place)) put(grid.root, card, next);
    return card;
  }, null);
}

// Which cards may stay where they are so that the fewest move: the longest ascending run of their
// old places (patience sorting). Numbers below zero are new cards and never stay.
function longestRise(numbers) {
  const ends = []; // ends[n]: index of the smallest number that ends a run of n + 1
  const before = [];
  numbers.forEach((number, index) => {
    if (number < 0) return;
    let n = ends.findIndex((end) => numbers[end] > number);
    if (n < 0) n = ends.length;
    before[index] = n ? ends[n - 1] : undefined;
    ends[n] = index;
  });
  const run = new Set();
  for (let index = ends.at(-1); index !== undefined; index = before[index]) run.add(index);
  return run;
}

function settle(card, data) {
  if (card.hasAttribute("data-waiting")) {
    card.removeAttribute("data-waiting");
    for (const button of card.parts.buttons.children) setAttribute(button, "data-busy", null);
  }
  patchCard(card, data);
}

// moveBefore keeps focus and scroll of the card that moves; older browsers fall back.
function put(root, card, before) {
  if (card.parentNode === root && root.moveBefore) root.moveBefore(card, before);
  else root.insertBefore(card, before);
}

function drawEmpty(grid, { cards, empty }) {
  if (cards.length) {
    grid.hollow?.remove();
    return;
  }
  grid.hollow ??= make("div", { class: "empty", "data-testid": "empty" }, make("h3"), make("p"));
  setText(grid.hollow.firstChild, empty.title);
  setText(grid.hollow.lastChild, empty.sentence);
  if (!grid.hollow.isConnected) grid.root.append(grid.hollow);
}

function drawNotice(grid, notice) {
  setAttribute(grid.notice, "role", notice && notice.problem ? "alert" : null);
  setPart(grid.notice, notice, () => {
    if (!notice) return [];
    const drawn = [make("span", {}, notice.text)];
    if (notice.id !== null) {
      drawn.push(
        make("button", { type: "button", "data-action": "undo", "data-testid": "undo", "data-anime-id": notice.id }, "Undo"),
      );
    }
    return drawn;
  });
}

// Where focus was, so that it does not fall out of the list with the card that leaves.
function focusOf(grid) {
  const focused = grid.root.getRootNode().activeElement;
  const card = focused && focused.closest(".card");
  if (!card || !grid.root.contains(card)) return null;
  return { focused, place: [...grid.root.children].indexOf(card), testid: focused.dataset.testid };
}

function restoreFocus(grid, focus) {
  if (!focus || focus.focused === grid.root.getRootNode().activeElement) return;
  const cards = grid.root.querySelectorAll(".card");
  let target = focus.focused;
  if (!target.isConnected) {
    const card = cards[Math.min(focus.place, cards.length - 1)];
    target = card?.querySelector(`[data-testid="${focus.testid}"]`);
    if (target?.matches(".step")) target = card.querySelector('.step[tabindex="0"]');
  }
  target?.focus({ preventScroll: true });
}

function places(grid) {
  if (!grid.cards.size || matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
  const found = new Map();
  for (const [id, card] of grid.cards) found.set(id, card.getBoundingClientRect());
  return found;
}

// Cards that moved glide from where they were; one layout, no change of the document.
function animate(grid, before) {
  if (!before) return;
  const seen = (box) => box.bottom > 0 && box.top < innerHeight;
  for (const [id, now] of places(grid) ?? []) {
    const old = before.get(id);
    if (!old || !(seen(old) || seen(now))) continue;
    const [x, y] = [old.left - now.left, old.top - now.top];
    if (x || y) {
      grid.cards.get(id).animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], MOTION);
    }
  }
}
