/* The card of Music Agregator: albums on their way, the choice when one is needed, and why.
 *
 * Whatever comes from the network is set as text, never as markup. Nothing is asked of
 * anybody but Home Assistant.
 */

const DOMAIN = "music_agregator";
const TYPE = "music-agregator-card";
const STEPS = [
  "fetching_metadata",
  "checking_owned",
  "searching",
  "parsing_results",
  "adding_torrent",
  "complete",
  "downloading",
  "downloaded",
];
// What stands beside the line is drawn where the line had come to.
const AT_STEP = {
  awaiting_selection: "parsing_results",
  not_found: "parsing_results",
  stalled: "downloading",
  download_failed: "downloading",
};
const ENDS = ["downloaded", "already_owned", "not_found", "cancelled", "failed"];
const BAD = ["not_found", "failed", "download_failed", "stalled"];
const QUALITIES = ["hi_res", "lossless", "high", "any"];
const KEPT_COVERS = 400;

const STYLE = `
:host { display: block; }
ha-card { display: block; overflow: hidden; height: 100%; box-sizing: border-box;
  overflow-y: auto; }
h2 { margin: 0; padding: 16px 16px 0; font-size: var(--ha-font-size-2xl, 1.5rem);
  font-weight: var(--ha-font-weight-normal, 400); color: var(--primary-text-color); }
form { display: flex; gap: 8px; padding: 16px; }
input, select { font: inherit; color: var(--primary-text-color); min-width: 0;
  background: var(--secondary-background-color); border: 1px solid var(--secondary-text-color);
  border-radius: 8px; padding: 8px 12px; min-height: 44px; box-sizing: border-box; }
input { flex: 1; }
button { font: inherit; cursor: pointer; border-radius: 8px; padding: 8px 12px;
  min-height: 44px; min-width: 44px; border: 1px solid transparent; background: none;
  color: var(--primary-text-color); box-sizing: border-box; }
button.main { border-color: var(--primary-color); }
button:hover { background: var(--secondary-background-color); }
button:disabled { opacity: .5; cursor: default; }
:is(button, input, select, summary):focus-visible { outline: 2px solid var(--primary-color);
  outline-offset: 2px; }
ul { list-style: none; margin: 0; padding: 0; }
.row { display: grid; grid-template-columns: 64px minmax(0, 1fr) auto; gap: 4px 12px;
  padding: 12px 16px; border-top: 1px solid var(--divider-color); }
.row > img { width: 64px; height: 64px; border-radius: 8px; object-fit: cover;
  background: var(--secondary-background-color); }
.name { font-weight: var(--ha-font-weight-medium, 500); color: var(--primary-text-color); }
.name, .by, .why, .state { overflow-wrap: anywhere; }
.by, .why, .state { font-size: .9em; color: var(--secondary-text-color); }
.state.bad { color: var(--primary-text-color); font-weight: 500; }
.state.bad::before { content: "⚠ "; }
.state.good::before { content: "✓ "; }
.acts { display: flex; flex-wrap: wrap; justify-content: end; align-content: start; }
.acts button { padding: 8px; }
.line { grid-column: 1 / -1; display: flex; gap: 3px; height: 6px; }
.line i { flex: 1; border-radius: 3px; background: var(--divider-color); overflow: hidden; }
.line i b { display: block; height: 100%; width: 100%; background: var(--primary-color);
  transform-origin: left; transform: scaleX(var(--part, 0)); transition: transform .4s; }
:host([dir=rtl]) .line i b { transform-origin: right; }
.line.bad i b { background: var(--error-color); }
.line.good i b { background: var(--success-color); }
.more { grid-column: 1 / -1; }
.empty { padding: 8px 16px 24px; color: var(--secondary-text-color); }
.found .row { grid-template-columns: 48px minmax(0, 1fr) auto; }
.found img { width: 48px; height: 48px; }
.candidate { padding: 8px 0; border-top: 1px solid var(--divider-color); display: grid;
  grid-template-columns: minmax(0, 1fr) auto; gap: 4px 8px; }
.candidate.won { border-inline-start: 4px solid var(--success-color);
  padding-inline-start: 8px; }
.candidate .title { overflow-wrap: anywhere; color: var(--primary-text-color); }
.facts { font-size: .85em; color: var(--secondary-text-color); grid-column: 1; }
.bar { grid-column: 1 / -1; display: flex; height: 6px; gap: 1px; }
.bar span { background: var(--primary-color); border-radius: 2px; min-width: 2px; }
.bar span:nth-child(3n + 2) { background: var(--accent-color); }
.bar span:nth-child(3n) { background: var(--success-color); }
.bar span.minus { background: var(--error-color); }
summary { cursor: pointer; padding: 12px 0; color: var(--primary-text-color); }
.note { padding: 0 16px 12px; color: var(--primary-text-color); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden;
  clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
@media (max-width: 480px) {
  form { flex-wrap: wrap; } input { flex-basis: 100%; }
  .row, .found .row { grid-template-columns: 48px minmax(0, 1fr); }
  .row > img { width: 48px; height: 48px; }
  .acts { grid-column: 1 / -1; }
}
@media (prefers-reduced-motion: reduce) { .line i b { transition: none; } }
`;

