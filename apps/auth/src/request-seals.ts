import {
  aboutProof,
  aboutSignIn,
  BoxOpener,
  type NamedKey,
  type ProofRequest,
  rawKey,
  type Sealed,
  type SealedBox,
  Sealer,
  type Secrets,
  type SharedKeySignInRequest,
  type SignInRequest,
  UnopenedError,
} from '@parley/contracts';
import { AccessKeys } from './request-secrets.js';

/** A sign-up or sign-in in either form. */
export type AnySignIn = SignInRequest | SharedKeySignInRequest;

/** What the seal of a request that opens a session gives. */
export interface Opened {
  /** The access key of the session that the request opens; the same however often the request is handled. */
  accessKey(userUUID: string): string;
  /** Seals the access key for the gateway that sealed the request. */
  seal(accessKey: string): Sealed;
}

/** What the seal of a sign-up or sign-in by password gives. */
export interface OpenedSignIn extends Opened {
  readonly password: string;
}

/** What the seal of a request with a token gives. */
export interface OpenedToken extends Opened {
  readonly token: string;
}

/** The keys of auth. At least one of the two is set. */
export interface AuthKeyRing {
  /** The first is in use; the gateways may still seal to the others. */
  readonly privateKeys: readonly NamedKey[];
  /** Of the release before; kept for one release longer. */
  readonly sealingKey: Buffer | undefined;
}

/** Opens what gateways seal, and seals the answers. */
export class RequestSeals {
  private readonly opener: BoxOpener;
  private readonly accessKeys: ReadonlyMap<string, AccessKeys>;
  private readonly shared: { readonly sealer: Sealer; readonly accessKeys: AccessKeys } | undefined;

  constructor({ privateKeys, sealingKey }: AuthKeyRing) {
    this.opener = new BoxOpener(privateKeys);
    // Of the key that the request was sealed to: replicas whose lists differ during a rotation agree on it.
    this.accessKeys = new Map(privateKeys.map(({ id, key }) => [id, new AccessKeys(rawKey(key))]));
    if (sealingKey === undefined) return;
    // Every gateway can compute what comes from SEALING_KEY. That ends with the first private key.
    const ownKeys = this.accessKeys.get(privateKeys[0]?.id ?? '');
    this.shared = { sealer: new Sealer(sealingKey), accessKeys: ownKeys ?? new AccessKeys(sealingKey) };
  }

  /**
   * Opens a request.
   * @param requestKey names it: the same each time it is handled, and different for every other request.
   * @throws UnopenedError
   */
  async open(
    type: Parameters<typeof aboutSignIn>[0],
    request: AnySignIn,
    requestKey: string,
  ): Promise<OpenedSignIn> {
    if (!('secrets' in request)) return this.openShared(request, requestKey);
    const about = aboutSignIn(type, request, requestKey);
    const { secrets, answers } = await this.opener.open(request.secrets, about, ['password']);
    const accessKeys = this.accessKeys.get(request.secrets.key)!;
    return { password: secrets.password, ...opened(requestKey, accessKeys, answers) };
  }

  /**
   * Opens the token of a request.
   * @param about what its box belongs to.
   * @param requestKey as for {@link open}.
   * @throws UnopenedError
   */
  async openToken(box: SealedBox, about: readonly string[], requestKey: string): Promise<OpenedToken> {
    const { secrets, answers } = await this.opener.open(box, about, ['token']);
    return { token: secrets.token, ...opened(requestKey, this.accessKeys.get(box.key)!, answers) };
  }

  /**
   * Opens the secrets of these names in what a user asks about the own account.
   * @param requestKey as for {@link open}.
   * @throws UnopenedError
   */
  async openProof<Name extends string>(
    pattern: Parameters<typeof aboutProof>[0],
    request: ProofRequest,
    requestKey: string,
    names: readonly Name[],
  ): Promise<Secrets<Name>> {
    const { secrets: box, shared } = request;
    if (box !== undefined)
      return (await this.opener.open(box, aboutProof(pattern, request, requestKey), names)).secrets;
    if (shared === undefined || this.shared === undefined)
      throw new UnopenedError('sealed with SEALING_KEY, which is not set');
    return JSON.parse(this.shared.sealer.open(shared)) as Secrets<Name>;
  }

  private openShared({ password }: SharedKeySignInRequest, requestKey: string): OpenedSignIn {
    if (this.shared === undefined) throw new UnopenedError('sealed with SEALING_KEY, which is not set');
    const { sealer, accessKeys } = this.shared;
    return { password: sealer.open(password), ...opened(requestKey, accessKeys, sealer) };
  }
}

const opened = (requestKey: string, accessKeys: AccessKeys, answers: Sealer): Opened => ({
  accessKey: (userUUID) => accessKeys.of(requestKey, userUUID),
  seal: (accessKey) => answers.seal(accessKey),
});
