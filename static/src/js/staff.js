// Pages for people who sign in.
import { startArrivals } from "./arrivals.js";
import { startBack } from "./back.js";
import { startChanged } from "./changed.js";
import { startChecking } from "./checking.js";
import { startComposing } from "./composing.js";
import { startCopying } from "./copy.js";
import { startDrafting } from "./drafting.js";
import { startFolding } from "./fold.js";
import { startComponents } from "./govuk.js";
import { startLive } from "./live.js";
import { startPresence } from "./presence.js";
import { startPasskeys } from "./passkeys.js";
import { startRenewing } from "./renewing.js";
import { startStaying } from "./staying.js";

startComponents();
startBack();
startChecking();
startComposing();
startCopying();
startDrafting();
startFolding();
startPasskeys();
startRenewing();
startStaying();
const pokes = [startArrivals(), startChanged(), startPresence()].filter(Boolean);
startLive({ onPoke: (message) => pokes.forEach((poke) => poke(message)) });
