// What a reader takes along: pictures as they are shown, the table, the commands.

function save(name, url) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

function savePicture(panel) {
  save(`${panel.name}${state.errors ? "-error" : ""}.png`, panel.canvas.toDataURL("image/png"));
}

function tableText() {
  const line = (row) => [...row.children].map((cell) => {
    const value = cell.dataset.sort === undefined ? cell.textContent.trim() : cell.dataset.sort;
    return /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  }).join(",");
  return [...$$("table tr")].map(line).join("\n") + "\n";
}

function saveTable() {
  save("comparison.csv", `data:text/csv;charset=utf-8,${encodeURIComponent(tableText())}`);
}

// Keys that work wherever one is on the page, but for the arrows, which scroll it.
function anywhere(event) {
  const at = document.activeElement;
  const free = !at || at === document.body || at.tagName === "BUTTON" || at.tagName === "A";
  if (free && !event.key.startsWith("Arrow")) pressed(event);
}

function showProfile(on) {
  $(".profile").hidden = !on;
  $("#profile-toggle").setAttribute("aria-pressed", String(on));
  if (on) render();
}
