import { createPublicKey, type KeyObject } from 'node:crypto';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_DHKEM_X25519_HKDF_SHA256 } from 'hpke';
import { type NamedKey, rawKey } from './auth-keys.js';
import { SEALING_KEY_BYTES, Sealer } from './seal.js';

/** Hybrid public key encryption (RFC 9180), base mode. */
const suite = new CipherSuite(KEM_DHKEM_X25519_HKDF_SHA256, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
type SuiteKey = Awaited<ReturnType<typeof suite.DeserializePublicKey>>;
type SuiteKeys = Awaited<ReturnType<typeof suite.DeriveKeyPair>>;
const ENCAPSULATED_BYTES = 32;
/** Keep this use of a key apart from any other (RFC 9180, 8.5 and 9.8). */
const INFO = Buffer.from('parley sealed box 1');
const ANSWERS = Buffer.from('parley answers 1');
/** What is sealed is padded to a multiple of this: its length would tell the length of a password. */
const PADDED_TO_BYTES = 256;

/** Secrets of a request, sealed to a public key of auth: no other service can open it, nor anyone who reads Redis. */
export interface SealedBox {
  /** The id of auth's key. */
  readonly key: string;
  /** The encapsulated secret and the ciphertext, base64url. */
  readonly box: string;
}

/** Secrets by their names. */
export type Secrets<Name extends string = string> = Readonly<Record<Name, string>>;

/** A box cannot be opened: its key is not here, or it was made for another request. */
export class UnopenedError extends Error {
  override readonly name = 'UnopenedError';
}

/** Seals the secrets of requests to one public key of auth. */
export class BoxSealer {
  private readonly publicKey: Promise<SuiteKey>;

  constructor(private readonly named: NamedKey) {
    this.publicKey = suite.DeserializePublicKey(rawKey(named.key));
    this.publicKey.catch(() => {}); // seal() reports it
  }

  /** The id of the key. */
  get id(): string {
    return this.named.id;
  }

  /**
   * Seals secrets, each time to a new ephemeral key.
   * @param about what the box belongs to: it opens together with exactly this, so that nobody can use it in another request.
   * @returns the box, and what opens the answer: the key comes from the same exchange (RFC 9180, 9.8), so only auth and
   * whoever sealed the request know it.
   */
  async seal(secrets: Secrets, about: readonly string[]): Promise<{ box: SealedBox; answers: Sealer }> {
    const { encapsulatedSecret, ctx } = await suite.SetupSender(await this.publicKey, { info: INFO });
    const ciphertext = await ctx.Seal(padded(secrets), Buffer.from(JSON.stringify(about)));
    const answers = new Sealer(Buffer.from(await ctx.Export(ANSWERS, SEALING_KEY_BYTES)));
    const box = Buffer.concat([encapsulatedSecret, ciphertext]).toString('base64url');
    return { box: { key: this.id, box }, answers };
  }
}

/** Opens boxes that were sealed to any of auth's keys. */
export class BoxOpener {
  private readonly keys: ReadonlyMap<string, Promise<SuiteKeys>>;

  constructor(keys: readonly NamedKey[]) {
    this.keys = new Map(keys.map(({ id, key }) => [id, suiteKeys(key)]));
    for (const key of this.keys.values()) key.catch(() => {}); // open() reports it
  }

  /**
   * Opens a box that must hold the secrets of these names.
   * @returns the secrets, and what seals the answer.
   * @throws UnopenedError
   */
  async open<Name extends string>(
    { key: id, box }: SealedBox,
    about: readonly string[],
    names: readonly Name[],
  ): Promise<{ secrets: Secrets<Name>; answers: Sealer }> {
    const key = this.keys.get(id);
    if (key === undefined) throw new UnopenedError('sealed to a key that is not here');
    const bytes = Buffer.from(box, 'base64url');
    try {
      const ctx = await suite.SetupRecipient(await key, bytes.subarray(0, ENCAPSULATED_BYTES), {
        info: INFO,
      });
      const aad = Buffer.from(JSON.stringify(about));
      const opened = await ctx.Open(bytes.subarray(ENCAPSULATED_BYTES), aad);
      const answers = new Sealer(Buffer.from(await ctx.Export(ANSWERS, SEALING_KEY_BYTES)));
      return { secrets: secretsIn(opened, names), answers };
    } catch (error) {
      throw new UnopenedError('sealed to another key, for another request, or altered', { cause: error });
    }
  }
}

/** The suite needs both: the private key, which cannot be read out of it, does not give the public one. */
async function suiteKeys(key: KeyObject): Promise<SuiteKeys> {
  const [privateKey, publicKey] = await Promise.all([
    suite.DeserializePrivateKey(rawKey(key), false),
    suite.DeserializePublicKey(rawKey(createPublicKey(key))),
  ]);
  return { privateKey, publicKey };
}

function padded(secrets: Secrets): Buffer {
  const json = Buffer.from(JSON.stringify(secrets));
  const length = Math.ceil(json.length / PADDED_TO_BYTES) * PADDED_TO_BYTES;
  return Buffer.concat([json, Buffer.alloc(length - json.length, ' ')]);
}

function secretsIn<Name extends string>(json: Uint8Array, names: readonly Name[]): Secrets<Name> {
  const secrets = JSON.parse(Buffer.from(json).toString()) as Record<Name, unknown>;
  if (names.some((name) => typeof secrets[name] !== 'string')) throw new TypeError('a secret is missing');
  return secrets as Secrets<Name>;
}
