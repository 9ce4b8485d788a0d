// The GOV.UK components that need a script. They start only when the body says that they are supported.
import { CharacterCount, ErrorSummary } from "govuk-frontend";

// The server counts code points, so the count on the page does too; GOV.UK's own counts UTF-16 units or graphemes.
// Letters of a word that is still being composed are not counted, and not spoken, before it is chosen.
class CodePointCount extends CharacterCount {
  bindChangeEvents() {
    super.bindChangeEvents();
    this.$textarea.addEventListener("compositionstart", () => (this.composing = true));
    this.$textarea.addEventListener("compositionend", () => {
      this.composing = false;
      this.handleInput();
    });
  }

  updateIfValueChanged() {
    if (!this.composing) super.updateIfValueChanged();
  }

  handleInput() {
    if (!this.composing) super.handleInput();
  }

  updateCount() {
    this.count = Array.from(this.$textarea.value).length;
  }
}

export function startComponents() {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  for (const [name, Component] of [
    ["govuk-error-summary", ErrorSummary],
    ["govuk-character-count", CodePointCount],
  ]) {
    for (const root of document.querySelectorAll(`[data-module="${name}"]`)) new Component(root);
  }
  // Whoever came by a link within the page ("skip to the content") is led there once more when the page has loaded.
  const summary = document.querySelector(".govuk-error-summary");
  if (summary && location.hash) addEventListener("load", () => setTimeout(() => summary.focus()));
}
