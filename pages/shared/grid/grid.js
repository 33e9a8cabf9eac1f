// Grid: draws a list, reuses the card element of each anime, and sends clicks to the server.

const grids = new WeakMap();
const MOTION = { duration: 160, easing: "cubic-bezier(.2, .7, .2, 1)" };
const REPEAT_AFTER = 1500; // ms; a click that is not acknowledged by then is sent again

export default function mount({ data, parentElement, setTriggerValue }) {
  let grid = grids.get(parentElement);
  if (!grid) {
    grid = makeGrid(parentElement);
    grids.set(parentElement, grid);
  }
  grid.send = () => setTriggerValue("events", grid.outbox);
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
  for (const element of [root, notice]) {
    element.addEventListener("click", (event) => {
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

// Handle a click: show "saving" at once, and keep the event until the server acknowledges it.
function act(grid, button) {
  const { action } = button.dataset;
  const card = button.closest(".card");
  const id = card ? card.data.id : Number(button.dataset.animeId);
  const value = action === "rate" ? Number(button.dataset.value) : null;
  const waiting = grid.outbox.some((event) => event.anime_id === id && event.action === action && event.value === value);
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
  grid.send();
}

function update(grid, data) {
  grid.last = Math.max(grid.last, data.handled);
  grid.outbox = grid.outbox.filter((event) => event.sequence > data.handled);
  const kind = `${data.mode} ${data.actions}`;
  if (grid.kind !== kind) {
    grid.kind = kind;
    grid.cards.clear();
    grid.root.replaceChildren();
    setAttribute(grid.root, "data-mode", data.mode);
  }
  const focus = focusOf(grid);
  const before = positions(grid);
  drawCards(grid, data);
  drawEmpty(grid, data);
  drawNotice(grid, data.notice);
  restoreFocus(grid, focus);
  animate(grid, before);
  const [oldest] = grid.outbox;
  if (oldest && Date.now() - oldest.sequence > REPEAT_AFTER) grid.send();
}

function drawCards(grid, data) {
  const wanted = new Map(data.cards.map((card) => [card.id, card]));
  for (const [id, card] of grid.cards) {
    if (wanted.has(id)) continue;
    card.remove();
    grid.cards.delete(id);
  }
  const oldIndex = new Map([...grid.root.children].map((card, index) => [card, index]));
  const waiting = new Set(grid.outbox.map((event) => event.anime_id));
  const cards = [...wanted].map(([id, cardData]) => {
    let card = grid.cards.get(id);
    if (!card) {
      card = makeCard(id, data.actions);
      grid.cards.set(id, card);
      patchCard(card, cardData);
    } else if (!waiting.has(id)) {
      settle(card, cardData);
    }
    return card;
  });
  const staying = longestIncreasing(cards.map((card) => oldIndex.get(card) ?? -1));
  cards.reduceRight((next, card, index) => {
    if (!staying.has(index)) put(grid.root, card, next);
    return card;
  }, null);
}

// Return the positions of the cards that need not move: the longest increasing subsequence of
// their old positions (patience sorting). Numbers below zero are new cards and always move.
function longestIncreasing(numbers) {
  const ends = []; // ends[n]: index of the smallest number that ends a subsequence of n + 1
  const before = [];
  numbers.forEach((number, index) => {
    if (number < 0) return;
    let n = ends.findIndex((end) => numbers[end] > number);
    if (n < 0) n = ends.length;
    before[index] = n ? ends[n - 1] : undefined;
    ends[n] = index;
  });
  const longest = new Set();
  for (let index = ends.at(-1); index !== undefined; index = before[index]) longest.add(index);
  return longest;
}

function settle(card, data) {
  if (card.hasAttribute("data-waiting")) {
    card.removeAttribute("data-waiting");
    for (const button of card.parts.buttons.children) setAttribute(button, "data-busy", null);
  }
  patchCard(card, data);
}

// moveBefore keeps the focus and scroll position of a moved card; older browsers lack it.
function put(root, card, before) {
  if (card.parentNode === root && root.moveBefore) root.moveBefore(card, before);
  else root.insertBefore(card, before);
}

function drawEmpty(grid, { cards, empty }) {
  if (cards.length) {
    grid.empty?.remove();
    return;
  }
  grid.empty ??= make("div", { class: "empty", "data-testid": "empty" }, make("h3"), make("p"));
  setText(grid.empty.firstChild, empty.title);
  setText(grid.empty.lastChild, empty.sentence);
  if (!grid.empty.isConnected) grid.root.append(grid.empty);
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

// Return the focused control and its card, to restore the focus if the card leaves the list.
function focusOf(grid) {
  const focused = grid.root.getRootNode().activeElement;
  const card = focused && focused.closest(".card");
  if (!card || !grid.root.contains(card)) return null;
  return { focused, index: [...grid.root.children].indexOf(card), testid: focused.dataset.testid };
}

function restoreFocus(grid, focus) {
  if (!focus || focus.focused === grid.root.getRootNode().activeElement) return;
  const cards = grid.root.querySelectorAll(".card");
  let target = focus.focused;
  if (!target.isConnected) {
    const card = cards[Math.min(focus.index, cards.length - 1)];
    target = card?.querySelector(`[data-testid="${focus.testid}"]`);
    if (target?.matches(".step")) target = card.querySelector('.step[tabindex="0"]');
  }
  target?.focus({ preventScroll: true });
}

function positions(grid) {
  if (!grid.cards.size || matchMedia("(prefers-reduced-motion: reduce)").matches) return null;
  const boxes = new Map();
  for (const [id, card] of grid.cards) boxes.set(id, card.getBoundingClientRect());
  return boxes;
}

// Animate moved cards from their old position; this costs one layout and changes no element.
function animate(grid, before) {
  if (!before) return;
  const isVisible = (box) => box.bottom > 0 && box.top < innerHeight;
  for (const [id, now] of positions(grid) ?? []) {
    const old = before.get(id);
    if (!old || !(isVisible(old) || isVisible(now))) continue;
    const [x, y] = [old.left - now.left, old.top - now.top];
    if (x || y) {
      grid.cards.get(id).animate([{ transform: `translate(${x}px, ${y}px)` }, { transform: "none" }], MOTION);
    }
  }
}
