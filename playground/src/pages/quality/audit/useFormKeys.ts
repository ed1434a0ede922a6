import { type RefObject, useEffect } from 'react';

/** Ctrl+Enter sends the form from wherever the focus is; Escape leaves its fields for the single keys. */
export function useFormKeys(form: RefObject<HTMLFormElement | null>): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.isComposing || target.closest('dialog')) {
        return;
      }
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        form.current?.requestSubmit();
      } else if (event.key === 'Escape' && form.current?.contains(target)) {
        target.blur();
      }
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [form]);
}
