import { type InputHTMLAttributes, type Ref, useId } from 'react';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly hint?: string;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A line to write in, with its label above it. */
export function Field({ label, hint, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" {...(hint && { 'aria-describedby': `${id}-hint` })} {...rest} />
      {hint && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

/** Why a form was refused: it is read out as it appears. */
export function FormError({ error }: { readonly error: string | undefined }) {
  return (
    <p className="form-error" role="alert">
      {error}
    </p>
  );
}
