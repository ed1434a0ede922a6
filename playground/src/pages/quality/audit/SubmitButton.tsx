/** Sends a form; Ctrl+Enter does the same. */
export function SubmitButton({ isPending, children }: { isPending: boolean; children: string }) {
  return (
    <button type="submit" className="button primary" aria-disabled={isPending}>
      {children}{' '}
      <span className="kbd" aria-hidden="true">
        Ctrl ↵
      </span>
    </button>
  );
}
