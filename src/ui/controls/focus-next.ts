/** Before a button goes with its item of a list: the focus, which would go with it, goes to the next item's button. */
export function focusNext(button: HTMLElement): void {
  const item = button.closest('li');
  const next = item?.nextElementSibling ?? item?.previousElementSibling;
  next?.querySelector('button')?.focus();
}