/** Make an element; strings among the children are text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** Set a text only if it is another one: nothing else is touched. */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const covers = new Map();

/** Show an album's cover; the view wants the user's own login. */
async function showCover(image, hass, albumId) {
  image.dataset.album = albumId;
  if (!covers.has(albumId)) {
    const load = hass
      .fetchWithAuth(`/api/${DOMAIN}/cover/${encodeURIComponent(albumId)}`)
      .then(async (answer) =>
        answer.ok ? URL.createObjectURL(await answer.blob()) : "",
      )
      .catch(() => "");
    covers.set(albumId, load);
    if (covers.size > KEPT_COVERS) {
      const [oldest, url] = covers.entries().next().value;
      covers.delete(oldest);
      url.then((address) => URL.revokeObjectURL(address));
    }
  }
  const address = await covers.get(albumId);
  if (!address) covers.delete(albumId);
  else if (image.dataset.album === albumId) image.src = address;
}

/** The stream of events: resumed where it ended, whatever happened meanwhile. */
class Stream {
  constructor(connection, heard) {
    this.connection = connection;
    this.heard = heard;
    this.seq = null;
    this.storeId = null;
    this.ready = () => {
      // What was subscribed to went with the connection; its number is another's now.
      this.leave = null;
      this.begin();
    };
    connection.addEventListener("ready", this.ready);
    this.begin();
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.connection.removeEventListener("ready", this.ready);
    this.leave?.();
  }

  async begin() {
    const round = (this.round = (this.round ?? 0) + 1);
    clearTimeout(this.timer);
    this.leave?.();
    this.leave = null;
    const isOver = () => this.isClosed || round !== this.round;
    try {
      if (this.seq === null) {
        const known = await this.connection.sendMessagePromise({ type: `${DOMAIN}/albums` });
        if (isOver()) return;
        this.seq = known.seq;
        this.storeId = known.store_id;
        this.heard.albums(known.albums);
      }
      const leave = await this.connection.subscribeMessage(
        (message) => isOver() || this.take(message),
        {
          type: `${DOMAIN}/subscribe`,
          since_seq: this.seq,
          store_id: this.storeId,
          progress: true,
        },
        { resubscribe: false },
      );
      const stop = () => leave().catch(() => {});
      if (isOver()) stop();
      else this.leave = stop;
    } catch {
      if (!isOver()) this.again();
    }
  }

  take(message) {
    if (message.type === "end" || (message.type === "start" && message.reset)) {
      // The store is another one, or has closed: begin with what is known then.
      if (message.reset) this.seq = null;
      this.again();
    } else if (message.type === "start") {
      this.heard.back();
    } else if (message.type === "event") {
      this.seq = message.event.seq;
      this.heard.event(message.event);
    } else if (message.type === "progress") {
      this.heard.progress(message);
    }
  }

