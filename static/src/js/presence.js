// The case page: who else has this case open now. Markup: templates/parts/presence.html.

export function startPresence() {
  const place = document.querySelector("[data-presence]");
  if (!place) return null;
  const lists = new Intl.ListFormat(document.documentElement.lang || "en", { type: "conjunction" });
  let forget;
  const show = (people) => {
    const { textOne, textMany } = place.dataset;
    const sentence = people.length > 1 ? textMany : textOne;
    const words = people.length ? sentence.replace("{who}", () => lists.format(people)) : "";
    // Set only when it differs: the same words again would be read out again.
    if (place.textContent !== words) place.textContent = words;
    place.title = words;
  };
  return ({ t, people }) => {
    if (t === "presence") {
      clearTimeout(forget);
      show(people);
    } else if (t === "welcome") {
      // A new connection names those who are there at once, and stays silent if there is nobody.
      clearTimeout(forget);
      forget = setTimeout(() => show([]), 2_000);
    }
  };
}
