/** A user, as hooks are told of one. */
export interface HookUser {
  readonly UUID: string;
  readonly Username: string;
}

/** A channel, as hooks are told of one. */
export interface HookChannel {
  readonly kind: 'general' | 'private' | 'group';
  readonly channelUUID: string;
  /** The partner, in a private channel. */
  readonly recipientUUID?: string;
}

interface Question<Action extends string> {
  /** Names the question; the same when it is repeated, which should be answered the same way. */
  readonly id: string;
  readonly action: Action;
  readonly user: HookUser;
  readonly channel: HookChannel;
}

/** A message is about to be stored. */
export interface SendQuestion extends Question<'send'> {
  readonly message: string;
  readonly clientUUID?: string;
  /** UUID of the message that this one answers. */
  readonly replyTo?: string;
}

/** A message is about to get another text. */
export interface EditQuestion extends Question<'edit'> {
  readonly message: string;
  readonly messageUUID: string;
}

/** What `beforeSend` asks. */
export type BeforeSendQuestion = SendQuestion | EditQuestion;

/** A user is about to make a group. */
export interface CreateQuestion extends Question<'create'> {
  readonly name: string;
  readonly topic?: string;
  readonly private: boolean;
}

/** A user is about to give a group another name or topic; what is absent stays. */
export interface SetQuestion extends Question<'set'> {
  readonly name?: string;
  readonly topic?: string;
  readonly archived?: boolean;
}

/** A user is about to invite users to a group. */
export interface InviteQuestion extends Question<'invite'> {
  readonly userUUIDs: readonly string[];
}

/** What `authorise` asks, by its action. */
export interface AuthoriseQuestions {
  readonly join: Question<'join'>;
  readonly create: CreateQuestion;
  readonly set: SetQuestion;
  readonly invite: InviteQuestion;
}

/** The actions that `authorise` asks about. A newer server may ask about others. */
export type AuthoriseAction = keyof AuthoriseQuestions;

/** What `authorise` asks about some actions. */
export type AuthoriseQuestion<Action extends AuthoriseAction = AuthoriseAction> = AuthoriseQuestions[Action];
