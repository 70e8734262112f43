// The ranked table: sorted, filtered and chosen from here, so that the kernel is asked for
// nothing but a new ranking. Everything shown is text, never markup.
const COLUMNS = [
  ["rank", "Rank", "number", 7],
  ["score", "Score", "number", 8],
  ["title", "Release", "text", 33],
  ["quality", "Quality", "text", 11],
  ["size", "MB", "number", 7],
  ["seeders", "Seeders", "number", 8],
  ["indexers", "Indexers", "text", 10],
  ["reason", "Why not", "text", 16],
];

const PAGE = 100;
const TITLE = COLUMNS.findIndex(([name]) => name === "title");

const make = (name, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
};

// What nobody knows comes last, up and down.
const compare = (a, b, down) => {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? 1 : -1;
  return a < b === down ? 1 : -1;
};

function render({ model, el }) {
  let sort = { name: "rank", down: false };
  const filter = make("input", {
    type: "search",
    placeholder: "Filter",
    ariaLabel: "Filter the releases by their words",
  });
  const accepted = make("input", { type: "checkbox" });
  const count = make("span", { className: "count", role: "status" });
  const heads = COLUMNS.map(([name, label, kind, width]) => {
    const button = make("button", { type: "button", textContent: label });
    const head = make("th", { scope: "col", className: kind }, button);
    head.style.width = `${width}%`;
    button.onclick = () => {
      sort = { name, down: sort.name === name && !sort.down };
      show();
    };
    return head;
  });
  const body = make("tbody");
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...heads)),
    body,
  );
  const scroll = make("div", { className: "scroll" }, table);
  el.classList.add("music-agregator-table");
  el.append(
    make(
      "div",
      { className: "bar" },
      filter,
      make("label", {}, accepted, " only what will do"),
      count,
    ),
    scroll,
  );

  const choose = (key) => {
    model.set("chosen", key);
    model.save_changes();
  };

  // The rows of the page by their keys: what did not change is not made anew.
  const lines = new Map();

  const line = (row) => {
    let known = lines.get(row.key);
    if (!known) {
      const cells = COLUMNS.map(([, , kind]) => make("td", { className: kind }));
      const button = make("button", { type: "button" });
      button.dataset.key = row.key;
      cells[TITLE].append(button);
      const element = make("tr", { onclick: () => choose(row.key) }, ...cells);
      known = { element, button, cells };
      lines.set(row.key, known);
    }
    const isChosen = row.key === model.get("chosen");
    const { element, button, cells } = known;
    const className = row.accepted ? "" : "rejected";
    if (element.className !== className) element.className = className;
    element.ariaSelected = button.ariaPressed = String(isChosen);
    COLUMNS.forEach(([name], place) => {
      const cell = place === TITLE ? button : cells[place];
      const text = String(row[name] ?? "");
      if (cell.textContent !== text) cell.textContent = text;
    });
    return element;
  };

  const all = () => {
    const offers = new Map(model.get("offers").map((offer) => [offer.key, offer]));
    return model
      .get("ranks")
      .map(([key, rank, accepted, score, reason]) => ({
        ...offers.get(key),
        rank,
        accepted,
        score,
        reason,
      }));
  };

  // So many are laid out at once; the others come when somebody scrolls to them.
  let most = PAGE;
  scroll.onscroll = () => {
    if (scroll.scrollTop + scroll.clientHeight < scroll.scrollHeight - 200) return;
    if (most >= model.get("ranks").length) return;
    most += PAGE;
    show();
  };

  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const every = all();
    const rows = every.filter((row) => {
      if (accepted.checked && !row.accepted) return false;
      if (!words.length) return true;
      const text = COLUMNS.map(([name]) => row[name] ?? "")
        .join(" ")
        .toLowerCase();
      return words.every((word) => text.includes(word));
    });
    rows.sort((a, b) => compare(a[sort.name], b[sort.name], sort.down));
    heads.forEach((head, place) => {
      const isSorted = COLUMNS[place][0] === sort.name;
      head.ariaSort = !isSorted ? "none" : sort.down ? "descending" : "ascending";
    });
    const held = el.contains(document.activeElement)
      ? document.activeElement.dataset.key
      : undefined;
    body.replaceChildren(...rows.slice(0, most).map(line));
    if (held !== undefined) {
      body.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
    }
    const total = `${every.length} releases`;
    count.textContent =
      rows.length === every.length ? total : `${rows.length} of ${total}`;
  }

  filter.oninput = accepted.onchange = show;
  const showAnew = () => {
    most = PAGE;
    scroll.scrollTop = 0;
    show();
  };
  model.on("change:ranks", showAnew);
  model.on("change:chosen", show);
  show();
  return () => {
    model.off("change:ranks", showAnew);
    model.off("change:chosen", show);
  };
}

export default { render };
