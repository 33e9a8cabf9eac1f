// One card: created once for an anime; later only changed parts are redrawn.

const BUTTONS = {
  not_seen: { label: "Haven’t seen", hint: "Not seen yet; this is not a dislike" },
  seen: { label: "Seen", hint: "Seen already; do not recommend it", kind: "seen" },
  not_interested: {
    label: "Not interested",
    hint: "Do not recommend it; this is not a low rating",
    kind: "not_interested",
  },
  hide: { label: "Hide", hint: "Hide it from my lists", kind: "hidden" },
  forget: { label: "Remove", hint: "Remove my entry for this title" },
};

function makeCard(id, actions) {
  const part = (name) => make("div", { class: name });
  const card = make("article", { class: "card", "data-testid": "card", "data-anime-id": id });
  const parts = {
    cover: part("cover"),
    badges: part("badges"),
    initials: make("span", { class: "initials", "aria-hidden": "true" }),
    picture: part("picture"),
    head: part("head"),
    title: make("h3", { class: "title", id: `title-${id}`, "data-testid": "card-title" }),
    other: make("p", { class: "other" }),
    unknown: make("p", {
      class: "other",
      "data-testid": "unknown",
      title: "This model does not cover the title; your rating is saved but not used",
    }),
    line: part("line"),
    genres: make("ul", { class: "genres", "aria-label": "Genres" }),
    reasons: part("reasons"),
    foot: part("foot"),
    buttons: part("buttons"),
  };
  setAttribute(card, "aria-labelledby", `title-${id}`);
  parts.cover.append(parts.initials, parts.picture, parts.badges);
  parts.head.append(parts.title, parts.other, parts.unknown, parts.line);
  if (actions.includes("rate")) {
    parts.rating = makeRating();
    parts.foot.append(parts.rating);
  }
  for (const action of actions) {
    if (!(action in BUTTONS)) continue;
    const { label, hint } = BUTTONS[action];
    const testid = action.replaceAll("_", "-");
    parts.buttons.append(
      make(
        "button",
        {
          type: "button",
          class: "quiet",
          "data-testid": testid,
          "data-action": action,
          title: hint,
        },
        label,
      ),
    );
  }
  if (parts.buttons.children.length) parts.foot.append(parts.buttons);
  card.append(parts.cover, parts.head, parts.genres, parts.reasons, parts.foot);
  card.parts = parts;
  return card;
}

function drawReason(reason, sign) {
  const row = make(
    "li",
    { class: sign, "data-testid": sign },
    make("span", { class: "label", title: reason.label }, reason.label),
    make("span", {}, reason.text),
  );
  if (JAPANESE.test(reason.label)) setAttribute(row.firstChild, "lang", "ja");
  if (reason.share > 0) {
    const bar = make("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", reason.share);
    row.append(bar);
  }
  return row;
}

function drawReasons({ because, against }) {
  const blocks = [];
  for (const [name, sign, reasons] of [
    ["Because of", "because", because],
    ["Against it", "against", against],
  ]) {
    if (!reasons.length) continue;
    blocks.push(
      make("h4", {}, name),
      make("ul", {}, ...reasons.map((reason) => drawReason(reason, sign))),
    );
  }
  return blocks;
}

function drawBadges({ rank, move }) {
  const badges = [];
  if (rank) badges.push(make("span", { class: "rank" }, String(rank)));
  if (move) {
    const arrow = { rose: "↑ ", fell: "↓ " }[move.split(" ")[0]] || "";
    badges.push(make("span", { class: "move", "data-testid": "move" }, arrow + move));
  }
  return badges;
}

function drawLine({ line, score }) {
  const drawn = [make("span", { class: "facts", title: line }, line)];
  if (score) {
    const text = `Community score ${score} of 10`;
    drawn.push(make("span", { class: "score", title: text, "aria-label": text }, `★ ${score}`));
  }
  return drawn;
}

function setPicture(picture, address) {
  if (picture.address === address) return;
  picture.address = address;
  let value = "";
  if (address && address.startsWith("https://")) {
    value = `url("${address.replace(/["\\\s]/g, encodeURIComponent)}")`;
  }
  picture.style.backgroundImage = value;
}

function patchCard(card, data) {
  const parts = card.parts;
  card.data = data;
  setText(parts.initials, data.initials);
  if (card.hue !== data.hue) {
    card.hue = data.hue;
    parts.cover.style.setProperty("--hue", data.hue);
  }
  setPicture(parts.picture, data.cover);
  setTitle(parts.title, data.title);
  setTitle(parts.other, data.other);
  setText(parts.unknown, data.known ? "" : "Not in this model");
  setPart(parts.badges, { rank: data.rank, move: data.move }, drawBadges);
  setPart(parts.line, { line: data.line, score: data.score }, drawLine);
  setPart(parts.genres, data.genres, (names) => names.map((name) => make("li", {}, name)));
  setAttribute(parts.genres, "title", data.genres.join(", ") || null);
  setPart(parts.reasons, { because: data.because, against: data.against }, drawReasons);
  if (parts.rating) patchRating(parts.rating, data.title, data.rating);
  for (const button of parts.buttons.children) {
    const { kind, label } = BUTTONS[button.dataset.action];
    if (kind) setAttribute(button, "aria-pressed", data.kind === kind);
    if (button.dataset.action === "forget") button.hidden = data.rating === null && !data.kind;
    setAttribute(button, "aria-label", `${label}: ${data.title}`);
  }
}
