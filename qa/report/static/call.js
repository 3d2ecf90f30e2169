// Ties the page of a call to its audio: findings, words, timeline, keys.
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const audio = document.getElementById("audio");
  const timeline = document.getElementById("timeline");
  const needle = document.getElementById("needle");
  const turns = $$(".turn").map((element) => ({ element, from: +element.dataset.s, to: +element.dataset.e, words: null }));
  const findings = $$(".finding");
  const side = document.querySelector(".side");
  const wide = window.matchMedia("(min-width: 1081px)");
  let current = -1;

  // The player stays in view; what is scrolled to must end up below it.
  const player = document.querySelector(".player");
  const measure = () => document.documentElement.style.setProperty("--player", `${player.offsetHeight}px`);
  measure();
  window.addEventListener("resize", measure);

  // ---- words become elements that know their time

  function split(turn) {
    if (turn.words) return turn.words;
    const say = turn.element.querySelector(".say");
    let at = 0;
    let start = 0;
    const steps = say.dataset.w.split(" ").map((step) => {
      const [chars, later] = step.split(":").map(Number);
      start += later;
      const word = { first: at, last: at + chars, from: start, elements: [] };
      at += chars;
      return word;
    });
    // Lengths are counted in code points, as Python counts them; a script counts UTF-16 units.
    const pieces = [];
    const walker = document.createTreeWalker(say, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) pieces.push(walker.currentNode);
    let offset = 0;
    let next = 0;
    for (const node of pieces) {
      const chars = [...node.data];
      const made = document.createDocumentFragment();
      let i = 0;
      while (i < chars.length) {
        while (next < steps.length - 1 && steps[next].last <= offset + i) next += 1;
        const word = steps[next];
        const end = Math.min(chars.length, Math.max(i + 1, word.last - offset));
        const span = document.createElement("span");
        span.textContent = chars.slice(i, end).join("");
        span.dataset.s = word.from;
        word.elements.push(span);
        made.append(span);
        i = end;
      }
      offset += chars.length;
      node.replaceWith(made);
    }
    turn.words = steps;
    return steps;
  }
  turns.forEach(split);

  // ---- moving

  function seek(ms, play) {
    if (!audio) return;
    const go = () => {
      audio.currentTime = ms / 1000;
      if (play) audio.play().catch(() => {});
    };
    if (audio.readyState >= 1) go();
    else {
      audio.addEventListener("loadedmetadata", go, { once: true });
      audio.load();
    }
  }

  // Browsers in call centres are often years old: no findLast.
  function last(list, fits) {
    for (let i = list.length - 1; i >= 0; i -= 1) if (fits(list[i])) return list[i];
    return null;
  }
  const turnAt = (ms) => last(turns, (turn) => turn.from <= ms);

  function select(index, { play = true, scroll = true } = {}) {
    if (!findings.length) return;
    current = Math.max(0, Math.min(findings.length - 1, index));
    const finding = findings[current];
    const number = finding.dataset.n;
    for (const each of findings) each.classList.toggle("on", each === finding);
    for (const each of $$("[data-f]")) each.classList.toggle("on", each.dataset.f.split(" ").includes(number));
    seek(+finding.dataset.s, play);
    if (scroll) {
      const words = $$(".say mark.on")[0] || turnAt(+finding.dataset.s)?.element;
      if (wide.matches) {
        words?.closest(".turn").scrollIntoView({ block: "nearest" });
        side.scrollTop += finding.getBoundingClientRect().top - side.getBoundingClientRect().top - 8;
      } else finding.scrollIntoView({ block: "center" });
    }
    finding.focus({ preventScroll: true });
    history.replaceState(null, "", `#${finding.id}`);
  }

  function follow(hash, play) {
    const time = /^#t=([\d.]+)$/.exec(hash);
    const finding = /^#f-(\d+)$/.exec(hash);
    if (time) {
      const ms = Math.round(parseFloat(time[1]) * 1000);
      seek(ms, play);
      turnAt(ms)?.element.scrollIntoView({ block: "center" });
    } else if (finding) {
      select(findings.findIndex((each) => each.dataset.n === finding[1]), { play });
    } else return false;
    return true;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (link && follow(link.getAttribute("href"), true)) {
      event.preventDefault();
      if (link.getAttribute("href").startsWith("#t=")) history.replaceState(null, "", link.getAttribute("href"));
      return;
    }
    const finding = event.target.closest(".jump");
    if (finding) {
      select(findings.indexOf(finding.closest(".finding")));
      return;
    }
    const word = event.target.closest(".say [data-s]");
    if (word && !String(getSelection())) {
      seek(+word.dataset.s, true);
      const mark = word.closest("mark");
      if (mark) {
        const number = mark.dataset.f.split(" ")[0];
        const from = +word.dataset.s;
        select(findings.findIndex((each) => each.dataset.n === number), { scroll: false });
        seek(from, true);
      }
      return;
    }
    if (timeline && event.target.closest("svg") && timeline.contains(event.target)) {
      const box = timeline.querySelector("svg").getBoundingClientRect();
      seek((timeline.dataset.duration * (event.clientX - box.left)) / box.width, true);
    }
  });
  window.addEventListener("hashchange", () => follow(location.hash, false));

  // ---- following the audio

  let shown = null;
  let word = null;
  function tick() {
    const ms = audio.currentTime * 1000;
    if (needle) {
      const x = (1000 * ms) / timeline.dataset.duration;
      needle.setAttribute("x1", x);
      needle.setAttribute("x2", x);
    }
    const turn = last(turns, (each) => each.from <= ms && ms < each.to);
    if (turn !== shown) {
      shown?.element.classList.remove("now");
      turn?.element.classList.add("now");
      shown = turn;
    }
    const next = turn ? last(turn.words, (each) => each.from <= ms) : null;
    if (next !== word) {
      word?.elements.forEach((each) => each.classList.remove("now"));
      if (!audio.paused) next?.elements.forEach((each) => each.classList.add("now"));
      word = next;
    }
    if (!audio.paused) requestAnimationFrame(tick);
  }
  if (audio) {
    audio.addEventListener("play", tick);
    audio.addEventListener("seeked", tick);
    audio.addEventListener("pause", tick);
  }

  // ---- keys

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const at = event.target;
    if (at.closest("input, select, textarea") || (at.closest("audio") && event.key !== "j" && event.key !== "k")) return;
    const onControl = at.closest("button, a, summary");
    const keys = {
      j: () => select(current + 1),
      k: () => select(current < 0 ? findings.length - 1 : current - 1),
      "[": () => document.getElementById("before")?.click(),
      "]": () => document.getElementById("after")?.click(),
      ArrowLeft: () => audio && seek(Math.max(0, audio.currentTime * 1000 - 5000), false),
      ArrowRight: () => audio && seek(audio.currentTime * 1000 + 5000, false),
    };
    if (!onControl) keys[" "] = () => audio && (audio.paused ? audio.play().catch(() => {}) : audio.pause());
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  // Once more after loading: the browser's own jump to the address's fragment knows nothing of the player.
  follow(location.hash, false);
  const settle = () => {
    if (location.hash.length < 2) return;
    if (wide.matches) window.scrollTo({ top: 0, behavior: "instant" });
    follow(location.hash, false);
  };
  window.addEventListener("load", () => requestAnimationFrame(settle), { once: true });
})();
