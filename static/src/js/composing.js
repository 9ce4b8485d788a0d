// Enter that chooses a word being composed (Pinyin, Cangjie, Jyutping) never sends a form. Safari ends the composition
// before it tells of the key, so the old code 229 is asked for too.
export function startComposing() {
  const keep = (event) => {
    const choosing = event.key === "Enter" && (event.isComposing || event.keyCode === 229);
    if (choosing && event.target instanceof HTMLInputElement) event.preventDefault();
  };
  document.addEventListener("keydown", keep, true);
}
