// Lays the newest figures over the old ones while somebody looks. The page works without it.
"use strict";
(() => {
  const live = document.getElementById("live");
  if (!live) return;
  const address = live.dataset.address;
  const part = address + (address.endsWith("?") ? "" : "&") + "part=1";
  let underWay = false;

  async function refresh() {
    // A link that holds the keyboard's focus would lose it; a summary gets it back.
    const focused = live.contains(document.activeElement) ? document.activeElement : null;
    const summary = focused?.matches("summary") ? focused.parentElement.id : null;
    if (document.hidden || underWay || (focused && !summary)) return;
    underWay = true;
    try {
      const answer = await fetch(part, { cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (!answer.ok) throw new Error(String(answer.status));
      const open = [...live.querySelectorAll("details[open]")].map((each) => each.id);
      live.innerHTML = await answer.text();
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      if (summary) document.getElementById(summary)?.querySelector("summary")?.focus();
      document.body.classList.remove("old");
    } catch {
      document.body.classList.add("old");
    } finally {
      underWay = false;
    }
  }

  setInterval(refresh, 2000);
  document.addEventListener("visibilitychange", refresh);
})();