  again() {
    this.round += 1;
    this.leave?.();
    this.leave = null;
    this.heard.away();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.begin(), 2000);
  }
}

/** Become what an event says; the same rules as the integration's entities have. */
function fold(album, event) {
  const data = event.data;
  if (album.run_id !== event.run_id) {
    Object.assign(album, { found: null, percent: null, speed: null, time_left: null });
  }
  album.run_id = event.run_id;
  album.status = event.status;
  album.at = event.at;
  album.error = data.error ?? null;
  album.reason = data.reason ?? null;
  album.details = data;
  album.artist = data.artist || album.artist || "";
  album.album = data.album || album.album || "";
  album.mode = data.mode ?? album.mode;
  if (["adding_torrent", "downloaded"].includes(event.status)) album.found = data.quality;
  if (event.status === "downloading") {
    album.percent = data.percent;
    album.speed = data.speed;
    album.time_left = data.time_left;
  } else if (event.status === "downloaded") {
    album.percent = 100;
    album.speed = album.time_left = 0;
  } else if (event.status !== "stalled") {
    album.percent = album.speed = album.time_left = null;
  }
}

const topic = (album) => `${album.album_id}/${album.quality}`;

/** One album of the list. */
class Row {
  constructor(card, album) {
    this.card = card;
    this.album = album;
    this.image = make("img", { alt: "", loading: "lazy", width: 64, height: 64 });
    this.name = make("div", { className: "name" });
    this.by = make("div", { className: "by" });
    this.state = make("div", { className: "state" });
    this.why = make("div", { className: "why" });
    this.acts = make("div", { className: "acts" });
    this.parts = STEPS.map(() => make("b"));
    this.line = make(
      "div",
      { className: "line", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 },
      ...this.parts.map((part) => make("i", {}, part)),
    );
    this.more = make("div", { className: "more", hidden: true });
    this.element = make(
      "li",
      { className: "row" },
      this.image,
      make("div", {}, this.name, this.by, this.state, this.why),
      this.acts,
      this.line,
      this.more,
    );
    this.buttons = {};
    this.observe();
    this.update();
  }

  /** Ask for the cover when the album comes into sight. */
  observe() {
    this.card.sight.observe(this.element);
    this.element.inSight = () => showCover(this.image, this.card.hass, this.album.album_id);
  }

  update() {
    const { card, album } = this;
    const ended = ENDS.includes(album.status);
    const bad = BAD.includes(album.status);
    const good = ["downloaded", "already_owned"].includes(album.status);
    const called = album.album || album.album_id;
    write(this.name, called);
    write(this.by, [album.artist, card.qualities(album)].filter(Boolean).join(" · "));
    write(this.state, card.state(album));
    this.state.className = `state${bad ? " bad" : good ? " good" : ""}`;
    write(this.why, album.reason ? card.reason(album) : "");
    this.line.className = `line${bad ? " bad" : good ? " good" : ""}`;
    const at = STEPS.indexOf(AT_STEP[album.status] ?? album.status);
    this.at = at < 0 ? (good ? STEPS.length : (this.at ?? 0)) : at;
    let whole = 0;
    this.parts.forEach((part, index) => {
      let value = index < this.at ? 1 : 0;
      if (index === this.at) {
        const loading = STEPS[index] === "downloading";
        value = loading ? (album.percent ?? 0) / 100 : good ? 1 : 0.5;
      }
      whole += value;
      if (part.value !== value) part.style.setProperty("--part", (part.value = value));
    });
    const percent = Math.round((whole / STEPS.length) * 100);
    this.line.setAttribute("aria-valuenow", percent);
    this.line.setAttribute("aria-label", `${called}: ${card.state(album)}`);
    this.act("choose", album.status === "awaiting_selection", () => this.open("choose"));
    this.act("cancel", !ended, () => card.call("cancel", { run_id: album.run_id }));
    this.act("retry", ended && !good, () => card.call("retry", { run_id: album.run_id }));
    this.act("explain", ended, () => this.open("explain"));
    this.act("details", true, () => card.moreInfo(album));
    this.act("dismiss", ended, () => card.dismiss(album));
    if (this.opened && this.opened !== `${album.run_id} ${album.status}`) this.close();
  }

