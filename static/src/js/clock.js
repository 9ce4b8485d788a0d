// A time of day in Hong Kong time, as the page's language writes it: 3:42pm, 下午3時42分, 15:42.
export function clock(at, lang = document.documentElement.lang) {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Hong_Kong",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const hour = Number(parts.find((part) => part.type === "hour").value);
  const minute = parts.find((part) => part.type === "minute").value;
  if (lang.startsWith("zh-Hans")) return `${String(hour).padStart(2, "0")}:${minute}`;
  const short = hour % 12 || 12;
  if (lang.startsWith("zh-Hant")) return `${hour < 12 ? "上午" : "下午"}${short}時${minute}分`;
  return `${short}:${minute}${hour < 12 ? "am" : "pm"}`;
}
