// The rating control: ten steps in one group. One tab stop; arrows move, Enter or Space rates,
// the keys 1 to 9 and 0 (ten) rate at once. Filling up to the pointer is done by the style sheet.

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

// Returns the step that the key chooses, once focus has been moved; null leaves the key alone.
function keyOnRating(event, step) {
  if (event.altKey || event.ctrlKey || event.metaKey) return null;
  const steps = [...step.parentElement.children];
  if (/^[0-9]$/.test(event.key)) return steps[(Number(event.key) + 9) % 10];
  let place = steps.indexOf(step);
  if (event.key in MOVES) place = Math.min(9, Math.max(0, place + MOVES[event.key]));
  else if (event.key === "Home") place = 0;
  else if (event.key === "End") place = 9;
  else return null;
  event.preventDefault();
  for (const other of steps) setAttribute(other, "tabindex", other === steps[place] ? 0 : -1);
  steps[place].focus();
  return null;
}
