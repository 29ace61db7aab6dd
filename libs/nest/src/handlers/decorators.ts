import 'reflect-metadata';
import type { AuthoriseAnswer, HookAnswer } from './hook-answer.js';
import type { AuthoriseAction, AuthoriseQuestion, BeforeSendQuestion } from './hook-question.js';
import type { WebhookEvent, WebhookType } from './webhook-event.js';

/** What a method handles: questions of a hook, or events. */
export interface Handled {
  readonly of: 'beforeSend' | 'authorise' | 'webhook';
  /** Actions or types; all without any. One that ends in `.*` stands for all that begin so. */
  readonly names: readonly string[];
}

const HANDLED = 'parley:handled';

/** What a method handles, as its decorators say. */
export const handledBy = (method: object): readonly Handled[] => Reflect.getMetadata(HANDLED, method) ?? [];

/** Whether a method handles what has this name. */
export const isHandled = ({ names }: Handled, name: string): boolean =>
  names.length === 0 ||
  names.some((each) => each === name || (each.endsWith('.*') && name.startsWith(each.slice(0, -1))));

/** Decorates methods of this form. */
export type HandlerDecorator<Method> = <T extends Method>(
  target: object,
  name: string | symbol,
  descriptor: TypedPropertyDescriptor<T>,
) => void;

const handles =
  (handled: Handled) =>
  (_: object, __: string | symbol, { value }: TypedPropertyDescriptor<never>): void => {
    const method = value as unknown as object;
    Reflect.defineMetadata(HANDLED, [...handledBy(method), handled], method);
  };

type Awaitable<T> = T | Promise<T>;
/** A handler that returns nothing allows what is asked. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is of this type.
type Or<Answer> = Awaitable<Answer | undefined | void>;

/**
 * The method is asked before a message is stored, or gets another text. It belongs to a provider or a controller. Where several methods
 * are, each is asked in the order of registration until one refuses, and gets the text of the one before.
 */
export const OnBeforeSend = (): HandlerDecorator<(question: BeforeSendQuestion) => Or<HookAnswer>> =>
  handles({ of: 'beforeSend', names: [] }) as never;

/**
 * The method is asked before a user joins a channel, makes a group, gives it another name or topic, or invites to one. Where several methods are, the first that refuses
 * decides.
 * @param actions all without any.
 */
export const OnAuthorise = <Action extends AuthoriseAction = AuthoriseAction>(
  ...actions: Action[]
): HandlerDecorator<(question: AuthoriseQuestion<Action>) => Or<AuthoriseAnswer>> =>
  handles({ of: 'authorise', names: actions }) as never;

/**
 * The method is told of events, of each once by its id. Where it throws, Parley sends the event again, to all methods that are told of it.
 * @param types such as `message.created`, or `message.*`; all without any.
 */
export const OnWebhook = <Type extends WebhookType = WebhookType>(
  ...types: Type[]
): HandlerDecorator<(event: WebhookEvent<Type>) => unknown> =>
  handles({ of: 'webhook', names: types }) as never;
