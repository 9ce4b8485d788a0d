// "(2) " before the title, only while the tab is hidden.
const title = document.title;
let waiting = 0;

export function markTitle(count) {
  if (!document.hidden) return;
  waiting += count;
  document.title = `(${waiting}) ${title}`;
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  waiting = 0;
  document.title = title;
});
