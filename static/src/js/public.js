// Pages for people outside. Every page is complete without this.
import { startBack } from "./back.js";
import { startChecking } from "./checking.js";
import { startComposing } from "./composing.js";
import { startCopying } from "./copy.js";
import { startComponents } from "./govuk.js";
import { startLive } from "./live.js";
import { startUploading } from "./uploading.js";

startComponents();
startBack();
startChecking();
startComposing();
startCopying();
startLive();
startUploading();
