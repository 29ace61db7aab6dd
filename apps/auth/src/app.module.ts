import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Sealer, type UsersContract } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { clientOf, EventPublisher, REDIS, type ServiceClient, ServiceKitModule } from '@parley/service-kit';
import { AttemptRepository } from './attempt.repository.js';
import { AuthController } from './auth.controller.js';
import { AuthService } from './auth.service.js';
import { type AuthSettings, hashingsAtOnce } from './config.js';
import { CredentialRepository } from './credential.repository.js';
import { HashingQueue } from './hashing-queue.js';
import { PasswordCheck } from './password-check.js';
import { PasswordHasher } from './password-hasher.js';
import { RegisteredProfiles } from './profiles.js';
import { AuthKeys } from './redis/keys.js';
import { RequestSecrets } from './request-secrets.js';
import { SessionRepository } from './session.repository.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Wires the auth service. */
@Module({})
export class AppModule {
  static forRoot(settings: AuthSettings): DynamicModule {
    return {
      module: AppModule,
      imports: [ServiceKitModule.forRoot({ service: 'auth', settings, calls: ['users'] })],
      controllers: [AuthController],
      providers: [authProvider(settings)],
    };
  }
}

const authProvider = (settings: AuthSettings): Provider => ({
  provide: AuthService,
  useFactory: (redis: RedisConnection, events: EventPublisher, users: ServiceClient<UsersContract>) => {
    const keys = new AuthKeys(settings.REDIS_PREFIX);
    const throttle = signInThrottle(redis, keys, settings);
    return new AuthService({
      credentials: new CredentialRepository(redis, keys),
      sessions: new SessionRepository(redis, keys, {
        ttlMs: settings.SESSION_TTL_SECONDS * 1_000,
        perUser: settings.SESSIONS_PER_USER,
      }),
      passwords: passwordCheck(throttle, settings),
      throttle,
      profiles: new RegisteredProfiles(users),
      events,
      secrets: new RequestSecrets(settings.SEALING_KEY),
      sealer: new Sealer(settings.SEALING_KEY),
    });
  },
  inject: [REDIS, EventPublisher, clientOf('users')],
});

function signInThrottle(redis: RedisConnection, keys: AuthKeys, settings: AuthSettings): SignInThrottle {
  const attempts = new AttemptRepository(redis, keys, settings.SIGN_IN_WINDOW_SECONDS * 1_000);
  return new SignInThrottle(attempts, {
    perUsername: settings.SIGN_IN_FAILURES_PER_USERNAME,
    perAddress: settings.SIGN_IN_FAILURES_PER_ADDRESS,
  });
}

function passwordCheck(throttle: SignInThrottle, settings: AuthSettings): PasswordCheck {
  const hasher = new PasswordHasher({
    memoryKib: settings.ARGON2_MEMORY_KIB,
    iterations: settings.ARGON2_ITERATIONS,
    parallelism: settings.ARGON2_PARALLELISM,
  });
  const queue = new HashingQueue({
    atOnce: hashingsAtOnce(settings),
    waiting: settings.HASHINGS_WAITING,
  });
  return new PasswordCheck(hasher, queue, throttle);
}
