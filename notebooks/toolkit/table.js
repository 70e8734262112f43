// The ranked table: sorted, filtered and chosen from here, so that the kernel is asked for
// nothing but a new ranking. Everything shown is text, never markup.
const COLUMNS = [
  ["rank", "Rank", "number"],
  ["score", "Score", "number"],
  ["title", "Release", "text"],
  ["quality", "Quality", "text"],
  ["size", "MB", "number"],
  ["seeders", "Seeders", "number"],
  ["indexers", "Indexers", "text"],
  ["reason", "Why not", "text"],
];

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
  const heads = COLUMNS.map(([name, label, kind]) => {
    const button = make("button", { type: "button", textContent: label });
    const head = make("th", { scope: "col", className: kind }, button);
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

  const line = (row) => {
    const isChosen = row.key === model.get("chosen");
    const line = make("tr", {
      className: row.accepted ? "" : "rejected",
      onclick: () => choose(row.key),
    });
    line.ariaSelected = String(isChosen);
    for (const [name, , kind] of COLUMNS) {
      const cell = make("td", { className: kind });
      if (name === "title") {
        const button = make("button", { type: "button", textContent: row.title });
        button.ariaPressed = String(isChosen);
        button.dataset.key = row.key;
        cell.append(button);
      } else {
        cell.textContent = row[name] ?? "";
      }
      line.append(cell);
    }
    return line;
  };

  function show() {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const rows = model.get("rows").filter((row) => {
      if (accepted.checked && !row.accepted) return false;
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
    body.replaceChildren(...rows.map(line));
    if (held !== undefined) {
      body.querySelector(`[data-key="${CSS.escape(held)}"]`)?.focus();
    }
    const all = model.get("rows").length;
    count.textContent =
      rows.length === all ? `${all} releases` : `${rows.length} of ${all} releases`;
  }

  filter.oninput = accepted.onchange = show;
  model.on("change:rows", show);
  model.on("change:chosen", show);
  show();
  return () => {
    model.off("change:rows", show);
    model.off("change:chosen", show);
  };
}

export default { render };
