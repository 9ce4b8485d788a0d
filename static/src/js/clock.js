// A time of day in Hong Kong time, as the page's language writes it: 3:42pm, 下午3時42分, 15:42.
export function clock(at, lang = document.documentElement.lang) {
  const { hour, minute } = parts(at);
  return lang.startsWith("zh-Hans") ? `${String(hour).padStart(2, "0")}:${minute}` : spoken(at, lang);
}

/** The same for the ear: 3:42pm, 下午3時42分, 下午3点42分. */
export function spoken(at, lang = document.documentElement.lang) {
  const { hour, minute } = parts(at);
  const short = hour % 12 || 12;
  if (!lang.startsWith("zh")) return `${short}:${minute}${hour < 12 ? "am" : "pm"}`;
  return `${hour < 12 ? "上午" : "下午"}${short}${lang.startsWith("zh-Hans") ? "点" : "時"}${minute}分`;
}

function parts(at) {
  const given = new Intl.DateTimeFormat("en-GB", {
    timeZone: "Asia/Hong_Kong",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const value = (type) => given.find((part) => part.type === type).value;
  return { hour: Number(value("hour")), minute: value("minute") };
}
