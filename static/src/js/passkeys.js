// Passkeys and security keys. Markup: templates/parts/passkey_form.html. The forms are hidden until the browser is
// known to offer passkeys at this address (browsers refuse them to bare network addresses and without https).

const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const toText = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export function startPasskeys() {
  const forms = document.querySelectorAll("form[data-passkey]");
  const named = !/^[\d.]+$|^\[/.test(location.hostname);
  if (!forms.length || !named || !window.isSecureContext || !window.PublicKeyCredential) return;
  for (const none of document.querySelectorAll(".cw-passkey-none")) none.hidden = true;
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      if (form.elements.credential.value) return;
      event.preventDefault();
      answer(form);
    });
  }
}

async function answer(form) {
  const failed = form.querySelector("[data-passkey-failed]");
  failed.hidden = true;
  try {
    const question = await ask(form);
    const credential = form.dataset.passkey === "create" ? await create(question) : await get(question);
    form.elements.credential.value = JSON.stringify(credential);
    form.requestSubmit();
  } catch {
    // Cancelled by the person, not touched in time, or a key of somebody else: browsers do not say which.
    failed.textContent = form.dataset.textFailed;
    failed.hidden = false;
  }
}

async function ask(form) {
  if (!form.dataset.askAt) return JSON.parse(form.querySelector("script").textContent).publicKey;
  const headers = { Accept: "application/json" };
  const given = await fetch(form.dataset.askAt, { headers, credentials: "same-origin", cache: "no-store" });
  if (!given.ok) throw new Error(String(given.status));
  return (await given.json()).request_options.publicKey;
}

async function create(question) {
  const known = (question.excludeCredentials ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));
  const publicKey = {
    ...question,
    challenge: toBytes(question.challenge),
    user: { ...question.user, id: toBytes(question.user.id) },
    excludeCredentials: known,
    // One that can sign in by itself, and that asks for a finger, a face or a PIN.
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  };
  const made = await navigator.credentials.create({ publicKey });
  return {
    ...whole(made),
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

async function get(question) {
  const allowed = (question.allowCredentials ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));
  const publicKey = { ...question, challenge: toBytes(question.challenge), allowCredentials: allowed };
  const found = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = found.response;
  return {
    ...whole(found),
    response: {
      clientDataJSON: toText(clientDataJSON),
      authenticatorData: toText(authenticatorData),
      signature: toText(signature),
      userHandle: userHandle ? toText(userHandle) : null,
    },
  };
}

function whole(credential) {
  return {
    type: credential.type,
    id: credential.id,
    rawId: toText(credential.rawId),
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}
