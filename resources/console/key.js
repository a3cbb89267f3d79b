/* The one script of this console: asks a security key and puts its answer into the form. Without it everything else works. */
"use strict";
(() => {
  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), one => one.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const ask = async spelled => {
    const asked = JSON.parse(spelled);
    asked.challenge = bytes(asked.challenge);
    if (!asked.user) {
      const given = await navigator.credentials.get({ publicKey: asked });
      const said = given.response;
      return { id: given.id, rawId: text(given.rawId), type: given.type, clientExtensionResults: {},
        response: { clientDataJSON: text(said.clientDataJSON), authenticatorData: text(said.authenticatorData), signature: text(said.signature) } };
    }
    asked.user.id = bytes(asked.user.id);
    asked.excludeCredentials.forEach(one => { one.id = bytes(one.id); });
    const made = await navigator.credentials.create({ publicKey: asked });
    return { id: made.id, rawId: text(made.rawId), type: made.type, clientExtensionResults: {},
      response: { clientDataJSON: text(made.response.clientDataJSON), attestationObject: text(made.response.attestationObject) } };
  };

  for (const form of document.querySelectorAll("form[data-key]")) {
    const button = form.querySelector("button[data-asks]"), told = form.querySelector("[data-told]");
    if (!window.PublicKeyCredential || !button) continue;
    button.hidden = false;
    form.querySelectorAll("[data-without]").forEach(one => { one.hidden = true; });
    button.addEventListener("click", async () => {
      if (![...form.elements].every(one => one.name === "code" || one.reportValidity())) return;
      told.textContent = "Touch your security key now.";
      try {
        form.elements.answer.value = JSON.stringify(await ask(form.dataset.key));
        form.submit();
      } catch (refused) {
        told.textContent = refused.name === "InvalidStateError" ? "This key is somebody's already."
          : refused.name === "SecurityError" ? "This address is not the one keys are made for. Open the console under its host name."
          : "No answer came from a key. Try again, or use a code.";
      }
    });
  }
})();
