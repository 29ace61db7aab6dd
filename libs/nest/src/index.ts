export type {
  CallOptions,
  Credential,
  OperationAnswer,
  ParleyClientOptions,
} from './client/operation-caller.js';
export { ParleyClient, type ParleyOperations } from './client/parley-client.js';
export { ParleyError } from './client/parley-error.js';
export { DELIVERY_STORE, type DeliveryStore, MemoryDeliveryStore } from './endpoint/delivery-store.js';
export { SignatureGuard } from './endpoint/signature.guard.js';
export { WebhookGuard } from './endpoint/webhook.guard.js';
export { type HandlerDecorator, OnAuthorise, OnBeforeSend, OnWebhook } from './handlers/decorators.js';
export {
  type Allow,
  type AuthoriseAnswer,
  allow,
  type HookAnswer,
  type Refuse,
  type Rewrite,
  refuse,
  rewrite,
} from './handlers/hook-answer.js';
export type {
  AuthoriseAction,
  AuthoriseQuestion,
  BeforeSendQuestion,
  CreateQuestion,
  EditQuestion,
  HookChannel,
  HookUser,
  InviteQuestion,
  SendQuestion,
  SetQuestion,
} from './handlers/hook-question.js';
export type { ChannelEvent, UserEvent, WebhookEvent, WebhookType } from './handlers/webhook-event.js';
export type { ParleyModuleExtras, ParleyModuleOptions, ParleyOptionsFactory } from './options.js';
export { ParleyModule } from './parley.module.js';
