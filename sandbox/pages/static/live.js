// Keeps the parts of a page that are marked data-live as fresh as the server's, and sends quiet forms in place, so that
// nothing that is being typed gets lost. Every page can be read and every form sent without this file.
"use strict";

const regions = () => [...document.querySelectorAll("[data-live]")];
const PAUSE = 1000;
let failures = 0;
let timer = 0;

/** Make `old` like `fresh`, touching only what differs: what a person opened, typed or focused stays as it is. */
function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) return void old.replaceWith(fresh.cloneNode(true));
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.nodeName === "SELECT") return;
  if (old.nodeName === "TEXTAREA") {
    if (old.value === old.defaultValue) old.value = old.defaultValue = fresh.defaultValue;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (name !== "open" && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old.nodeName === "INPUT" && old.type === "checkbox") old.checked = fresh.hasAttribute("checked");
  patchChildren(old, fresh);
}

function patchChildren(old, fresh) {
  const byId = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const known = wanted.id ? byId.get(wanted.id) : null;
    if (known) {
      if (known !== at) old.insertBefore(known, at);
      patch(known, wanted);
      at = known.nextSibling;
    } else if (!at || wanted.id || at.id || at.nodeName !== wanted.nodeName) {
      old.insertBefore(wanted.cloneNode(true), at);
    } else {
      const next = at.nextSibling;
      patch(at, wanted);
      at = next;
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

async function refresh() {
  const names = regions().map((region) => region.dataset.live);
  if (!names.length) return;
  const address = new URL(location.href);
  address.hash = "";
  address.searchParams.set("live", names.join(","));
  const answer = await fetch(address, { headers: { Accept: "application/json" }, cache: "no-cache" });
  if (!answer.ok) throw new Error(answer.statusText);
  const parts = await answer.json();
  for (const region of regions()) {
    const html = parts[region.dataset.live];
    if (html === undefined) continue;
    const fresh = region.cloneNode(false);
    fresh.innerHTML = html;
    patchChildren(region, fresh);
  }
}

async function keepFresh() {
  clearTimeout(timer);
  try {
    if (!document.hidden) await refresh();
    failures = 0;
  } catch {
    failures = Math.min(failures + 1, 5);
  }
  document.documentElement.classList.toggle("is-offline", failures > 2);
  timer = setTimeout(keepFresh, PAUSE * 2 ** failures);
}

/** Say something for some seconds, outside of everything that is refreshed. */
function toast(text) {
  document.querySelector(".toast")?.remove();
  const box = document.createElement("p");
  box.className = "toast";
  box.setAttribute("role", "alert");
  box.textContent = text;
  document.body.append(box);
  setTimeout(() => box.remove(), 6000);
}

/** Send a form without leaving the page; true if it was accepted. */
async function send(form, values) {
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: values, headers: { Accept: "application/json" } });
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    toast(said.message || `That did not work (${answer.status}).`);
  }
  await refresh().catch(() => {});
  return answer.ok;
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-quiet]")) return;
  event.preventDefault();
  const values = new URLSearchParams(new FormData(form, event.submitter)); // before its button is disabled and left out
  const buttons = [...form.querySelectorAll("button")].filter((button) => !button.disabled);
  buttons.forEach((button) => (button.disabled = true));
  const sent = await send(form, values).catch(() => toast("The sandbox does not answer."));
  buttons.forEach((button) => (button.disabled = false));
  if (sent && form.dataset.quiet === "reset") {
    form.querySelectorAll("textarea").forEach((box) => (box.value = ""));
    const last = document.querySelector(".talk > :last-child");
    last?.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
  if (sent && form.matches(".editing")) form.parentElement.querySelector("details.edit[open]")?.removeAttribute("open");
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form) event.target.form.requestSubmit();
});

document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.matches("select[data-submit]")) box.form.requestSubmit();
  if (!box.matches("input[data-box]")) return;
  const form = box.closest("[data-tick]");
  const values = new URLSearchParams({ box: box.dataset.box, checked: box.checked ? "1" : "" });
  fetch(form.dataset.tick, { method: "POST", body: values, headers: { Accept: "application/json" } })
    .then(async (answer) => {
      if (answer.ok) return refresh();
      box.checked = !box.checked;
      toast((await answer.json()).message);
    })
    .catch(() => toast("The sandbox does not answer."));
});

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-insert]");
  if (!chip) return;
  event.preventDefault();
  const box = document.getElementById(chip.dataset.into || "comment");
  const before = box.value && !box.value.endsWith("\n") ? box.value + "\n" : box.value;
  box.value = before + chip.dataset.insert;
  box.focus();
});

document.addEventListener("visibilitychange", () => !document.hidden && keepFresh());
document.documentElement.classList.add("has-script");
timer = setTimeout(keepFresh, PAUSE);
