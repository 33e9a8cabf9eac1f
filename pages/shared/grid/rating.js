// Rating control: ten steps in one group with one tab stop. Arrow keys move, Enter or Space rates,
// the keys 1 to 9 and 0 (for 10) rate at once. The style sheet fills the steps up to the pointer.

const WORDS = [
  "appalling", "awful", "poor", "weak", "so-so", "fine", "good", "very good", "outstanding",
  "masterpiece",
];

function rated(value) {
  return `${value} · ${WORDS[value - 1]}`;
}

function makeRating() {
  const steps = WORDS.map((word, index) =>
    make(
      "button",
      {
        type: "button",
        class: "step",
        "data-testid": `rate-${index + 1}`,
        "data-action": "rate",
        "data-value": index + 1,
        "data-hint": rated(index + 1),
        "aria-label": `${index + 1}, ${word}`,
        tabindex: -1,
      },
      String(index + 1),
    ),
  );
  const caption = make("span", { class: "caption", "data-testid": "rating" });
  const group = make("div", { class: "steps", role: "group" }, ...steps);
  return make("div", { class: "rating" }, caption, group);
}

function patchRating(rating, title, value) {
  const [caption, group] = rating.children;
  const signature = `${value} ${title}`;
  if (rating.drawn === signature) return;
  rating.drawn = signature;
  setText(caption, value ? rated(value) : "Your rating");
  setAttribute(rating, "data-rated", value ? "" : null);
  setAttribute(group, "aria-label", `Your rating of ${title}, 1 to 10`);
  [...group.children].forEach((step, index) => {
    setAttribute(step, "data-on", value && index < value ? "" : null);
    setAttribute(step, "aria-pressed", index + 1 === value);
    setAttribute(step, "tabindex", index + 1 === (value || 1) ? 0 : -1);
  });
}

const MOVES = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

// Return the step that the key rates, or null. Arrow keys only move the focus.
function keyOnRating(event, step) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  const steps = [...step.parentElement.children];
  if (/^[0-9]$/.test(event.key)) return steps[(Number(event.key) + 9) % 10];
  let index = steps.indexOf(step);
  if (event.key in MOVES) index = Math.min(9, Math.max(0, index + MOVES[event.key]));
  else if (event.key === "Home") index = 0;
  else if (event.key === "End") index = 9;
  else return null;
  event.preventDefault();
  for (const other of steps) setAttribute(other, "tabindex", other === steps[index] ? 0 : -1);
  steps[index].focus();
  return null;
}
