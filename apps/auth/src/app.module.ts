import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { LOGGER, type Logger, ServiceKitModule } from '@parley/service-kit';
import { AccountRemoval } from './accounts/account-removal.js';
import { AccountsService } from './accounts/accounts.service.js';
import { OperatorsController } from './accounts/operators.controller.js';
import { OwnAccountController } from './accounts/own-account.controller.js';
import { OwnAccountService } from './accounts/own-account.service.js';
import { SessionEnds } from './accounts/session-ends.js';
import { SessionsOfAll } from './accounts/sessions-of-all.js';
import { AttemptRepository } from './attempt.repository.js';
import { ATTEMPT_STORE, ATTEMPT_WINDOW_MS } from './attempt-store.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { type AuthSettings, hashingsAtOnce } from './config.js';
import { CredentialRepository } from './credential.repository.js';
import { CREDENTIAL_STORE } from './credential-store.js';
import { HashingCharges } from './hashing/hashing-charges.js';
import { HashingQueue } from './hashing/hashing-queue.js';
import { keyProviders } from './keys/key.providers.js';
import { KeysController } from './keys/keys.controller.js';
import { PasswordCheck } from './password-check.js';
import { PasswordHasher } from './password-hasher.js';
import { PROFILES, RegisteredProfiles } from './profiles.js';
import { PurgeController } from './purge/purge.controller.js';
import { PurgeService } from './purge/purge.service.js';
import { AuthKeys } from './redis/keys.js';
import { REGISTRATION_RULES, Registration, type RegistrationRules } from './registration.js';
import { RequestSeals } from './request-seals.js';
import { SessionRepository } from './session.repository.js';
import { SessionStart } from './session-start.js';
import { SESSION_BOUNDS, SESSION_STORE, type SessionBounds } from './session-store.js';
import { FAILURE_BOUNDS, type FailureBounds, SignInThrottle } from './sign-in-throttle.js';
import { AllowanceRepository } from './throttle/allowance.repository.js';
import { ALLOWANCE_STORE } from './throttle/allowance-store.js';
import { SIGN_UPS_PER_ADDRESS, SignUpLimit } from './throttle/sign-up-limit.js';
import { tokenProviders } from './tokens/token.providers.js';
import { TokensController } from './tokens/tokens.controller.js';
import { EventKinds } from './user-events/event-kinds.js';
import { ToldUsers } from './user-events/told-users.js';
import { UserEvents } from './user-events/user-events.js';

/** The part of a request's life after which its hashing is no longer worth a start: a busy machine needs the rest of it. */
const HASHING_PATIENCE = 0.6;

const CONTROLLERS = [
  AuthController,
  KeysController,
  OperatorsController,
  OwnAccountController,
  PurgeController,
  TokensController,
];

/** Wires the auth service. */
@Module({})
export class AppModule {
  static forRoot(settings: AuthSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'auth', settings, calls: ['users'] })],
      controllers: CONTROLLERS,
      providers: [
        AccountRemoval,
        AccountsService,
        AuthService,
        OwnAccountService,
        HashingCharges,
        PasswordCheck,
        PurgeService,
        EventKinds,
        SessionEnds,
        ToldUsers,
        UserEvents,
        Registration,
        SessionStart,
        SessionsOfAll,
        SignInThrottle,
        SignUpLimit,
        { provide: ALLOWANCE_STORE, useClass: AllowanceRepository },
        { provide: ATTEMPT_STORE, useClass: AttemptRepository },
        { provide: CREDENTIAL_STORE, useClass: CredentialRepository },
        { provide: SESSION_STORE, useClass: SessionRepository },
        { provide: PROFILES, useClass: RegisteredProfiles },
        ...tokenProviders(settings),
        ...keyProviders(settings),
        ...fromSettings(settings),
      ],
    };
  }
}

/** What the classes of the service take from its settings. */
function fromSettings(settings: AuthSettings): Provider[] {
  const hasher = new PasswordHasher({
    memoryKib: settings.ARGON2_MEMORY_KIB,
    iterations: settings.ARGON2_ITERATIONS,
    parallelism: settings.ARGON2_PARALLELISM,
  });
  const queue = new HashingQueue({
    atOnce: hashingsAtOnce(settings),
    waiting: settings.HASHINGS_WAITING,
    patienceMs: HASHING_PATIENCE * settings.REQUEST_DEADLINE_MS,
  });
  const sessions: SessionBounds = {
    ttlMs: settings.SESSION_TTL_SECONDS * 1_000,
    perUser: settings.SESSIONS_PER_USER,
  };
  const failures: FailureBounds = {
    perPair: settings.SIGN_IN_FAILURES_PER_PAIR,
    perUsername: settings.SIGN_IN_FAILURES_PER_USERNAME,
    perAddress: settings.SIGN_IN_FAILURES_PER_ADDRESS,
  };
  const registration: RegistrationRules = {
    isOpen: settings.REGISTRATION === 'open',
    signsUpAtSignIn: settings.AUTO_SIGNUP,
  };
  return [
    { provide: AuthKeys, useValue: new AuthKeys(settings.REDIS_PREFIX) },
    {
      provide: RequestSeals,
      useFactory: (logger: Logger) => requestSeals(settings, logger),
      inject: [LOGGER],
    },
    { provide: PasswordHasher, useValue: hasher },
    { provide: HashingQueue, useValue: queue },
    { provide: SESSION_BOUNDS, useValue: sessions },
    { provide: FAILURE_BOUNDS, useValue: failures },
    { provide: REGISTRATION_RULES, useValue: registration },
    { provide: SIGN_UPS_PER_ADDRESS, useValue: settings.SIGN_UPS_PER_ADDRESS },
    { provide: ATTEMPT_WINDOW_MS, useValue: settings.SIGN_IN_WINDOW_SECONDS * 1_000 },
  ];
}

function requestSeals({ AUTH_PRIVATE_KEYS, SEALING_KEY }: AuthSettings, logger: Logger): RequestSeals {
  if (AUTH_PRIVATE_KEYS === undefined)
    logger.warn('AUTH_PRIVATE_KEYS is not set: every gateway can compute access keys and read passwords');
  else if (SEALING_KEY !== undefined)
    logger.warn('SEALING_KEY is set: remove it as soon as no process of the release before runs');
  return new RequestSeals({ privateKeys: AUTH_PRIVATE_KEYS ?? [], sealingKey: SEALING_KEY });
}
