// Pages for people who sign in.
import { startArrivals } from "./arrivals.js";
import { startChanged } from "./changed.js";
import { startCopying } from "./copy.js";
import { startFolding } from "./fold.js";
import { startComponents } from "./govuk.js";
import { startLive } from "./live.js";

startComponents();
startCopying();
startFolding();
const pokes = [startArrivals(), startChanged()].filter(Boolean);
startLive({ onPoke: (message) => pokes.forEach((poke) => poke(message)) });
