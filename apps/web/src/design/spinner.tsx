/** Something is under way. Without a label it only adorns a text that says so. */
export function Spinner({ label }: { readonly label?: string }) {
  return (
    <span className="spinner" {...(label ? { role: 'status' } : { 'aria-hidden': true })}>
      {label && <span className="heard-only">{label}</span>}
    </span>
  );
}
