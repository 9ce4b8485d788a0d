// A page that the browser kept whole and shows again, by Back after signing out for instance, may no longer be for
// the person who looks at it (T05): ask the server once more. What somebody has typed there is not thrown away.
import { somethingTyped } from "./parts.js";

export function startBack() {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && !somethingTyped()) location.reload();
  });
}
