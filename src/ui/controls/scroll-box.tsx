import type { ReactNode, Ref } from 'react';

interface ScrollBoxProps {
  /** What a screen reader calls the box. */
  readonly label: string;
  /** Sets the height beyond which it scrolls. */
  readonly className: string | undefined;
  readonly ref?: Ref<HTMLElement>;
  readonly children: ReactNode;
}

/** A box that scrolls by keyboard as well: it can be focused, and a thing that can be focused has a name. */
export function ScrollBox({ label, className, ref, children }: ScrollBoxProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard.
    <section ref={ref} className={className} tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
