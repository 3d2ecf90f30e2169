// Sorts and filters tables, plays clips. Pages can be read without it.
(() => {
  "use strict";
  const PAGE_ROWS = 300;
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  const run = window.qaNight;
  for (const place of $$("[data-night=finished]")) {
    if (run) {
      place.textContent = `运行于 ${run.started} 至 ${run.finished}`;
      place.hidden = false;
    }
  }

  const collator = new Intl.Collator("zh-CN", { numeric: true });
  const cellValue = (row, at) => {
    const cell = row.cells[at];
    return cell.dataset.v !== undefined ? cell.dataset.v : cell.textContent.trim();
  };

  function sort(table, at, descending) {
    const body = table.tBodies[0];
    const numeric = table.tHead.rows[0].cells[at].classList.contains("n");
    const keyed = [...body.rows].map((row) => [cellValue(row, at), row]);
    const blank = (value) => value === "" || value === "—";
    keyed.sort(([a], [b]) => {
      // What has no data comes last either way: it is neither best nor worst.
      if (blank(a) || blank(b)) return blank(a) - blank(b);
      const order = numeric ? a - b : collator.compare(a, b);
      return descending ? -order : order;
    });
    body.append(...keyed.map(([, row]) => row));
    $$("th", table.tHead).forEach((th, i) => {
      if (i === at) th.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else th.removeAttribute("aria-sort");
    });
    show(table);
  }

  for (const table of $$("table.sortable")) {
    table.tHead.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const th = button.closest("th");
      const now = th.getAttribute("aria-sort");
      sort(table, th.cellIndex, now ? now === "ascending" : th.classList.contains("n"));
    });
  }

  // ---- filters: one test for each control and each part of the address's hash

  const tests = new Map();
  const limits = new Map();
  const testsOf = (table) => tests.get(table) || tests.set(table, new Map()).get(table);

  function show(table) {
    const all = [...testsOf(table).values()].filter(Boolean);
    const limit = table.classList.contains("hash-filtered") ? limits.get(table) || PAGE_ROWS : Infinity;
    let matched = 0;
    for (const row of table.tBodies[0].rows) {
      const fits = all.every((test) => test(row));
      matched += fits;
      row.hidden = !fits || matched > limit;
    }
    const total = table.tBodies[0].rows.length;
    for (const label of $$(`[data-shown="${table.id}"]`)) label.textContent = all.length ? `${matched} / ${total}` : "";
    const more = table.closest("section")?.querySelector(".more-rows");
    if (more) more.hidden = matched <= limit;
  }

  for (const more of $$(".more-rows")) {
    more.addEventListener("click", () => {
      const table = more.closest("section").querySelector("table");
      limits.set(table, (limits.get(table) || PAGE_ROWS) + PAGE_ROWS);
      show(table);
    });
  }

  const byText = (text) => {
    const wanted = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    return wanted.length ? (row) => wanted.every((word) => row.textContent.toLowerCase().includes(word)) : null;
  };
  for (const input of $$("input[data-filter]")) {
    const table = document.getElementById(input.dataset.filter);
    const apply = () => {
      testsOf(table).set("text", byText(input.value));
      show(table);
    };
    input.addEventListener("input", apply);
    if (input.value) apply();
  }
  for (const select of $$("select[data-filter-team]")) {
    const table = document.getElementById(select.dataset.filterTeam);
    select.addEventListener("change", () => {
      const chosen = select.selectedOptions[0];
      const any = select.selectedIndex === 0;
      testsOf(table).set("team", any ? null : (row) => row.dataset.team === chosen.value);
      show(table);
    });
  }

  const STATES = { failed: "没听成", review: "待人工", vetoed: "一票否决", low: "未达标", pass: "达标", unscored: "无法评分", heard: "听完的" };
  const TRUST = { high: "可信", medium: "一般", low: "不可信" };
  const has = (list, word) => (list || "").split(" ").includes(word);
  const named = (table, slug) => {
    const line = (table.dataset.names || "").split("\n").find((each) => each.startsWith(`${slug}=`));
    return line ? line.slice(slug.length + 1) : slug;
  };
  const HASH = {
    state: (value) => [`状态：${STATES[value] || value}`, (row) => has(row.dataset.state, value)],
    agent: (value) => [`工号：${value || "未标明"}`, (row) => row.dataset.agent === value],
    team: (value) => [`班组：${value || "未分"}`, (row) => row.dataset.team === value],
    rule: (value, table) => [`扣分：${named(table, value)}`, (row) => has(row.dataset.rules, value)],
    undetermined: (value, table) => [`判不了：${named(table, value)}`, (row) => has(row.dataset.und, value)],
    trust: (value) => [`可信度：${TRUST[value] || value}`, (row) => row.dataset.trust === value],
    why: (value) => [`原因：${value}`, (row) => (row.dataset.why || "").split("\n").includes(value)],
    band: (value) => {
      const [low, high] = value.split("-").map(Number);
      const inside = (row) => row.dataset.mark !== undefined && row.dataset.mark >= low && row.dataset.mark < high;
      return [`总分：${low >= 100 ? "100" : value.replace("-", "–")}`, inside];
    },
  };

  const hashed = document.querySelector("table.hash-filtered");
  function fromHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const box = document.querySelector(`[data-filters="${hashed.id}"]`);
    box.textContent = "";
    for (const key of Object.keys(HASH)) {
      const value = wanted.get(key);
      if (value === null) {
        testsOf(hashed).delete(`hash ${key}`);
        continue;
      }
      const [label, test] = HASH[key](value, hashed);
      testsOf(hashed).set(`hash ${key}`, test);
      const chip = document.createElement("span");
      chip.textContent = label;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = "×";
      drop.setAttribute("aria-label", `去掉条件 ${label}`);
      drop.addEventListener("click", () => {
        wanted.delete(key);
        location.hash = wanted.toString();
      });
      chip.append(drop);
      box.append(chip);
    }
    box.hidden = !box.childElementCount;
    const select = document.querySelector(`select[data-filter-state="${hashed.id}"]`);
    if (select) select.value = wanted.get("state") || "";
    limits.delete(hashed);
    show(hashed);
  }
  if (hashed) {
    for (const select of $$(`select[data-filter-state="${hashed.id}"]`)) {
      select.addEventListener("change", () => {
        const wanted = new URLSearchParams(location.hash.slice(1));
        if (select.value) wanted.set("state", select.value);
        else wanted.delete("state");
        location.hash = wanted.toString();
      });
    }
    window.addEventListener("hashchange", fromHash);
    fromHash();
  }

  // ---- clips: one player for the whole page, a little before and after the words

  const LEAD_S = 1;
  let clip = null;
  let until = 0;
  const player = new Audio();
  player.preload = "none";
  const stop = () => {
    player.pause();
    if (clip) clip.setAttribute("aria-pressed", "false");
    clip = null;
  };
  player.addEventListener("timeupdate", () => player.currentTime >= until && stop());
  player.addEventListener("ended", stop);
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.play");
    if (!button) return;
    if (clip === button) {
      stop();
      return;
    }
    stop();
    clip = button;
    button.setAttribute("aria-pressed", "true");
    const from = Math.max(0, button.dataset.from / 1000 - LEAD_S);
    until = button.dataset.to / 1000 + LEAD_S;
    try {
      if (player.getAttribute("src") !== button.dataset.audio) {
        player.src = button.dataset.audio;
        await new Promise((ready, fail) => {
          player.onloadedmetadata = ready;
          player.onerror = fail;
          player.load();
        });
      }
      player.currentTime = from;
      await player.play();
    } catch {
      button.disabled = true;
      button.title = "放不出来";
      stop();
    }
  });
  const openHashed = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const closed = target && target.closest("details:not([open])");
    if (closed) {
      closed.open = true;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", openHashed);
  openHashed();
  window.qaPlayer = player;
})();
