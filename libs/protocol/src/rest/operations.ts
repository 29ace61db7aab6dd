import type { z } from 'zod';
import { adminOperations } from './admin-operations.js';
import { channelOperations } from './channel-operations.js';
import { contactOperations } from './contact-operations.js';
import { keyOperations } from './key-operations.js';
import { memberOperations } from './member-operations.js';
import { messageOperations } from './message-operations.js';
import type { RestOperation } from './operation.js';
import { sessionOperations } from './session-operations.js';
import { statusOperations } from './status-operations.js';
import { userOperations } from './user-operations.js';
import { webhookOperations } from './webhook-operations.js';

/** Every operation of the REST API, by its id. */
export const REST_OPERATIONS = {
  ...userOperations,
  ...sessionOperations,
  ...messageOperations,
  ...channelOperations,
  ...memberOperations,
  ...contactOperations,
  ...keyOperations,
  ...adminOperations,
  ...webhookOperations,
  ...statusOperations,
} as const;

/** The id of an operation. */
export type RestOperationId = keyof typeof REST_OPERATIONS;

/** All ids, in the table's order. */
export const REST_OPERATION_IDS = Object.keys(REST_OPERATIONS) as readonly RestOperationId[];

/** One operation, as a row whose fields may be absent. */
export const restOperation = (id: RestOperationId): RestOperation => REST_OPERATIONS[id];

type PartOf<Id extends RestOperationId, Part extends string> = (typeof REST_OPERATIONS)[Id] extends {
  readonly [P in Part]: infer Schema extends z.ZodType;
}
  ? Schema
  : never;

/** What a caller asks of an operation, checked. */
export interface RestAsked<Id extends RestOperationId> {
  readonly params: z.output<PartOf<Id, 'params'>>;
  readonly query: z.output<PartOf<Id, 'query'>>;
  readonly body: z.output<PartOf<Id, 'body'>>;
}

/** What an operation is answered with. */
export type RestAnswer<Id extends RestOperationId> = z.input<PartOf<Id, 'answer'>>;

/** A number or a flag of a query is given as what it stands for, and everything else as it is sent. */
type Given<Sent, Meant> = [Meant] extends [number | boolean | undefined] ? Meant : Sent;
type GivenFields<Sent, Meant> = {
  [Name in keyof Sent]: Given<Sent[Name], Name extends keyof Meant ? Meant[Name] : never>;
};
/** `unknown` adds nothing where an operation has no such part. */
type GivenIn<Operation, Part extends string> = Operation extends {
  readonly [P in Part]: infer Schema extends z.ZodType;
}
  ? GivenFields<z.input<Schema>, z.output<Schema>>
  : unknown;
type SentIn<Operation> = Operation extends { readonly body: infer Schema extends z.ZodType }
  ? z.input<Schema>
  : unknown;

/** What a program gives to an operation: the fields of its path, its query and its body in one object. No two parts share a name. */
export type RestGiven<Id extends RestOperationId> = GivenIn<(typeof REST_OPERATIONS)[Id], 'params'> &
  GivenIn<(typeof REST_OPERATIONS)[Id], 'query'> &
  SentIn<(typeof REST_OPERATIONS)[Id]>;
