// The GOV.UK components that need a script. They start only when the body says that they are supported.
import { CharacterCount, ErrorSummary } from "govuk-frontend";

// The server counts code points, so the count on the page does too; GOV.UK's own counts UTF-16 units or graphemes.
class CodePointCount extends CharacterCount {
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
}