  act(name, isThere, action) {
    let button = this.buttons[name];
    if (!button && isThere) {
      button = this.buttons[name] = make("button", { type: "button" });
      button.append(this.card.text(name));
      if (name === "choose") button.className = "main";
      this.acts.append(button);
    }
    if (!button) return;
    button.hidden = !isThere;
    button.onclick = action;
    const called = this.album.album || this.album.album_id;
    button.setAttribute("aria-label", `${this.card.text(name)}: ${called}`);
    if (["choose", "explain"].includes(name)) {
      button.setAttribute("aria-expanded", Boolean(this.opened));
    }
  }

  close() {
    this.opened = null;
    this.more.hidden = true;
    this.more.replaceChildren();
    for (const name of ["choose", "explain"]) {
      this.buttons[name]?.setAttribute("aria-expanded", "false");
    }
  }

  async open(why) {
    if (this.opened) {
      this.close();
      return;
    }
    const { card, album } = this;
    const opened = (this.opened = `${album.run_id} ${album.status}`);
    const answer = await card.ask("get_candidates", { run_id: album.run_id, limit: 200 });
    if (this.opened !== opened) return;
    if (!answer) {
      this.close();
      return;
    }
    const chosen = answer.candidates.filter((one) => one.tried).at(-1);
    const show = (one) => this.candidate(one, why, one === chosen);
    const good = answer.candidates.filter((one) => one.accepted);
    const bad = answer.candidates.filter((one) => !one.accepted);
    this.more.replaceChildren(
      make("div", { className: "facts" }, card.text(good.length ? why + "_head" : "nothing")),
      ...good.map(show),
    );
    if (bad.length) {
      this.more.append(
        make(
          "details",
          {},
          make("summary", {}, `${card.text("rejected")} (${bad.length})`),
          ...bad.map(show),
        ),
      );
    }
    if (why === "choose") {
      this.more.append(
        make(
          "button",
          { type: "button", onclick: () => this.select({ decline: true }) },
          card.text("decline"),
        ),
      );
    }
    this.more.hidden = false;
    this.buttons[why]?.setAttribute("aria-expanded", "true");
  }

  select(choice) {
    this.card.call("select_release", { run_id: this.album.run_id, ...choice });
  }

  candidate(one, why, hasWon) {
    const { card } = this;
    const element = make(
      "div",
      { className: `candidate${hasWon ? " won" : ""}` },
      make("div", { className: "title" }, one.title),
    );
    if (why === "choose") {
      const button = make(
        "button",
        { type: "button", className: "main", onclick: () => this.select({ rank: one.rank }) },
        card.text("take"),
      );
      button.setAttribute("aria-label", `${card.text("take")}: ${one.title}`);
      element.append(button);
    }
    const facts = [
      one.quality,
      card.size(one.size_bytes),
      one.seeders == null ? "" : `${card.text("seeders")}: ${one.seeders}`,
      one.score == null ? "" : `${card.text("score")}: ${card.number(one.score)}`,
      hasWon ? card.text("won") : one.tried ? card.text("tried") : "",
    ];
    element.append(
      make("div", { className: "facts" }, facts.filter(Boolean).join(" · ")),
    );
    for (const reason of one.reasons ?? []) {
      element.append(make("div", { className: "facts" }, reason.sentence ?? reason.code));
    }
    const parts = (one.parts ?? []).filter((part) => part.points);
    if (parts.length) {
      const most = parts.reduce((sum, part) => sum + Math.abs(part.points), 0);
      const bar = make("div", { className: "bar", role: "img" });
      const words = parts.map((part) => part.sentence ?? `${part.name} ${part.points}`);
      bar.setAttribute("aria-label", words.join(", "));
      for (const [index, part] of parts.entries()) {
        const piece = make("span", { title: words[index] });
        piece.style.flexGrow = Math.abs(part.points) / most;
        if (part.points < 0) piece.className = "minus";
        bar.append(piece);
      }
      element.append(bar);
    }
    return element;
  }
}

