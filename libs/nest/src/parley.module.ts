import { ConfigurableModuleBuilder, type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { ParleyClient } from './client/parley-client.js';
import { DELIVERY_STORE, MemoryDeliveryStore } from './endpoint/delivery-store.js';
import { endpointAt } from './endpoint/parley.endpoint.js';
import { SignatureVerifier } from './endpoint/signature-verifier.js';
import { Handlers } from './handlers/handlers.js';
import { HookDesk } from './handlers/hook-desk.js';
import { WebhookDesk } from './handlers/webhook-desk.js';
import {
  PARLEY_OPTIONS,
  type ParleyModuleExtras,
  type ParleyModuleOptions,
  type ParleyOptionsFactory,
} from './options.js';

/** Adds the controller of the endpoint. */
function withEndpoint(definition: DynamicModule, extras: ParleyModuleExtras): DynamicModule {
  const { isGlobal = true, path = 'parley', decorators } = extras;
  return {
    ...definition,
    global: isGlobal,
    controllers: path === false ? [] : [endpointAt(path, decorators)],
  };
}

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<ParleyModuleOptions>({
  optionsInjectionToken: PARLEY_OPTIONS,
})
  .setClassMethodName('forRoot')
  .setFactoryMethodName('createParleyOptions' satisfies keyof ParleyOptionsFactory)
  .setExtras<ParleyModuleExtras>({ isGlobal: true, path: 'parley', decorators: [] }, withEndpoint)
  .build();

/**
 * Parley for a Nest app: `ParleyModule.forRoot({…})`, or `forRootAsync({ useFactory, inject, imports, useClass, useExisting })`. It has
 * {@link ParleyClient}, and calls the methods that `@OnBeforeSend`, `@OnAuthorise` and `@OnWebhook` decorate. The app needs `rawBody: true`.
 */
@Module({
  imports: [DiscoveryModule],
  providers: [
    Handlers,
    HookDesk,
    WebhookDesk,
    SignatureVerifier,
    {
      provide: ParleyClient,
      useFactory: (options: ParleyModuleOptions) =>
        // An app that only answers hooks has no address. Its client says so when it is called.
        new ParleyClient({ ...options, url: options.url ?? '' }),
      inject: [PARLEY_OPTIONS],
    },
    {
      provide: DELIVERY_STORE,
      useFactory: ({ deliveries }: ParleyModuleOptions) => deliveries ?? new MemoryDeliveryStore(),
      inject: [PARLEY_OPTIONS],
    },
  ],
  exports: [ParleyClient, SignatureVerifier, DELIVERY_STORE],
})
export class ParleyModule extends ConfigurableModuleClass implements OnModuleInit {
  constructor(
    private readonly handlers: Handlers,
    private readonly verifier: SignatureVerifier,
  ) {
    super();
  }

  /** @throws Error where methods wait for hooks or webhooks, and no key is there that these are verified with. */
  onModuleInit(): void {
    const [first] = this.handlers.names();
    if (first !== undefined && !this.verifier.hasKeys)
      throw new Error(
        `signingKeys: expected Parley's HOOK_KEYS, because ${first} handles hooks or webhooks.`,
      );
  }
}
