import { Injectable } from '@nestjs/common';
import { Handlers } from './handlers.js';
import { allow, type HookAnswer } from './hook-answer.js';

/** A request of a hook, as its body has it. */
export interface HookRequest {
  readonly type: string;
  readonly data: { readonly action: string; readonly message?: string };
}

/** Asks the app's own methods what a hook asks. */
@Injectable()
export class HookDesk {
  constructor(private readonly handlers: Handlers) {}

  /**
   * The answer of the methods together; what none is asked about is allowed.
   * @param id names the question.
   * @throws what a method throws: Parley then does as `…_ON_FAILURE` says.
   */
  async answer(id: string, { type, data }: HookRequest): Promise<HookAnswer> {
    if (type !== 'beforeSend' && type !== 'authorise') return allow();
    let { message } = data;
    for (const handler of this.handlers.of(type, data.action)) {
      const answer = (await handler.handle({ ...data, id, message })) as HookAnswer | undefined;
      if (answer?.action === 'refuse') return answer;
      if (answer?.action === 'rewrite') message = answer.message;
    }
    return message === data.message ? allow() : { action: 'rewrite', message: message ?? '' };
  }
}