class MusicAgregatorCard extends HTMLElement {
  static getStubConfig() {
    return { show_search: true, show_ended: true };
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "title", selector: { text: {} } },
        { name: "show_search", selector: { boolean: {} } },
        { name: "show_ended", selector: { boolean: {} } },
        { name: "most", selector: { number: { min: 1, max: 500, mode: "box" } } },
      ],
      computeLabel: ({ name }, localize) =>
        localize(`component.${DOMAIN}.selector.card.options.${name}`) || name,
    };
  }

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
    this.rows = new Map();
  }

  setConfig(config) {
    if (config.most !== undefined && !(Number(config.most) > 0)) {
      throw new Error("`most` must be a number above zero");
    }
    this.config = { show_search: true, show_ended: true, most: 300, ...config };
    if (this.list) this.build();
  }

  getCardSize() {
    return 3 + Math.min(this.rows.size, 10) * 2;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6, rows: "auto" };
  }

  get hass() {
    return this.home;
  }

  set hass(hass) {
    const before = this.home;
    this.home = hass;
    if (before?.language !== hass.language) this.translate();
    if (before?.connection !== hass.connection) this.connect();
  }

  connectedCallback() {
    this.connect();
  }

  disconnectedCallback() {
    this.stream?.close();
    this.stream = null;
    this.sight?.disconnect();
  }

  /** Fetch the strings; until they are there, and where there are none, keys are shown. */
  async translate() {
    const { hass } = this;
    for (const category of ["selector", "entity", "exceptions"]) {
      this.localize = await hass.loadBackendTranslation(category, DOMAIN);
    }
    if (hass.language !== this.hass.language) return;
    this.dir = this.isRtl() ? "rtl" : "ltr";
    if (this.isConnected) this.build();
  }

  isRtl() {
    const { language, translationMetadata } = this.hass;
    return Boolean(translationMetadata?.translations[language]?.isRTL);
  }

  connect() {
    this.stream?.close();
    this.stream = null;
    if (!this.isConnected || !this.hass || !this.config) return;
    if (!this.list) this.build();
    this.stream = new Stream(this.hass.connection, {
      albums: (albums) => this.begin(albums),
      event: (event) => this.follow(event),
      progress: (progress) => this.advance(progress),
      away: () => {
        this.isAway = true;
        this.say("away");
      },
      back: () => {
        if (this.isAway) this.say();
      },
    });
  }

  /* words */

  text(key) {
    return (
      this.localize?.(`component.${DOMAIN}.selector.card.options.${key}`) ||
      key.replaceAll("_", " ")
    );
  }

  status(album) {
    return (
      this.localize?.(
        `component.${DOMAIN}.entity.sensor.album_status.state.${album.status}`,
      ) || album.status
    );
  }

  state(album) {
    const words = [this.status(album)];
    if (["downloading", "stalled"].includes(album.status) && album.percent != null) {
      words.push(`${this.number(album.percent)} %`);
      if (album.speed) words.push(`${this.size(album.speed)}/s`);
      if (album.time_left) words.push(this.time(album.time_left));
    }
    return words.join(" · ");
  }

  qualities(album) {
    const asked = this.quality(album.quality);
    return album.found ? `${asked} → ${album.found}` : asked;
  }

  quality(name) {
    return this.localize?.(`component.${DOMAIN}.selector.quality.options.${name}`) || name;
  }

  /** A reason in the reader's language; English where there is no sentence. */
  reason(album) {
    const key = `component.${DOMAIN}.exceptions.reason_${album.error}.message`;
    return this.localize?.(key, album.details) || album.reason;
  }

  number(value) {
    return new Intl.NumberFormat(this.hass.language, { maximumFractionDigits: 1 }).format(value);
  }

  size(bytes) {
    if (bytes == null) return "";
    const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 4);
    return `${this.number(bytes / 1000 ** power)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
  }

  time(seconds) {
    const [value, unit] =
      seconds < 90
        ? [seconds, "second"]
        : seconds < 5400
          ? [seconds / 60, "minute"]
          : seconds < 172800
            ? [seconds / 3600, "hour"]
            : [seconds / 86400, "day"];
    return new Intl.NumberFormat(this.hass.language, {
      style: "unit",
      unit,
      maximumFractionDigits: 0,
    }).format(value);
  }

  /* the frame */

  build() {
    if (!this.config || !this.hass) return;
    this.sight?.disconnect();
    this.sight = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        this.sight.unobserve(target);
        target.inSight?.();
      }
    });
    const albums = [...this.rows.values()].map((row) => row.album);
    this.rows.clear();
    this.list = make("ul", {});
    this.empty = make("div", { className: "empty", hidden: true }, this.text("empty"));
    this.note = make("div", { className: "note", hidden: true });
    this.note.setAttribute("role", "alert");
    this.live = make("div", { className: "hidden" });
    this.live.setAttribute("role", "status");
    const card = make("ha-card", {});
    if (this.config.title) card.append(make("h2", {}, this.config.title));
    if (this.config.show_search) card.append(...this.search());
    card.append(this.note, this.empty, this.list, this.live);
    this.shadowRoot.replaceChildren(make("style", {}, STYLE), card);
    if (this.isFilled) this.begin(albums);
  }

  search() {
    const field = make("input", {
      type: "search",
      placeholder: this.text("search_hint"),
      maxLength: 200,
      required: true,
    });
    field.setAttribute("aria-label", this.text("search_hint"));
    const found = make("ul", { className: "found" });
    const form = make(
      "form",
      {},
      field,
      make("button", { className: "main" }, this.text("search")),
    );
    form.setAttribute("role", "search");
    form.onsubmit = async (event) => {
      event.preventDefault();
      this.say();
      const [first, ...rest] = field.value.split(" - ");
      const asked = rest.length
        ? { artist: first.trim(), album: rest.join(" - ").trim() }
        : { album: first.trim() };
      const answer = await this.ask("search_album", asked);
      if (!answer) return;
      found.replaceChildren(...answer.albums.map((match) => this.match(match, found)));
      if (!answer.albums.length) this.say("no_match");
      found.querySelector("select")?.focus();
    };
    return [form, found];
  }

  match(match, found) {
    const image = make("img", { alt: "", width: 48, height: 48 });
    showCover(image, this.hass, match.album_id);
    const choice = make("select", {});
    choice.setAttribute("aria-label", `${this.text("quality")}: ${match.album}`);
    choice.append(make("option", { value: "" }, this.text("usual_quality")));
    for (const name of QUALITIES) {
      choice.append(make("option", { value: name }, this.quality(name)));
    }
    const button = make("button", { type: "button", className: "main" }, this.text("get"));
    button.setAttribute("aria-label", `${this.text("get")}: ${match.album}`);
    button.onclick = async () => {
      const asked = { album_id: match.album_id };
      if (choice.value) asked.quality = choice.value;
      button.disabled = true;
      if (await this.call("monitor_album", asked)) found.replaceChildren();
      button.disabled = false;
    };
    const facts = [
      match.artist,
      (match.first_release_date ?? "").slice(0, 4),
      match.type,
      ...(match.secondary_types ?? []),
      match.disambiguation,
    ];
    return make(
      "li",
      { className: "row" },
      image,
      make(
        "div",
        {},
        make("div", { className: "name" }, match.album),
        make("div", { className: "by" }, facts.filter(Boolean).join(" · ")),
      ),
      make("div", { className: "acts" }, choice, button),
    );
  }

  /* the albums */

  begin(albums) {
    this.isFilled = true;
    this.rows.clear();
    this.list.replaceChildren();
    this.say();
    for (const album of albums) this.rows.set(topic(album), new Row(this, album));
    this.arrange();
  }

  follow(event) {
    let row = this.rows.get(topic(event));
    const isNew = !row;
    if (isNew) {
      const album = { album_id: event.album_id, quality: event.quality };
      fold(album, event);
      row = new Row(this, album);
      this.rows.set(topic(event), row);
    } else {
      const wasEnded = ENDS.includes(row.album.status);
      fold(row.album, event);
      row.update();
      if (wasEnded === ENDS.includes(event.status)) {
        this.announce(row.album, event);
        return;
      }
    }
    this.place(row);
    this.announce(row.album, event);
  }

  advance(progress) {
    for (const row of this.rows.values()) {
      if (row.album.run_id !== progress.run_id) continue;
      row.album.percent = Math.min(progress.percent, 99);
      row.album.speed = progress.speed;
      row.album.time_left = progress.time_left;
      row.update();
      return;
    }
  }

  announce(album, event) {
    if (event.status === "downloading" && event.data.percent) return;
    write(this.live, `${album.album || album.album_id}: ${this.status(album)}`);
  }

  isShown(row) {
    return this.config.show_ended || !ENDS.includes(row.album.status);
  }

  /** Live ones first, the newest of each kind before the others. */
  before(one, other) {
    const ended = ENDS.includes(one.album.status) - ENDS.includes(other.album.status);
    return ended || other.album.at - one.album.at;
  }

  arrange() {
    const rows = [...this.rows.values()].filter((row) => this.isShown(row));
    rows.sort((one, other) => this.before(one, other));
    this.list.replaceChildren(...rows.slice(0, this.config.most).map((row) => row.element));
    this.empty.hidden = rows.length > 0;
  }

  /** Move one album to its place, and touch no other. */
  place(row) {
    row.element.remove();
    if (this.isShown(row)) {
      let next = this.list.firstElementChild;
      const owners = new Map([...this.rows.values()].map((one) => [one.element, one]));
      while (next && this.before(row, owners.get(next)) > 0) next = next.nextElementSibling;
      this.list.insertBefore(row.element, next);
      while (this.list.childElementCount > this.config.most) this.list.lastElementChild.remove();
    }
    this.empty.hidden = this.list.childElementCount > 0;
  }

  /* what people do */

  say(key, text) {
    if (key !== "away") this.isAway = false;
    this.note.hidden = !key;
    write(this.note, key ? (text ?? this.text(key)) : "");
  }

  async ask(action, data) {
    try {
      const answer = await this.hass.callService(DOMAIN, action, data, undefined, false, true);
      return answer.response;
    } catch (error) {
      this.say("error", error.message || this.text("error"));
      return null;
    }
  }

  async call(action, data) {
    this.say();
    return this.ask(action, data);
  }

  async dismiss(album) {
    try {
      await this.hass.connection.sendMessagePromise({
        type: `${DOMAIN}/dismiss`,
        run_id: album.run_id,
      });
    } catch (error) {
      this.say("error", error.message || this.text("error"));
      return;
    }
    this.rows.get(topic(album))?.element.remove();
    this.rows.delete(topic(album));
    this.empty.hidden = this.list.childElementCount > 0;
  }

  moreInfo(album) {
    const found = Object.values(this.hass.states).find(
      ({ entity_id: name, attributes }) =>
        attributes.run_id === album.run_id && name.startsWith("sensor."),
    );
    if (!found) return;
    const event = new Event("hass-more-info", { bubbles: true, composed: true });
    event.detail = { entityId: found.entity_id };
    this.dispatchEvent(event);
  }
}

if (!customElements.get(TYPE)) {
  customElements.define(TYPE, MusicAgregatorCard);
  window.customCards = window.customCards || [];
  window.customCards.push({
    type: TYPE,
    name: "Music Agregator",
    description: "Albums on their way: search, watch, choose, and see why.",
    preview: true,
    documentationURL: "https://github.com/music-agregator/music_agregator",
    getEntitySuggestion: (hass, entityId) =>
      hass.entities?.[entityId]?.platform === DOMAIN
        ? { config: { type: `custom:${TYPE}` } }
        : null,
  });
}
