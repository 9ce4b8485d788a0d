// Buttons that need JavaScript, hidden until it runs.
//   <button data-copy="#id" data-copied="Copied" hidden>  copies the text of an element; the status after it says so
//   <button data-print hidden>                            opens the print dialogue

export function startCopying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.querySelector(button.dataset.copy);
    const status = button.nextElementSibling;
    const label = button.querySelector("span");
    if (!source) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(source.textContent.trim());
      } catch {
        // Not allowed here: mark the text, so that one key copies it.
        getSelection().selectAllChildren(source);
        return;
      }
      label.textContent = button.dataset.copied;
      if (status?.getAttribute("role") === "status") status.textContent = button.dataset.copied;
    });
  }
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
