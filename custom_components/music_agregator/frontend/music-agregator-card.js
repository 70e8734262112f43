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
// When a cover that is on its way, or that there is none of, is asked for again (ms).
const COVER_SOON = 30000;
const COVER_AGAIN = 900000;
// One string of each kind: with them, the others are there.
const SAMPLES = [
  "selector.card.options.search",
  "entity.sensor.album_status.state.searching",
  "exceptions.reason_cancelled.message",
].map((key) => `component.${DOMAIN}.${key}`);
const DEFAULTS = { show_search: true, show_ended: true, most: 300 };

const STYLE = `
:host { display: block; }
ha-card { display: block; overflow: hidden; height: 100%; box-sizing: border-box;
  overflow-y: auto; }
h2 { margin: 0; padding: 16px 16px 0; font-size: var(--ha-font-size-2xl, 1.5rem);
  font-weight: var(--ha-font-weight-normal, 400); color: var(--primary-text-color); }
form { display: flex; gap: 8px; padding: 16px; }
form[hidden] { display: none; }
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
.points { grid-column: 1 / -1; }
.points summary { font-size: .85em; padding: 4px 0 9px; color: var(--secondary-text-color); }
.bar { display: flex; height: 6px; gap: 1px; margin-top: 4px; }
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
  let cover = covers.get(albumId);
  if (!cover) {
    cover = { images: new Set() };
    cover.address = fetchCover(hass, albumId, cover);
    covers.set(albumId, cover);
    if (covers.size > KEPT_COVERS) forgetCover(covers.keys().next().value);
  }
  if (!cover.isFound) cover.images.add(image);
  const address = await cover.address;
  if (address && image.dataset.album === albumId) image.src = address;
}

/** Fetch a cover; what is only drawn yet is asked for again while anybody looks at it. */
async function fetchCover(hass, albumId, cover) {
  let address = "";
  let pause = COVER_AGAIN;
  try {
    const answer = await hass.fetchWithAuth(
      `/api/${DOMAIN}/cover/${encodeURIComponent(albumId)}`,
    );
    if (answer.headers.get("Cache-Control") === "no-store") pause = COVER_SOON;
    if (answer.ok) {
      const picture = await answer.blob();
      cover.isFound = !picture.type.includes("svg");
      address = URL.createObjectURL(picture);
    }
  } catch {
    // Asked for again as if there were none.
  }
  if (cover.isFound) cover.images.clear();
  else {
    setTimeout(() => {
      if (covers.get(albumId) === cover) forgetCover(albumId);
      for (const image of cover.images) {
        if (image.isConnected) showCover(image, hass, albumId);
      }
    }, pause);
  }
  return address;
}

async function forgetCover(albumId) {
  const { address } = covers.get(albumId);
  covers.delete(albumId);
  const known = await address;
  if (known) URL.revokeObjectURL(known);
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
      const ask = () => this.connection.sendMessagePromise({ type: `${DOMAIN}/albums` });
      if (this.seq === null) {
        const known = await ask();
        if (isOver()) return;
        this.seq = known.seq;
        this.storeId = known.store_id;
        this.heard.albums(known.albums, known.may_ask !== false);
      }
      const leave = await this.connection.subscribeMessage(
        (message) => isOver() || this.take(message),
        {
          type: `${DOMAIN}/subscribe`,
          since_seq: this.seq,
          store_id: this.storeId,
          live: true,
        },
        { resubscribe: false },
      );
      const stop = () => leave().catch(() => {});
      if (isOver()) {
        stop();
        return;
      }
      this.leave = stop;
      // What went before this began to listen is in no event.
      const known = await ask();
      if (!isOver() && known.store_id === this.storeId) this.heard.only(known);
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
    } else {
      this.heard[message.type]?.(message);
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
    Object.assign(album, { began_at: event.at, step: "fetching_metadata" });
    Object.assign(album, { found: null, chosen: null });
  }
  album.run_id = event.run_id;
  album.status = event.status;
  if (!ENDS.includes(event.status)) album.step = event.status;
  album.at = event.at;
  album.error = data.error ?? null;
  album.reason = data.reason ?? null;
  album.details = data;
  album.artist = data.artist || album.artist || "";
  album.album = data.album || album.album || "";
  album.mode = data.mode ?? album.mode;
  if (["adding_torrent", "downloaded"].includes(event.status)) album.found = data.quality;
  if (event.status === "adding_torrent") album.chosen = data.rank;
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
    const step = AT_STEP[album.step] ?? album.step;
    const at = good ? STEPS.length : Math.max(STEPS.indexOf(step), 0);
    let whole = 0;
    this.parts.forEach((part, index) => {
      let value = index < at ? 1 : 0;
      if (index === at) {
        const loading = STEPS[index] === "downloading";
        value = loading ? (album.percent ?? 0) / 100 : 0.5;
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

  act(name, isWanted, action) {
    // Whoever may only look changes nothing: the server would refuse it.
    const isThere = isWanted && (this.card.mayAsk || ["explain", "details"].includes(name));
    let button = this.buttons[name];
    if (!button && isThere) {
      button = this.buttons[name] = make("button", { type: "button" });
      button.append(this.card.text(name));
      button.dataset.act = name;
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
    const { candidates, total } = answer;
    const won = album.status === "downloaded" ? album.chosen : null;
    const show = (one) => this.candidate(one, why, one.rank === won);
    const good = candidates.filter((one) => one.accepted);
    const bad = candidates.filter((one) => !one.accepted);
    const head = !total ? "no_candidates" : good.length ? `${why}_head` : "nothing";
    this.more.replaceChildren(
      make("div", { className: "facts" }, card.text(head)),
      ...good.map(show),
    );
    if (bad.length) {
      this.more.append(
        make(
          "details",
          {},
          make("summary", {}, `${card.text("rejected")} (${card.number(bad.length)})`),
          ...bad.map(show),
        ),
      );
    }
    if (total > candidates.length) {
      const numbers = { shown: card.number(candidates.length), total: card.number(total) };
      this.more.append(make("div", { className: "facts" }, card.text("best_of", numbers)));
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
      hasWon ? card.text("won") : one.tried ? card.text("tried") : "",
    ];
    element.append(
      make("div", { className: "facts" }, facts.filter(Boolean).join(" · ")),
    );
    for (const reason of one.reasons) {
      element.append(make("div", { className: "facts" }, card.sentence(reason)));
    }
    const parts = one.parts.filter((part) => part.points);
    if (parts.length) element.append(this.points(one.score, parts));
    return element;
  }

  /** Where the points come from: a bar, which opens into words. */
  points(score, parts) {
    const { card } = this;
    const most = parts.reduce((sum, part) => sum + Math.abs(part.points), 0);
    const bar = make("span", { className: "bar" });
    const words = make("ul", { className: "facts" });
    for (const part of parts) {
      const piece = make("span", {});
      piece.style.flexGrow = Math.abs(part.points) / most;
      if (part.points < 0) piece.className = "minus";
      bar.append(piece);
      const points = card.number(part.points);
      const sign = part.points > 0 ? "+" : "";
      words.append(make("li", {}, `${sign}${points}: ${card.sentence(part)}`));
    }
    const summary = make("summary", {}, `${card.text("score")}: ${card.number(score)}`, bar);
    return make("details", { className: "points" }, summary, words);
  }
}

class MusicAgregatorCard extends HTMLElement {
  static getStubConfig() {
    return { show_search: DEFAULTS.show_search, show_ended: DEFAULTS.show_ended };
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
    this.gone = new Set();
    this.busy = new Set();
  }

  setConfig(config) {
    const given = Object.entries(config).filter(([, value]) => value != null && value !== "");
    this.config = { ...DEFAULTS, ...Object.fromEntries(given) };
    if (!(Number(this.config.most) > 0)) {
      throw new Error("`most` must be a number above zero");
    }
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
    const sample = SAMPLES.map((key) => hass.localize(key)).join();
    if (sample !== this.sample) {
      this.sample = sample;
      this.dir = this.isRtl() ? "rtl" : "ltr";
      // Out of sight there is nothing to build; it is built when it is shown again.
      if (this.isConnected) this.build();
      else this.list = null;
    }
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

  /** Ask for the strings: they come with another `localize`, to every card at once. */
  async translate() {
    try {
      for (const category of ["selector", "entity", "exceptions"]) {
        await this.hass.loadBackendTranslation(category, DOMAIN);
      }
    } catch {
      // Without a connection there are none; keys are shown.
    }
  }

  get localize() {
    return this.hass.localize;
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
      albums: (albums, mayAsk) => {
        this.isOld = null;
        this.mayAsk = mayAsk;
        if (this.form) this.form.hidden = !mayAsk;
        this.begin(albums);
      },
      event: (event) => this.follow(event),
      only: (known) => this.keepOnly(known),
      progress: (progress) => this.advance(progress),
      gone: ({ run_id }) => this.remove(run_id),
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

  text(key, values) {
    return (
      this.localize?.(`component.${DOMAIN}.selector.card.options.${key}`, values) ||
      key.replaceAll("_", " ")
    );
  }

  /** One of the integration's sentences in the reader's language; else what was sent. */
  told(key, values, sent) {
    const details = { detail: "", ...values };
    return this.localize?.(`component.${DOMAIN}.exceptions.${key}.message`, details) || sent;
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

  reason(album) {
    return this.told(`reason_${album.error}`, album.details, album.reason);
  }

  /** Why a candidate was rejected, or got points. */
  sentence({ code, details, sentence }) {
    return this.told(`candidate_${code}`, details, sentence);
  }

  fault(error) {
    const { translation_key: key, translation_placeholders: values, message } = error;
    return (key && this.told(key, values, message)) || message || this.text("error");
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
    const typed = this.field?.value;
    const isTyping = this.field && this.shadowRoot.activeElement === this.field;
    const isAway = this.isAway;
    this.rows.clear();
    this.list = make("ul", {});
    const hint = this.config.show_search ? "empty" : "empty_plain";
    this.empty = make("div", { className: "empty", hidden: true }, this.text(hint));
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
    if (isAway) {
      this.isAway = true;
      this.say("away");
    }
    if (!this.config.show_search) this.field = null;
    else if (typed) this.field.value = typed;
    if (isTyping) this.field?.focus();
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
    form.hidden = this.mayAsk === false;
    this.form = form;
    let round = 0;
    form.onsubmit = async (event) => {
      event.preventDefault();
      const own = ++round;
      this.say();
      const album = field.value.trim();
      const answer = album && (await this.ask("search_album", { album }));
      if (!answer || own !== round) return;
      const { albums } = answer;
      found.replaceChildren(...albums.map((match) => this.match(match, found)));
      if (!albums.length) this.say("no_match");
      else write(this.live, this.text("matches", { number: this.number(albums.length) }));
    };
    field.oninput = () => {
      if (field.value.trim()) return;
      round += 1;
      found.replaceChildren();
    };
    this.field = field;
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
      if (await this.call("monitor_album", asked)) {
        this.holding(() => found.replaceChildren());
      }
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
    this.holding(() => {
      this.rows.clear();
      this.list.replaceChildren();
      this.say();
      for (const album of albums) this.rows.set(topic(album), new Row(this, album));
      this.arrange();
    });
  }

  /** After a while away: drop what is on show no longer, whatever is replayed of it. */
  keepOnly({ albums, seq }) {
    const shown = new Set(albums.map(topic));
    this.isOld = (event) => event.seq <= seq && !shown.has(topic(event));
    for (const [name, row] of this.rows) {
      if (!shown.has(name)) this.remove(row.album.run_id);
    }
  }

  follow(event) {
    if (this.isOld?.(event) || this.gone.has(event.run_id)) return;
    const row = this.rows.get(topic(event));
    if (row) {
      fold(row.album, event);
      this.holding(() => {
        row.update();
        this.place(row);
      });
    } else {
      const album = { album_id: event.album_id, quality: event.quality };
      fold(album, event);
      this.rows.set(topic(event), new Row(this, album));
      this.holding(() => this.arrange());
    }
    this.announce(this.rows.get(topic(event)).album, event);
  }

  rowOf(runId) {
    return [...this.rows.values()].find(({ album }) => album.run_id === runId);
  }

  advance({ run_id: runId, percent, speed, time_left }) {
    const row = this.rowOf(runId);
    if (!row) return;
    Object.assign(row.album, { percent: Math.min(percent, 99), speed, time_left });
    row.update();
  }

  remove(runId) {
    // Some of its events may still be on their way.
    this.gone.add(runId);
    const row = this.rowOf(runId);
    if (!row) return;
    this.rows.delete(topic(row.album));
    this.holding(() => this.arrange());
  }

  announce(album, event) {
    if (event.status === "downloading" && event.data.percent) return;
    write(this.live, `${album.album || album.album_id}: ${this.status(album)}`);
  }

  /** Those on show: live ones first, the newest of each kind before the others. */
  ordered() {
    const ended = ({ album }) => ENDS.includes(album.status);
    const at = ({ album }) => (ended({ album }) ? album.at : album.began_at);
    return [...this.rows.values()]
      .filter((row) => this.config.show_ended || !ended(row))
      .sort((one, other) => ended(one) - ended(other) || at(other) - at(one))
      .slice(0, this.config.most)
      .map((row) => row.element);
  }

  /** Put one album where it belongs, and touch no other. */
  place(row) {
    const index = this.ordered().indexOf(row.element);
    if (this.list.children[index] === row.element) return;
    row.element.remove();
    this.arrange();
  }

  arrange() {
    const wanted = this.ordered();
    const staying = new Set(wanted);
    for (const element of [...this.list.children]) {
      if (!staying.has(element)) element.remove();
    }
    wanted.forEach((element, index) => {
      const there = this.list.children[index] ?? null;
      if (there !== element) this.list.insertBefore(element, there);
    });
    this.empty.hidden = wanted.length > 0;
  }

  /** Do something to the list; what the keyboard was at stays, or its neighbour takes over. */
  holding(work) {
    const held = this.shadowRoot.activeElement;
    const row = held?.closest(".row");
    const index = [...this.list.children].indexOf(row);
    work();
    if (!held || (held.checkVisibility() && this.shadowRoot.activeElement === held)) return;
    const others = row?.isConnected ? [row] : [];
    if (index >= 0) others.push(this.list.children[index], this.list.lastElementChild);
    // Where another press of the key does no harm.
    const safe = others.map((one) => one?.querySelector("[data-act=details]"));
    const next = [held, ...safe, this.field].find((one) => one?.checkVisibility());
    next?.focus({ preventScroll: true });
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
      this.say("error", this.fault(error));
      return null;
    }
  }

  /** Do something once, however often it is tapped meanwhile. */
  async call(action, data) {
    const name = JSON.stringify([action, data.run_id ?? data]);
    if (this.busy.has(name)) return null;
    this.busy.add(name);
    this.say();
    try {
      return await this.ask(action, data);
    } finally {
      this.busy.delete(name);
    }
  }

  async dismiss(album) {
    try {
      await this.hass.connection.sendMessagePromise({
        type: `${DOMAIN}/dismiss`,
        run_id: album.run_id,
      });
    } catch (error) {
      this.say("error", this.fault(error));
    }
  }

  moreInfo(album) {
    const sensors = Object.values(this.hass.states).filter(
      ({ entity_id: name, attributes }) =>
        name.startsWith("sensor.") && (attributes.run_id || attributes.seq),
    );
    // Without entities of its own there is the sensor of the latest status.
    const found =
      sensors.find(({ attributes }) => attributes.run_id === album.run_id) ??
      sensors.find(({ attributes }) => attributes.seq && attributes.album === album.album);
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
