import { type FormEvent, useEffect, useRef, useState } from 'react';
import { Button } from '../design/button.js';
import { Field, FormError } from '../design/field.js';
import { type Action, useAction } from '../design/use-action.js';
import type { Account } from './account.js';

type Way = 'sign in' | 'sign up' | 'token';

interface Props {
  readonly account: Account;
  /** Why the user is signed out, if it was not by choice. */
  readonly notice: string | undefined;
}

export function SignInScreen({ account, notice }: Props) {
  const [way, setWay] = useState<Way>('sign in');
  const page = useRef<HTMLElement>(null);
  // The button that led here is gone: a keyboard user goes on in the form.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another way has another form
  useEffect(() => page.current?.querySelector('input')?.focus(), [way]);
  return (
    <main className="welcome" ref={page}>
      <div className="welcome-card">
        <h1 className="brand">
          <img src="icon.svg" alt="" width="40" height="40" />
          Parley
        </h1>
        {notice && (
          <p className="banner" role="status">
            {notice}
          </p>
        )}
        {way === 'token' ? (
          <TokenForm account={account} />
        ) : (
          <PasswordForm account={account} way={way} key={way} />
        )}
        <OtherWays way={way} choose={setWay} />
      </div>
    </main>
  );
}

function OtherWays({ way, choose }: { readonly way: Way; readonly choose: (way: Way) => void }) {
  return (
    <div className="other-ways">
      {way !== 'sign in' && (
        <Button look="quiet" onClick={() => choose('sign in')}>
          I have an account
        </Button>
      )}
      {way !== 'sign up' && (
        <Button look="quiet" onClick={() => choose('sign up')}>
          Create an account
        </Button>
      )}
      {way !== 'token' && (
        <Button look="quiet" onClick={() => choose('token')}>
          Use a token of my organisation
        </Button>
      )}
    </div>
  );
}

const written = (event: FormEvent<HTMLFormElement>, name: string): string =>
  String(new FormData(event.currentTarget).get(name) ?? '');

function PasswordForm({ account, way }: { readonly account: Account; readonly way: 'sign in' | 'sign up' }) {
  const isNew = way === 'sign up';
  const action = useAction((username: string, password: string) =>
    isNew ? account.signUp(username, password) : account.signIn(username, password),
  );
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void action.run(written(event, 'username'), written(event, 'password'));
  };
  const password = isNew ? 'new-password' : 'current-password';
  return (
    <form className="stack" onSubmit={submit} aria-label={isNew ? 'Create an account' : 'Sign in'}>
      <h2>{isNew ? 'Create an account' : 'Sign in'}</h2>
      <Field
        label="Name"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        maxLength={64}
        required
      />
      <Field label="Password" name="password" type="password" autoComplete={password} required />
      <Submit action={action} text={isNew ? 'Create account' : 'Sign in'} />
    </form>
  );
}

function TokenForm({ account }: { readonly account: Account }) {
  const action = useAction((token: string) => account.signInByToken(token));
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void action.run(written(event, 'token').trim());
  };
  return (
    <form className="stack" onSubmit={submit} aria-label="Sign in with a token">
      <h2>Sign in with a token</h2>
      <Field
        label="Token"
        name="token"
        autoComplete="off"
        hint="Your organisation’s identity provider gives it to you."
        required
      />
      <Submit action={action} text="Sign in" />
    </form>
  );
}

function Submit({ action, text }: { readonly action: Action<never>; readonly text: string }) {
  return (
    <>
      <FormError error={action.error} />
      <Button look="main" type="submit" isBusy={action.isBusy}>
        {text}
      </Button>
    </>
  );
}
