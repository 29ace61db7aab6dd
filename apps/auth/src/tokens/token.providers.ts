import type { Provider } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import { SIGN_IN_METHODS, SignInMethods } from '../sign-in-methods.js';
import { BroughtTokens } from './brought-tokens.js';
import { ExternalRepository } from './external.repository.js';
import { EXTERNAL_STORE } from './external-store.js';
import { ExternalUsers } from './external-users.js';
import { ISSUER_RULES, type IssuerRules } from './issuer-rules.js';
import { Provisioning } from './provisioning.js';
import { PublishedKeys } from './published-keys.js';
import { Revocations } from './revocations.js';
import { ShownProfiles } from './shown-profiles.js';
import { TokenAccounts } from './token-accounts.service.js';
import { TokenChecks } from './token-checks.js';
import { TokenIdentities } from './token-identities.service.js';
import { PUBLIC_KEY_ALGORITHMS, type TokenSettings } from './token-settings.js';
import { TokenSignInService } from './token-sign-in.service.js';
import { type TokenKey, TokenVerifier } from './token-verifier.js';

/** What signs users in with tokens. */
export function tokenProviders(settings: TokenSettings): Provider[] {
  const rules: IssuerRules = { issuer: issuerOf(settings), leewayMs: leewayMs(settings) };
  return [
    SignInMethods,
    TokenSignInService,
    TokenIdentities,
    TokenAccounts,
    BroughtTokens,
    TokenChecks,
    ExternalUsers,
    ShownProfiles,
    Provisioning,
    Revocations,
    { provide: EXTERNAL_STORE, useClass: ExternalRepository },
    { provide: SIGN_IN_METHODS, useValue: settings.AUTH_METHODS },
    { provide: ISSUER_RULES, useValue: rules },
    {
      provide: TokenVerifier,
      useFactory: (logger: Logger) => tokenVerifier(settings, logger),
      inject: [LOGGER],
    },
  ];
}

function tokenVerifier(settings: TokenSettings, logger: Logger): Pick<TokenVerifier, 'verify'> {
  const issuer = issuerOf(settings);
  // Where tokens are off, nobody asks it.
  if (issuer === undefined) return { verify: async () => Promise.reject(new AppError('FORBIDDEN')) };
  return new TokenVerifier(tokenKey(settings, logger), {
    issuer,
    audience: settings.TOKEN_AUDIENCE ?? [],
    leewayMs: leewayMs(settings),
    nameClaims: settings.TOKEN_NAME_CLAIMS,
    displayNameClaims: settings.TOKEN_DISPLAY_NAME_CLAIMS,
    pictureClaims: settings.TOKEN_PICTURE_CLAIMS,
  });
}

function tokenKey(
  { TOKEN_SECRET, TOKEN_PUBLIC_KEY, TOKEN_JWKS_URL }: TokenSettings,
  logger: Logger,
): TokenKey {
  const key = TOKEN_SECRET ?? TOKEN_PUBLIC_KEY;
  if (key !== undefined) return key;
  const keys = new PublishedKeys({ url: TOKEN_JWKS_URL ?? '', logger });
  return { find: keys.find, algorithms: PUBLIC_KEY_ALGORITHMS };
}

const issuerOf = ({ AUTH_METHODS, TOKEN_ISSUER }: TokenSettings): string | undefined =>
  AUTH_METHODS.includes('token') ? TOKEN_ISSUER : undefined;

const leewayMs = ({ TOKEN_LEEWAY_SECONDS }: TokenSettings): number => TOKEN_LEEWAY_SECONDS * 1_000;
