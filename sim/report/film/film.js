"use strict";
(() => {
  const film = JSON.parse(document.getElementById("data").textContent);
  const { hours, hourly, daily, looks } = film;
  const by = (id) => document.getElementById(id);
  const lang = document.documentElement.lang;
  const slider = by("slider"), play = by("play"), chosen = by("chosen"), details = by("details");
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const groups = [...document.querySelectorAll(".panels .place")].map((group) => ({ n: +group.dataset.n, group }));
  const rings = groups.filter(({ n }) => n < film.stores).map(({ n, group }) => ({ n, ring: group.querySelector(".ring") }));
  const figures = [...details.querySelectorAll("[data-key]")];
  const maps = [...document.querySelectorAll(".map")].map(mapOf);
  const colours = {};

  let position = film.first; // hours since the beginning; whole while paused
  let shown = -1; // the hour whose words and rings stand on the page
  let playing = false;
  let chosenHour = false; // whether the reader has gone to an hour; until then it plays from the beginning
  let before = null; // instant of the frame before, ms; none when play begins

  // A map's canvas, below its drawing: what moves between hours. The drawing is painted anew once an hour alone.
  function mapOf(map) {
    const canvas = map.appendChild(document.createElement("canvas"));
    const size = map.querySelector("svg").viewBox.baseVal.width;
    const [hub] = spots(map, ".hub");
    const stores = spots(map, ".store").map((store) => {
      const dx = hub ? store.x - hub.x : 0, dy = hub ? store.y - hub.y : 0;
      return { ...store, dx, dy, far: Math.hypot(dx, dy) };
    });
    return { canvas, pen: canvas.getContext("2d"), size, hub, stores };
  }

  function spots(map, kind) {
    return [...map.querySelectorAll(kind)].map((group) => {
      const { e: x, f: y } = group.transform.baseVal.consolidate().matrix;
      return { n: +group.dataset.n, x, y };
    });
  }

  function resize() {
    for (const { canvas } of maps) canvas.width = canvas.height = Math.round(canvas.clientWidth * Math.min(devicePixelRatio, 2));
    const style = getComputedStyle(document.documentElement);
    for (const name of ["paper", "edge", "way", "w0", "w1", "w2", "w3", "w4"]) colours[name] = style.getPropertyValue(`--${name}`);
    show();
  }

  function draw({ canvas, pen, size, hub, stores }, hour, share) {
    const day = Math.floor(hour / 24), from = looks.radius[hour], to = looks.radius[Math.min(hour + 1, hours - 1)];
    const gone = still.matches ? 0 : (9 * position) % 9;
    pen.setTransform(canvas.width / size, 0, 0, canvas.width / size, 0, 0);
    pen.clearRect(0, 0, size, size);
    pen.fillStyle = colours.way;
    for (const { n, dx, dy, far } of hub ? stores : []) {
      const side = looks.way[day][n];
      if (!side) continue;
      for (let at = 12 + gone; at < far - 17; at += 9)
        pen.fillRect(hub.x + (dx * at) / far - side / 2, hub.y + (dy * at) / far - side / 2, side, side);
    }
    for (const { n, x, y } of stores) {
      disc(pen, x, y, 17, colours.paper);
      const level = looks.level[hour][n];
      disc(pen, x, y, from[n] + (to[n] - from[n]) * share, level === "-" ? colours.paper : colours[`w${level}`]);
      pen.lineWidth = 1;
      pen.strokeStyle = colours.edge;
      pen.stroke();
    }
  }

  function disc(pen, x, y, radius, colour) {
    pen.beginPath();
    pen.arc(x, y, radius, 0, 2 * Math.PI);
    pen.fillStyle = colour;
    pen.fill();
  }

  function showHour(hour) {
    const day = Math.floor(hour / 24);
    const hit = new Set(looks.hit[hour]);
    for (const { n, ring } of rings) ring.setAttribute("stroke-dasharray", `${looks.ring[day][n]} 100`);
    for (const { n, group } of groups) group.classList.toggle("hit", hit.has(n));
    by("moment").textContent = by("clock").textContent = film.moments[hour];
    by("hour").textContent = film.hour_sentences[hour];
    by("day").textContent = film.day_sentences[day];
    by("faults").textContent = film.faults.filter((one) => one.from_h < hour + 1 && one.until_h > hour).map((one) => one.label).join("; ");
    slider.value = hour;
    slider.setAttribute("aria-valuetext", film.moments[hour]);
    shown = hour;
    showDetails();
  }

  function showDetails() {
    const n = +chosen.value, day = Math.floor(shown / 24), store = n < film.stores;
    details.classList.toggle("store-chosen", store);
    details.classList.toggle("hub-chosen", !store);
    for (const figure of figures) {
      const key = figure.dataset.key;
      const value = key in hourly ? hourly[key][shown][n] : daily[key][day][n];
      figure.textContent = value === null ? "–" : value.toLocaleString(lang);
    }
    for (const { n: at, group } of groups) group.classList.toggle("chosen", at === n);
  }

  function show() {
    const hour = Math.floor(position), share = still.matches ? 0 : position - hour;
    if (hour !== shown) showHour(hour);
    for (const map of maps) draw(map, hour, share);
    by("cursor").style.transform = `translateX(${(100 * (hour + share + 0.5)) / hours}%)`;
  }

  function advance(now) {
    if (!playing) return;
    const passed_s = before === null ? 0 : Math.min(now - before, 250) / 1000;
    before = now;
    position = Math.min(position + passed_s * by("speed").value, hours - 1);
    if (still.matches) {
      if (Math.floor(position) !== shown) show();
    } else show();
    if (position >= hours - 1) pause();
    else requestAnimationFrame(advance);
  }

  function pause() {
    playing = false;
    goTo(Math.round(position));
    label();
  }

  function start() {
    if (!chosenHour || position >= hours - 1) position = 0;
    chosenHour = true;
    playing = true;
    before = null;
    label();
    requestAnimationFrame(advance);
  }

  function label() {
    play.textContent = playing ? play.dataset.pause : play.dataset.play;
    document.querySelector(".now").setAttribute("aria-live", playing ? "off" : "polite");
  }

  function goTo(hour) {
    chosenHour = true;
    position = Math.max(0, Math.min(hours - 1, hour));
    show();
  }

  const toggle = () => (playing ? pause() : start());
  play.addEventListener("click", toggle);
  by("back").addEventListener("click", () => goTo(Math.ceil(position) - 1));
  by("on").addEventListener("click", () => goTo(Math.floor(position) + 1));
  slider.addEventListener("input", () => goTo(+slider.value));
  chosen.addEventListener("change", showDetails);
  for (const { n, group } of groups)
    group.addEventListener("click", () => {
      chosen.value = n;
      showDetails();
    });
  const strip = by("strip");
  const seek = (event) => {
    const box = strip.getBoundingClientRect();
    goTo(Math.floor((hours * (event.clientX - box.left)) / box.width));
  };
  strip.addEventListener("pointerdown", (event) => {
    strip.setPointerCapture(event.pointerId);
    seek(event);
  });
  strip.addEventListener("pointermove", (event) => event.buttons && seek(event));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("select, .scroll")) return;
    const step = event.shiftKey ? 24 : 1;
    const to = { ArrowLeft: Math.ceil(position) - step, ArrowRight: Math.floor(position) + step, Home: 0, End: hours - 1 }[event.key];
    if (to !== undefined) goTo(to);
    else if (event.key === " " && !event.target.closest("button")) toggle(); // a button is pressed by it
    else return;
    event.preventDefault();
  });

  document.body.classList.remove("still");
  addEventListener("resize", resize);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", resize);
  resize();
})();
