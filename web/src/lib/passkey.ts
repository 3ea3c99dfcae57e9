// Passkeys between the server's JSON and the browser (WebAuthn 3, sections 5.1.8 to 5.1.10).

// bytesOf reads base64url.
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

// textOf writes base64url without padding.
export function textOf(bytes: ArrayBuffer): string {
  let plain = '';
  for (const b of new Uint8Array(bytes)) plain += String.fromCharCode(b);
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// offered reports whether this browser knows passkeys.
export function offered(): boolean {
  return typeof PublicKeyCredential === 'function';
}

// Given up: whoever was asked closed the browser's question, or took too long.
export class GaveUp extends Error {}

async function asked(question: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  try {
    return (await question()) as PublicKeyCredential;
  } catch (e) {
    if (e instanceof DOMException && (e.name === 'NotAllowedError' || e.name === 'AbortError')) throw new GaveUp(e.message);
    throw e;
  }
}

type Listed = { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] };
const listed = (list: Listed[] | undefined) => list?.map((c) => ({ ...c, id: bytesOf(c.id) }));

// create has the browser make a passkey, and gives its answer for the server.
export async function create(options: unknown): Promise<unknown> {
  const o = options as PublicKeyCredentialCreationOptionsJSON;
  const publicKey = {
    ...o,
    challenge: bytesOf(o.challenge),
    user: { ...o.user, id: bytesOf(o.user.id) },
    excludeCredentials: listed(o.excludeCredentials as Listed[] | undefined)
  } as PublicKeyCredentialCreationOptions;
  const made = await asked(() => navigator.credentials.create({ publicKey }));
  const r = made.response as AuthenticatorAttestationResponse;
  return {
    ...plain(made),
    response: {
      clientDataJSON: textOf(r.clientDataJSON),
      attestationObject: textOf(r.attestationObject),
      transports: r.getTransports?.() ?? []
    }
  };
}

// get has the browser ask for a passkey, and gives its answer for the server.
export async function get(options: unknown): Promise<unknown> {
  const o = options as PublicKeyCredentialRequestOptionsJSON;
  const publicKey = {
    ...o,
    challenge: bytesOf(o.challenge),
    allowCredentials: listed(o.allowCredentials as Listed[] | undefined)
  } as PublicKeyCredentialRequestOptions;
  const given = await asked(() => navigator.credentials.get({ publicKey }));
  const r = given.response as AuthenticatorAssertionResponse;
  return {
    ...plain(given),
    response: {
      clientDataJSON: textOf(r.clientDataJSON),
      authenticatorData: textOf(r.authenticatorData),
      signature: textOf(r.signature),
      userHandle: r.userHandle ? textOf(r.userHandle) : undefined
    }
  };
}

// plain is what every credential has (WebAuthn 3, section 5.1: toJSON).
function plain(c: PublicKeyCredential): Record<string, unknown> {
  return {
    id: c.id,
    rawId: textOf(c.rawId),
    type: c.type,
    authenticatorAttachment: c.authenticatorAttachment ?? undefined,
    clientExtensionResults: c.getClientExtensionResults()
  };
}
