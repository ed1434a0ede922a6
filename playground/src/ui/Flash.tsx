import { type ReactNode, useEffect, useRef } from 'react';

interface Props {
  /** What is watched. */
  value: string | number | null;
  children: ReactNode;
}

/** Marks what it holds for a moment when the value changes; not when it first appears. */
export function Flash({ value, children }: Props) {
  const element = useRef<HTMLSpanElement>(null);
  const before = useRef(value);
  useEffect(() => {
    if (before.current === value) {
      return;
    }
    before.current = value;
    const { classList } = element.current ?? {};
    classList?.remove('flash');
    // Reading a measure lets the animation begin anew.
    void element.current?.offsetWidth;
    classList?.add('flash');
  }, [value]);
  return <span ref={element}>{children}</span>;
}
