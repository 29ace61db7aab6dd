import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { type Handled, handledBy, isHandled } from './decorators.js';

/** A decorated method of an instance. */
interface Handler {
  readonly handled: Handled;
  /** `Class.method`, for messages. */
  readonly name: string;
  handle(argument: unknown): unknown;
}

type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** Finds the decorated methods of all providers and controllers when the app starts. */
@Injectable()
export class Handlers implements OnModuleInit {
  private readonly found: Handler[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws Error for a handler of a class that is made for each request: hooks and webhooks have no request of the app's own. */
  onModuleInit(): void {
    // `useExisting` gives an instance a second name.
    const seen = new Set<object>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const { instance } = wrapper;
      if (typeof instance !== 'object' || instance === null || seen.has(instance)) continue;
      seen.add(instance);
      this.found.push(...this.handlersIn(wrapper, instance));
    }
  }

  /** Those that handle this, in the order of registration. */
  of(kind: Handled['of'], name: string): readonly Handler[] {
    return this.found.filter(({ handled }) => handled.of === kind && isHandled(handled, name));
  }

  /** The names of all handlers. */
  names(): string[] {
    return this.found.map(({ name }) => name);
  }

  private handlersIn(wrapper: Wrapper, instance: Record<string, unknown>): Handler[] {
    const prototype = Object.getPrototypeOf(instance) as Record<string, unknown> | null;
    return this.scanner.getAllMethodNames(prototype).flatMap((method) => {
      const name = `${String(wrapper.name)}.${method}`;
      const handled = handledBy(instance[method] as object);
      if (handled.length > 0 && !wrapper.isDependencyTreeStatic())
        throw new Error(`${name} handles hooks or webhooks, so its class cannot be scoped to a request.`);
      return handled.map((each) => ({
        ...{ handled: each, name },
        handle: (argument: unknown) =>
          (instance[method] as (argument: unknown) => unknown).call(instance, argument),
      }));
    });
  }
}
