// The search of the manual. It finds names and what is said about them, and for a word in hexadecimal the
// instructions whose fixed bits it has. `/` goes to the field, arrows choose, Enter opens, Escape leaves.
// A page that is opened with `#?q=TEXT` searches at once.
"use strict";
{
  const LIMIT = 40;
  const field = document.getElementById("query");
  const list = document.getElementById("results");
  const items = SEARCH_INDEX.map(([name, kind, about, url, mask, match, length]) =>
    ({ name, kind, about, url, mask, match, length, key: name.toLowerCase(), all: `${name} ${kind} ${about}`.toLowerCase() }));
  let chosen = -1;

  const number = (text) => /^0x[0-9a-f]{1,16}$/.test(text) ? Number(text) : null;

  // 0 for no match, else the higher the better.
  function score(item, words, query, value) {
    if (value !== null && item.mask !== 0) {
      const digits = query.length - 2;
      const length = (value & 3) === 3 ? 4 : 2;
      const fits = digits > 2 && length === item.length && value < 2 ** (8 * length);
      if (fits && ((value & item.mask) >>> 0) === item.match) return 100;
    }
    if (!words.every((word) => item.all.includes(word))) return 0;
    if (item.key === query) return 90;
    if (item.key.startsWith(query)) return 80;
    if (item.key.includes(query)) return 70;
    return words.some((word) => item.key.includes(word)) ? 60 : 50;
  }

  function find(query) {
    const words = query.split(/\s+/).filter(Boolean);
    const value = number(query);
    return items
      .map((item) => ({ item, score: score(item, words, query, value) }))
      .filter((found) => found.score > 0)
      .sort((a, b) => b.score - a.score || a.item.key.length - b.item.key.length || (a.item.key < b.item.key ? -1 : 1))
      .slice(0, LIMIT)
      .map((found) => found.item);
  }

  function element(name, className, text) {
    const out = document.createElement(name);
    if (className) out.className = className;
    out.textContent = text;
    return out;
  }

  function choose(index) {
    const options = list.querySelectorAll("[role=option]");
    chosen = options.length ? (index + options.length) % options.length : -1;
    options.forEach((option, at) => option.setAttribute("aria-selected", String(at === chosen)));
    if (chosen < 0) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", options[chosen].id);
    options[chosen].scrollIntoView({ block: "nearest" });
  }

  function close() {
    list.hidden = true;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
    chosen = -1;
  }

  function show() {
    const query = field.value.trim().toLowerCase();
    if (!query) return close();
    const found = find(query);
    list.replaceChildren(...found.map((item, at) => {
      const option = document.createElement("li");
      option.id = `result-${at}`;
      option.setAttribute("role", "option");
      const link = document.createElement("a");
      link.href = item.url;
      link.tabIndex = -1;
      link.append(element("span", "kind", item.kind), element("code", "", item.name), element("span", "about", item.about));
      option.append(link);
      return option;
    }));
    if (!found.length) list.append(element("li", "none", "Nothing found."));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
    choose(found.length ? 0 : -1);
  }

  function open() {
    const option = list.querySelectorAll("[role=option]")[chosen];
    if (!option) return;
    option.querySelector("a").click();
    close();
    field.blur();
  }

  field.addEventListener("input", show);
  field.addEventListener("focus", show);
  field.addEventListener("keydown", (event) => {
    const actions = {
      ArrowDown: () => choose(chosen + 1),
      ArrowUp: () => choose(chosen - 1),
      Enter: open,
      Escape: () => { close(); field.blur(); },
    };
    if (event.key in actions) {
      event.preventDefault();
      actions[event.key]();
    }
  });
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
  list.addEventListener("click", (event) => { if (event.target.closest("a")) close(); });
  document.addEventListener("click", (event) => { if (!event.target.closest("#search")) close(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  });

  function fromAddress() {
    if (!location.hash.startsWith("#?q=")) return;
    try {
      field.value = decodeURIComponent(location.hash.slice(4));
    } catch {
      field.value = location.hash.slice(4);
    }
    show();
  }
  window.addEventListener("hashchange", fromAddress);
  fromAddress();
}
